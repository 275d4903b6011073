package metrics

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// What several metrics make their sums and values with.

// weightedMean returns the two sums of which a weighted mean over examples is made: that of the
// weighted figures, and that of the weights.
func weightedMean(each, weights *graph.Node) *graph.Node {
	each = graph.ConvertDType(each, dtypes.Float32)
	total := graph.ReduceAllSum(graph.Mul(each, weights))
	return graph.Stack([]*graph.Node{total, graph.ReduceAllSum(weights)}, 0)
}

// oneHot returns targets as one-hot: class numbers are turned into that, other targets are one-hot
// already.
func oneHot(targets, predictions *graph.Node) *graph.Node {
	shape := predictions.Shape()
	if targets.Shape().Size() == shape.Size() && shape.Dim(-1) > 1 {
		return ops.Like(targets, predictions)
	}
	targets = graph.Reshape(targets, shape.Dimensions[:shape.Rank()-1]...)
	classes := graph.ConvertDType(targets, dtypes.Int32)
	return graph.OneHot(classes, shape.Dim(-1), predictions.DType())
}

// ratio returns a/b; 0 if b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
