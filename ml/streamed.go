package ml

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/tensors"
)

// streamed is how an epoch gets its steps' data from a stream.
type streamed struct {
	ctx    context.Context
	m      *Model
	source *source
	// fresh says that the epoch's data is the first step's and was not used yet.
	fresh bool
}

// beginStream begins a pass over a stream. The size of a step may be 0: that of the first batch.
func (m *Model) beginStream(ctx context.Context, train bool, s Stream, number, size int, config FitConfig) (*epoch, error) {
	src, err := open(ctx, s, number, size, m.ports(), config.ClassWeights)
	if err != nil {
		return nil, err
	}
	e := &epoch{from: &streamed{ctx: ctx, m: m, source: src}, steps: math.MaxInt}
	if config.StepsPerEpoch > 0 {
		e.steps = config.StepsPerEpoch
	}
	if err := e.load(train, config.Seed); err != nil {
		src.close()
		return nil, err
	}
	return e, nil
}

// load takes the data of the first step and the loop for it.
func (e *epoch) load(train bool, seed int64) error {
	m := e.from.m
	first, err := e.from.source.next(e.from.ctx)
	if err != nil {
		return err
	}
	n := first.n
	if e.data, err = m.place(first.x, first.y, first.w, seed); err != nil {
		return err
	}
	e.data.n, e.from.fresh = n, true
	if e.l, err = m.loopFor(train, e.from.source.size, e.data, true); err != nil {
		e.data.free()
		return err
	}
	sums := 0
	for _, w := range e.l.widths {
		sums += w
	}
	e.reset(0, make([]float64, sums), nil)
	return nil
}

// runStream makes up to count steps, each its own execution, and sets steps when the stream has ended.
func (e *epoch) runStream(count int) error {
	for range count {
		if more, err := e.advance(); err != nil || !more {
			return err
		}
		b := e.l.key.batch
		weights := tensors.FromFlatDataAndDimensions(mask(b, e.data.n), b)
		if err := e.call(e.data.tensors(), weights, e.sums); err != nil {
			return err
		}
		e.done++
	}
	return nil
}

// advance puts the next step's data in its place, and says whether there is any.
func (e *epoch) advance() (bool, error) {
	if e.from.fresh {
		e.from.fresh = false
		return true, nil
	}
	s, err := e.from.source.next(e.from.ctx)
	if err != nil {
		return false, err
	}
	if s == nil {
		e.steps = e.done
		return false, nil
	}
	if (s.w != nil) != e.l.key.weighted {
		return false, errors.New("expected all batches of a stream with Weights, or none. Got both kinds")
	}
	n := s.n
	data, err := e.from.m.place(s.x, s.y, s.w, 0)
	if err != nil {
		return false, err
	}
	data.n = n
	before := e.data.tensors()
	for i, t := range data.tensors() {
		if !t.Shape().Equal(before[i].Shape()) {
			data.free()
			return false, fmt.Errorf("expected all batches of a stream with examples of one shape and type, %s for each step. Got %s", before[i].Shape(), t.Shape())
		}
	}
	e.data.free()
	e.data = data
	return true, nil
}

// skip passes over the steps that another Fit has made.
func (e *epoch) skip(count int) error {
	for range count {
		more, err := e.advance()
		if err != nil {
			return err
		}
		if !more {
			return fmt.Errorf("expected a stream of at least %d steps, as many as the Fit to go on with has made of it. Got fewer", count)
		}
	}
	return nil
}
