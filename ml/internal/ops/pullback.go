package ops

import "github.com/gomlx/gomlx/core/graph"

// withPullback is a function of several inputs whose gradients are made by hand. Compute gets the inputs as constants and returns the result and how
// to make of the result's adjoint those of the inputs, each of its input's shape. It is of first order only: what back computes has no gradient.
//
// GoMLX has custom gradients of identities only: one on the result notes its adjoint, those on the inputs turn that into theirs, and zeros that are
// added to the result join them.
func WithPullback(inputs []*graph.Node, compute func(held []*graph.Node) (y *graph.Node, back func(adjoint *graph.Node) []*graph.Node)) *graph.Node {
	held := make([]*graph.Node, len(inputs))
	for i, x := range inputs {
		held[i] = graph.StopGradient(x)
	}
	y, back := compute(held)
	var adjoint, zeros *graph.Node
	var adjoints []*graph.Node
	for i, x := range inputs {
		zeros = Sum(zeros, always0(graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node {
			if adjoints == nil {
				adjoints = back(adjoint)
			}
			return adjoints[i]
		})))
	}
	return graph.IdentityWithCustomGradient(graph.Add(graph.StopGradient(y), zeros), func(_, pulled *graph.Node) *graph.Node {
		adjoint, adjoints = pulled, nil // for each gradient that is taken
		return pulled
	})
}
