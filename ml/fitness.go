package ml

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// RootMeanSquaredError is the root of the mean of (target - prediction)² over all outputs.
type RootMeanSquaredError struct{}

// Name returns "root_mean_squared_error".
func (RootMeanSquaredError) Name() string { return "root_mean_squared_error" }

// Sums returns the weighted sum of squares and the weights.
func (RootMeanSquaredError) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return MeanSquaredError{}.Sums(targets, predictions, weights)
}

// Value is the root of the quotient of the two sums.
func (RootMeanSquaredError) Value(sums []float64) float64 { return math.Sqrt(sums[0] / sums[1]) }

// R2 is the coefficient of determination: 1 less the part of the targets' variance that the predictions leave; the mean over outputs.
type R2 struct{}

// Name returns "r2_score", Keras's name.
func (R2) Name() string { return "r2_score" }

// Sums returns the weights, then for each output the sums of targets, of their squares, and of squared errors.
func (R2) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	batch := weights.Shape().Dim(0)
	rows := func(x *graph.Node) *graph.Node {
		return graph.Reshape(graph.ConvertDType(x, dtypes.Float32), batch, x.Shape().Size()/batch)
	}
	y, p := rows(like(targets, predictions)), rows(predictions)
	sum := func(x *graph.Node) *graph.Node {
		return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(weights, -1)), 0)
	}
	return graph.Concatenate([]*graph.Node{
		graph.Reshape(graph.ReduceAllSum(weights), 1), sum(y), sum(graph.Square(y)), sum(graph.Square(graph.Sub(y, p))),
	}, 0)
}

// Value is the mean over outputs of 1 - squared errors/squared deviations from the targets' mean; NaN where targets do not vary.
func (R2) Value(sums []float64) float64 {
	count, rest := sums[0], sums[1:]
	n := len(rest) / 3
	var total float64
	for i := range n {
		y, squares, errors := rest[i], rest[n+i], rest[2*n+i]
		total += 1 - errors/(squares-y*y/count)
	}
	return total / float64(n)
}

// Perplexity is e to the mean cross-entropy of class numbers: how many classes the model hesitates between.
type Perplexity struct {
	// FromLogits says that the last layer has no softmax.
	FromLogits bool `json:"from_logits,omitempty"`
}

// Name returns "perplexity".
func (Perplexity) Name() string { return "perplexity" }

// Sums returns the weighted sum of cross-entropies and the weights.
func (m Perplexity) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(SparseCategoricalCrossentropy(m).PerExample(targets, predictions), weights)
}

// Value is e to the quotient of the two sums.
func (Perplexity) Value(sums []float64) float64 { return math.Exp(sums[0] / sums[1]) }
