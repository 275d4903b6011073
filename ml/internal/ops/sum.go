package ops

import "github.com/gomlx/gomlx/core/graph"

// sumOf adds up penalties, of which some may be nil.
func Sum(penalties ...*graph.Node) *graph.Node {
	var sum *graph.Node
	for _, p := range penalties {
		switch {
		case p == nil:
		case sum == nil:
			sum = p
		default:
			sum = graph.Add(sum, p)
		}
	}
	return sum
}

// relu is max(x, 0). GoMLX's own takes its gradient through the sign, which is slower. What is not a
// number stays so.
func ReLU(x *graph.Node) *graph.Node {
	return graph.Where(graph.LessOrEqual(x, graph.ScalarZero(x.Graph(), x.DType())), graph.ZerosLike(x), x)
}
