package ml

import "github.com/gomlx/gomlx/core/graph"

// sumOf adds up penalties, of which some may be nil.
func sumOf(penalties ...*graph.Node) *graph.Node {
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
