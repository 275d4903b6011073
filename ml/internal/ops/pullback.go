package ops

import "github.com/gomlx/gomlx/core/graph"

// WithPullback computes a function of several inputs whose gradients are written by hand. Compute
// gets the inputs as constants. It returns the result, and a function that makes the adjoints of
// the inputs, each of its input's shape, from the adjoint of the result. The gradients are of first
// order only: what back computes has no gradient.
//
// GoMLX has custom gradients of identities only. One on the result notes its adjoint. Those on the
// inputs turn that into the adjoints of the inputs. Zeros that are added to the result connect
// them.
func WithPullback(
	inputs []*graph.Node,
	compute func(held []*graph.Node) (y *graph.Node, back func(adjoint *graph.Node) []*graph.Node),
) *graph.Node {
	held := make([]*graph.Node, len(inputs))
	for i, x := range inputs {
		held[i] = graph.StopGradient(x)
	}
	y, back := compute(held)
	var adjoint, zeros *graph.Node
	var adjoints []*graph.Node
	for i, x := range inputs {
		zeros = Sum(zeros, alwaysZero(graph.IdentityWithCustomGradient(x,
			func(_, _ *graph.Node) *graph.Node {
				if adjoints == nil {
					adjoints = back(adjoint)
				}
				return adjoints[i]
			})))
	}
	return graph.IdentityWithCustomGradient(graph.Add(graph.StopGradient(y), zeros),
		func(_, pulled *graph.Node) *graph.Node {
			adjoint, adjoints = pulled, nil // for each gradient that is taken
			return pulled
		})
}
