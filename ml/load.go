package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/array"
)

// upload is load of what a user gave. Weights and class weights may be nil.
func (m *Model) upload(x, y, weights any, classes map[int]float64, seed int64) (*resident, error) {
	ax, err := feed("x", x, m.inputNames())
	if err != nil {
		return nil, err
	}
	ay, err := feed("y", y, m.targets())
	if err != nil {
		return nil, err
	}
	n := ax[0].Shape[0]
	if n == 0 {
		return nil, fmt.Errorf("expected at least one example in x. Got none")
	}
	if err := m.sameCount("x", m.inputNames(), ax, n); err != nil {
		return nil, err
	}
	if err := m.sameCount("y", m.targets(), ay, n); err != nil {
		return nil, err
	}
	aw, err := m.exampleWeights(weights, classes, ay)
	if err != nil {
		return nil, err
	}
	return m.load(ax, ay, aw, seed)
}

// load checks arrays against the model, builds the model if it has no weights yet, and copies them to the device.
func (m *Model) load(ax, ay, aw []*array.Array, seed int64) (*resident, error) {
	n := ax[0].Shape[0]
	if err := m.fits(ax); err != nil {
		return nil, err
	}
	if err := m.build(examples(ax), seed); err != nil {
		return nil, err
	}
	for i, h := range m.heads {
		if c, ok := h.loss.(contract.TargetChecker); ok {
			if err := c.CheckTargets(ay[i], m.outputShapes()[h.output]); err != nil {
				if m.separate() {
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

// sameCount says whether all arrays have n examples.
func (m *Model) sameCount(what string, names []string, arrays []*array.Array, n int) error {
	for i, a := range arrays {
		if a.Shape[0] == n {
			continue
		}
		if len(arrays) > 1 || what == "x" {
			what += " " + names[i]
		}
		return fmt.Errorf("expected as many examples in %s as in x, %d. Got %d", what, n, a.Shape[0])
	}
	return nil
}
