package optimizers

import (
	"errors"

	"github.com/gomlx/gomlx/core/graph"
)

// Clip limits the gradients before an optimiser uses them, as Keras's clipnorm, clipvalue and
// global_clipnorm do. At most one field may be set. The zero value limits nothing.
type Clip struct {
	// Norm scales the gradient of each variable down to at most this Euclidean norm.
	Norm float64 `json:"norm,omitempty"`
	// Value limits each element to ±Value.
	Value float64 `json:"value,omitempty"`
	// GlobalNorm scales all gradients down together, so that the norm of all of them is at most
	// this.
	GlobalNorm float64 `json:"global_norm,omitempty"`
}

// Check returns an error if a field is negative, or several are set.
func (c Clip) Check() error {
	set := 0
	for _, v := range []float64{c.Norm, c.Value, c.GlobalNorm} {
		if v < 0 {
			return errors.New("expected clipping bounds above 0, or 0 for none")
		}
		if v > 0 {
			set++
		}
	}
	if set > 1 {
		return errors.New("expected at most one of Clip's Norm, Value and GlobalNorm. Got several; Keras allows one, too")
	}
	return nil
}

// apply limits the gradients in place.
func (c Clip) apply(grads []*graph.Node) {
	squares := func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) }
	// Dividing by the larger one of norm and bound leaves short gradients as they are, and never
	// divides by 0.
	scale := func(x, norm *graph.Node, bound float64) *graph.Node {
		return graph.Div(graph.MulScalar(x, bound), graph.MaxScalar(norm, bound))
	}
	switch {
	case c.Value > 0:
		for i, g := range grads {
			grads[i] = graph.ClipScalar(g, -c.Value, c.Value)
		}
	case c.Norm > 0:
		for i, g := range grads {
			grads[i] = scale(g, graph.Sqrt(squares(g)), c.Norm)
		}
	case c.GlobalNorm > 0:
		var sum *graph.Node
		for _, g := range grads {
			if sum == nil {
				sum = squares(g)
			} else {
				sum = graph.Add(sum, squares(g))
			}
		}
		norm := graph.Sqrt(sum)
		for i, g := range grads {
			grads[i] = scale(g, norm, c.GlobalNorm)
		}
	}
}
