package ml

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// MeanSquaredError is the mean over an example's outputs of (target - prediction)². It is a loss and a metric.
type MeanSquaredError struct{}

// String names the loss.
func (MeanSquaredError) String() string { return "mean squared error" }

// PerExample takes targets with as many numbers as there are predictions.
func (MeanSquaredError) PerExample(targets, predictions *graph.Node) *graph.Node {
	return meanOfExample(graph.Square(graph.Sub(like(targets, predictions), predictions)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l MeanSquaredError) CheckTargets(y Targets, output []int) error { return sameShape(l, y, output) }

// Name returns "mean_squared_error".
func (MeanSquaredError) Name() string { return "mean_squared_error" }

// Sums returns the weighted sum and the weights.
func (l MeanSquaredError) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(l.PerExample(targets, predictions), weights)
}

// Value is the quotient of the two sums.
func (MeanSquaredError) Value(sums []float64) float64 { return sums[0] / sums[1] }

// MeanAbsoluteError is the mean over an example's outputs of |target - prediction|. It is a loss and a metric.
type MeanAbsoluteError struct{}

// String names the loss.
func (MeanAbsoluteError) String() string { return "mean absolute error" }

// PerExample takes targets with as many numbers as there are predictions.
func (MeanAbsoluteError) PerExample(targets, predictions *graph.Node) *graph.Node {
	return meanOfExample(graph.Abs(graph.Sub(like(targets, predictions), predictions)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l MeanAbsoluteError) CheckTargets(y Targets, output []int) error {
	return sameShape(l, y, output)
}

// Name returns "mean_absolute_error".
func (MeanAbsoluteError) Name() string { return "mean_absolute_error" }

// Sums returns the weighted sum and the weights.
func (l MeanAbsoluteError) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(l.PerExample(targets, predictions), weights)
}

// Value is the quotient of the two sums.
func (MeanAbsoluteError) Value(sums []float64) float64 { return sums[0] / sums[1] }

// Huber is half the square of errors up to Delta and linear beyond (Huber 1964), so that outliers count less.
type Huber struct {
	// Delta is 1 by default.
	Delta float64 `json:"delta,omitempty"`
}

// String names the loss.
func (l Huber) String() string { return fmt.Sprintf("Huber loss (delta %g)", cmp.Or(l.Delta, 1)) }

// PerExample takes targets with as many numbers as there are predictions.
func (l Huber) PerExample(targets, predictions *graph.Node) *graph.Node {
	delta := cmp.Or(l.Delta, 1)
	far := graph.Abs(graph.Sub(like(targets, predictions), predictions))
	near := graph.MinScalar(far, delta)
	// Within delta the second term is 0.
	return meanOfExample(graph.Add(graph.MulScalar(graph.Square(near), 0.5), graph.MulScalar(graph.Sub(far, near), delta)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l Huber) CheckTargets(y Targets, output []int) error {
	if l.Delta < 0 {
		return fmt.Errorf("expected a delta above 0. Got %g", l.Delta)
	}
	return sameShape(l, y, output)
}

// like gives targets the shape and type of the predictions.
func like(targets, predictions *graph.Node) *graph.Node {
	return graph.ConvertDType(graph.Reshape(targets, predictions.Shape().Dimensions...), predictions.DType())
}

// sameShape says whether there is one target for each output.
func sameShape(what fmt.Stringer, y Targets, output []int) error {
	if want, got := size(output), size(y.ExampleShape()); want != got {
		return fmt.Errorf("%s: expected targets of shape %s, as the last layer's output. Got %s", what, dims(output), dims(y.ExampleShape()))
	}
	return nil
}

// weighted returns the two sums of a weighted mean over examples.
func weighted(each, weights *graph.Node) *graph.Node {
	each = graph.ConvertDType(each, dtypes.Float32)
	return graph.Stack([]*graph.Node{graph.ReduceAllSum(graph.Mul(each, weights)), graph.ReduceAllSum(weights)}, 0)
}
