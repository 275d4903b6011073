package ops

import "github.com/gomlx/gomlx/core/graph"

// ReLU is max(x, 0). GoMLX's own computes its gradient through the sign, which is slower. NaN stays
// NaN.
func ReLU(x *graph.Node) *graph.Node {
	return graph.Where(graph.LessOrEqual(x, graph.ScalarZero(x.Graph(), x.DType())),
		graph.ZerosLike(x), x)
}
