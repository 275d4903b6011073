package ml

import (
	"fmt"
	"slices"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/mistake"
	"github.com/gonbml/gonbml/ml/layers"
)

// declared are the inputs' shapes as their layers say; nil if one does not.
func (n *network) declared() [][]int {
	var all [][]int
	for _, i := range n.inputs {
		c := n.calls[i]
		if c.implicit {
			return nil
		}
		all = append(all, c.Layer.(*layers.InputLayer).Shape)
	}
	return all
}

// shapes sets the shapes before and behind each call, given the inputs'.
func (n *network) shapes(in [][]int) error {
	for i, at := range n.inputs {
		n.calls[at].in = [][]int{in[i]}
	}
	for _, c := range n.calls {
		if c.implicit {
			c.out = c.in[0]
			continue
		}
		if _, ok := c.Layer.(*layers.InputLayer); !ok {
			c.in = nil
			for _, f := range c.from {
				c.in = append(c.in, n.calls[f].out)
			}
		}
		out, err := contract.OutputShape(c.Layer, c.in)
		if err != nil {
			return &mistake.AtLayer{Path: c.path(), In: c.in, Err: err}
		}
		c.out = out
	}
	return nil
}

// outputShapes are the shapes of one example of each output.
func (n *network) outputShapes() [][]int {
	var all [][]int
	for _, at := range n.outputs {
		all = append(all, n.calls[at].out)
	}
	return all
}

// fits says whether examples of the arrays' shapes can go into the network. As in Keras, an array
// that only lacks a last axis of length 1 gets it: numbers fit Input(1), grey pictures Input(28,
// 28, 1).
func (n *network) fits(arrays []*array.Array) error {
	for i, at := range n.inputs {
		c, shape := n.calls[at], arrays[i].Shape
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
		if len(n.inputs) > 1 {
			of = "x " + c.name
		}
		first := c.path()
		if c.implicit {
			first = n.layers[1].path()
		}
		if extent.Size(want) == extent.Size(shape[1:]) {
			hint = "; they hold as many numbers: reshape x, or begin the model with layers.Input" + fmt.Sprint(shape[1:]) + " and layers.Flatten()"
		}
		if !n.chain {
			return fmt.Errorf("expected %s of shape %s, as %s says. Got %v", of, extent.Dims(want), first, shape)
		}
		return fmt.Errorf("expected x of shape %s, as the model's first layer %s says. Got %v%s", extent.Dims(want), first, shape, hint)
	}
	return nil
}

// exampleShapes are the shapes of one example of each array.
func exampleShapes(arrays []*array.Array) [][]int {
	var all [][]int
	for _, a := range arrays {
		all = append(all, a.Shape[1:])
	}
	return all
}
