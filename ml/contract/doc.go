// Package contract is what the parts of models promise one another: a Layer, a Loss, a Metric,
// an Optimizer, and the values that layers are applied to. Built-in parts (packages layers,
// losses, metrics, optimizers) stand above it and use only what it exports, so that a part of
// another package, or of a notebook's cell, can do all that they can.
//
// A layer of one's own has the methods of Layer, and those of the interfaces beside it that
// concern it (Autocaster, Regularized, Composite, Fuser, JointLayer). It makes its variables by
// Weight, State and Cache, asks by Frozen and BatchMask what it has to know of the training,
// and registers its kind by layers.Register, so that models with it can be saved:
//
//	type Scale struct{ Name string }
//
//	func (*Scale) Kind() string                         { return "Scale" }
//	func (*Scale) String() string                       { return "Scale()" }
//	func (*Scale) OutputShape(in []int) ([]int, error)  { return in, nil }
//	func (*Scale) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
//		factor := contract.Weight(scope, "factor", initializers.Ones, x, x.Shape().Dim(-1))
//		return graph.Mul(x, graph.ExpandLeftToRank(factor, x.Rank()))
//	}
//
// It owns no formulas, and nothing of models: those are package ml's, which stands above all
// parts.
package contract
