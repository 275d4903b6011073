package metrics

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/losses"
)

func init() {
	Register("MeanSquaredError", func() contract.Metric { return MeanSquaredError{} })
	Register("MeanAbsoluteError", func() contract.Metric { return MeanAbsoluteError{} })
	Register("RootMeanSquaredError", func() contract.Metric { return RootMeanSquaredError{} })
	Register("R2", func() contract.Metric { return R2{} })
}

// MeanSquaredErroris the mean over an example's outputs of (target - prediction)².
type MeanSquaredError struct{}

// Name returns "mean_squared_error".
func (MeanSquaredError) Name() string { return "mean_squared_error" }

// Sums returns the weighted sum and the weights.
func (MeanSquaredError) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(losses.MeanSquaredError{}.PerExample(targets, predictions), weights)
}

// Value is the quotient of the two sums.
func (MeanSquaredError) Value(sums []float64) float64 { return sums[0] / sums[1] }

// MeanAbsoluteErroris the mean over an example's outputs of |target - prediction|.
type MeanAbsoluteError struct{}

// Name returns "mean_absolute_error".
func (MeanAbsoluteError) Name() string { return "mean_absolute_error" }

// Sums returns the weighted sum and the weights.
func (MeanAbsoluteError) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(losses.MeanAbsoluteError{}.PerExample(targets, predictions), weights)
}

// Value is the quotient of the two sums.
func (MeanAbsoluteError) Value(sums []float64) float64 { return sums[0] / sums[1] }

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

// Sums returns the weights, then for each output the sums of targets, of their squares, and of squared
// errors. They are of 64 bits: the variance is the small difference of two of them where the targets lie
// far from 0.
func (R2) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	batch := weights.Shape().Dim(0)
	rows := func(x *graph.Node) *graph.Node {
		return graph.Reshape(graph.ConvertDType(x, dtypes.Float64), batch, x.Shape().Size()/batch)
	}
	weights = graph.ConvertDType(weights, dtypes.Float64)
	y, p := rows(ops.Like(targets, predictions)), rows(predictions)
	sum := func(x *graph.Node) *graph.Node {
		return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(weights, -1)), 0)
	}
	return graph.Concatenate([]*graph.Node{
		graph.Reshape(graph.ReduceAllSum(weights), 1), sum(y), sum(graph.Square(y)), sum(graph.Square(graph.Sub(y, p))),
	}, 0)
}

// Value is the mean over outputs of 1 - squared errors/squared deviations from the targets' mean; NaN
// where targets do not vary, but for the rounding of the sums.
func (R2) Value(sums []float64) float64 {
	count, rest := sums[0], sums[1:]
	n := len(rest) / 3
	var total float64
	for i := range n {
		y, squares, errors := rest[i], rest[n+i], rest[2*n+i]
		deviations := squares - y*y/count
		if deviations <= 1e-13*squares {
			return math.NaN()
		}
		total += 1 - errors/deviations
	}
	return total / float64(n)
}

// weighted returns the two sums of a weighted mean over examples.
func weighted(each, weights *graph.Node) *graph.Node {
	each = graph.ConvertDType(each, dtypes.Float32)
	return graph.Stack([]*graph.Node{graph.ReduceAllSum(graph.Mul(each, weights)), graph.ReduceAllSum(weights)}, 0)
}
