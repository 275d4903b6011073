package ml

import (
	"context"
	"errors"
	"fmt"
)

// streamed is how an epoch gets its steps' data from a stream.
type streamed struct {
	ctx    context.Context
	source *source
	// load brings a step's examples to the device.
	load func(*slab) (*resident, error)
	// fresh says that the epoch's data is the first step's and was not used yet.
	fresh bool
}

// first returns the data of the first step.
func (s *streamed) first() (*resident, error) {
	step, err := s.source.next(s.ctx)
	if err != nil {
		return nil, err
	}
	s.fresh = true
	return s.load(step)
}

// next returns the data of the next step, given that of the one before; nil at the stream's end.
func (s *streamed) next(before *resident) (*resident, error) {
	step, err := s.source.next(s.ctx)
	if err != nil || step == nil {
		return nil, err
	}
	if (step.w != nil) != (before.w != nil) {
		return nil, errors.New("expected all batches of a stream with Weights, or none. Got both kinds")
	}
	data, err := s.load(step)
	if err != nil {
		return nil, err
	}
	shapes := before.tensors()
	for i, t := range data.tensors() {
		if !t.Shape().Equal(shapes[i].Shape()) {
			data.free()
			return nil, fmt.Errorf("expected all batches of a stream with examples of one shape and type, %s for each step. Got %s", shapes[i].Shape(), t.Shape())
		}
	}
	return data, nil
}
