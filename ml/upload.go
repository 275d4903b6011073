package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/contract"
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
	return m.place(ax, ay, aw, seed)
}

// place checks arrays against the model, builds the model if it has no weights yet, and copies them to
// the device.
func (m *Model) place(ax, ay, aw []*array.Array, seed int64) (*resident, error) {
	n := ax[0].Shape[0]
	if err := m.fits(ax); err != nil {
		return nil, err
	}
	if err := m.build(exampleShapes(ax), seed); err != nil {
		return nil, err
	}
	for i, h := range m.heads.all {
		if c, ok := h.loss.(contract.TargetChecker); ok {
			if err := c.CheckTargets(ay[i], m.outputShapes()[h.output]); err != nil {
				if m.heads.separate {
					err = fmt.Errorf("output %s: %w", h.name, err)
				}
				return nil, err
			}
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
