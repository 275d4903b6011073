package ml

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/layers"
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
		parts := []any{h.loss}
		for _, metric := range h.metrics {
			parts = append(parts, metric)
		}
		for _, part := range parts {
			c, ok := part.(contract.TargetChecker)
			if !ok {
				continue
			}
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

// examples are the shapes of one example of each array.
func examples(arrays []*array.Array) [][]int {
	var all [][]int
	for _, a := range arrays {
		all = append(all, a.Shape[1:])
	}
	return all
}

// fits says whether examples of the arrays' shapes can go into the model. As in Keras, an array that only lacks a last axis of length 1 gets
// it: numbers fit Input(1), grey pictures Input(28, 28, 1).
func (m *Model) fits(arrays []*array.Array) error {
	for i, at := range m.inputs {
		c, shape := m.calls[at], arrays[i].Shape
		want := c.Layer.(*layers.InputLayer).Shape
		if c.implicit {
			want = c.out
		}
		if c.implicit && want == nil || slices.Equal(want, shape[1:]) {
			continue
		}
		if slices.Equal(want, append(slices.Clone(shape[1:]), 1)) {
			with := *arrays[i]
			with.Shape = append(slices.Clone(shape), 1)
			arrays[i] = &with
			continue
		}
		hint, of := "", "x"
		if len(m.inputs) > 1 {
			of = "x " + c.name
		}
		first := c.path()
		if c.implicit {
			first = m.layers[1].path()
		}
		if extent.Size(want) == extent.Size(shape[1:]) {
			hint = "; they hold as many numbers: reshape x, or begin the model with layers.Input" + fmt.Sprint(shape[1:]) + " and layers.Flatten()"
		}
		if !m.chain {
			return fmt.Errorf("expected %s of shape %s, as %s says. Got %v", of, extent.Dims(want), first, shape)
		}
		return fmt.Errorf("expected x of shape %s, as the model's first layer %s says. Got %v%s", extent.Dims(want), first, shape, hint)
	}
	return nil
}
