// Package contract holds what the parts of models promise one another: Layer, Loss, Metric,
// Optimizer, and the tensors that layers are applied to. The built-in parts (packages layers,
// losses, metrics and optimizers) stand above it. Apart from some faster numerics, they use only
// what it exports, so a part of another package, or of a notebook's cell, can do all that they can.
//
// A layer of your own has the methods of Layer, and those of the interfaces beside it that it
// needs: Autocaster, Regularized, Composite, Fuser, JointLayer. It makes its variables with Weight,
// State and Cache, asks Frozen and BatchMask what it has to know about the training, and registers
// its kind with layers.Register, so that models with it can be saved:
//
//	type Scale struct{ Name string }
//
//	func (*Scale) Kind() string                        { return "Scale" }
//	func (*Scale) String() string                      { return "Scale()" }
//	func (*Scale) OutputShape(in []int) ([]int, error) { return in, nil }
//	func (*Scale) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
//		factor := contract.Weight(scope, "factor", initializers.Ones, x, x.Shape().Dim(-1))
//		return graph.Mul(x, graph.ExpandLeftToRank(factor, x.Rank()))
//	}
//
// docs/ml.md shows a whole one. The package owns no formulas, and it knows nothing of models: they
// belong to package ml, which stands above all parts.
package contract
