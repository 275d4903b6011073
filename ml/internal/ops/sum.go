package ops

import "github.com/gomlx/gomlx/core/graph"

// Sum adds up nodes, of which some may be nil. It returns nil if all are.
func Sum(nodes ...*graph.Node) *graph.Node {
	var sum *graph.Node
	for _, n := range nodes {
		switch {
		case n == nil:
		case sum == nil:
			sum = n
		default:
			sum = graph.Add(sum, n)
		}
	}
	return sum
}
