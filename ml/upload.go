package ml

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/internal/array"
)

// ports are the names by which the data of a Fit or an Evaluate is found.
func (m *Model) ports() ports { return ports{m.inputNames(), m.heads.targets()} }

// upload brings what a user gave to the device. Weights and class weights may be nil.
func (m *Model) upload(x, y, weights any, classes map[int]float64, seed int64) (*resident, error) {
	p := m.ports()
	ax, ay, err := p.feed(x, y)
	if err != nil {
		return nil, err
	}
	if ax[0].Shape[0] == 0 {
		return nil, fmt.Errorf("expected at least one example in x. Got none")
	}
	if err := p.sameCount(ax, ay); err != nil {
		return nil, err
	}
	aw, err := exampleWeights(weights, classes, p.targets, ay)
	if err != nil {
		return nil, err
	}
	data, err := m.place(ax, ay, aw, seed)
	if err == nil && classes != nil {
		if err = oneClassEach(m.outputShapes()[m.heads.all[0].output]); err != nil {
			data.free()
		}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// place checks arrays against the model, builds the model if it has no weights yet, and copies them
// to the device.
func (m *Model) place(ax, ay, aw []*array.Array, seed int64) (*resident, error) {
	n := ax[0].Shape[0]
	if err := m.fits(ax); err != nil {
		return nil, err
	}
	if err := m.build(exampleShapes(ax), seed); err != nil {
		return nil, err
	}
	for i, h := range m.heads.all {
		if err := h.check(ay[i], m.outputShapes()[h.output]); err != nil {
			if m.heads.separate {
				err = fmt.Errorf("output %s: %w", h.name, err)
			}
			return nil, err
		}
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	data := &resident{n: n}
	for i := range ax {
		ax[i] = ax[i].Float()
	}
	for _, part := range []struct {
		to   *[]*tensors.Tensor
		from []*array.Array
	}{{&data.x, ax}, {&data.y, ay}, {&data.w, aw}} {
		for _, a := range part.from {
			t, err := a.Upload(b.GoMLX())
			if err != nil {
				data.free()
				return nil, fmt.Errorf("copying %d examples to the device: %w", n, err)
			}
			*part.to = append(*part.to, t)
		}
	}
	return data, nil
}

// streamPass says how a pass over a stream is made.
type streamPass struct {
	train bool
	// epoch is what the stream is called with.
	epoch int
	// size is the number of examples in a step; 0 means that of the first batch.
	size int
	// steps is after how many the pass ends; 0 means at the stream's end.
	steps   int
	classes map[int]float64
	seed    int64
}

// beginStream begins a pass over a stream.
func (m *Model) beginStream(ctx context.Context, s Stream, p streamPass) (*epoch, error) {
	src, err := open(ctx, s, p.epoch, p.size, m.ports(), p.classes)
	if err != nil {
		return nil, err
	}
	from := &streamed{ctx: ctx, source: src, load: func(s *slab) (*resident, error) {
		data, err := m.place(s.x, s.y, s.w, p.seed)
		if err == nil {
			data.n = s.n
		}
		return data, err
	}}
	data, err := from.first()
	if err == nil && p.classes != nil {
		if err = oneClassEach(m.outputShapes()[m.heads.all[0].output]); err != nil {
			data.free()
		}
	}
	if err != nil {
		src.close()
		return nil, err
	}
	l, err := m.loopFor(p.train, src.size, data, true)
	if err != nil {
		data.free()
		src.close()
		return nil, err
	}
	return l.beginStream(from, data, cmp.Or(p.steps, math.MaxInt)), nil
}
