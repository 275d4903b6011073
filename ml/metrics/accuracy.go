package metrics

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("Accuracy", func() contract.Metric { return Accuracy{} })
	Register("BinaryAccuracy", func() contract.Metric { return BinaryAccuracy{} })
	Register("CategoricalAccuracy", func() contract.Metric { return CategoricalAccuracy{} })
	Register("TopKAccuracy", func() contract.Metric { return TopKAccuracy{} })
}

// Accuracy is the part of examples that are predicted right. What that means depends on the shapes,
// as with Keras's "accuracy". A single output is compared with 0.5. Targets with the shape of the
// outputs are one-hot, and right if their largest element is at the place of the largest output.
// Other targets are class numbers, and right if the largest output is that of the class.
type Accuracy struct{}

// Name returns "accuracy".
func (Accuracy) Name() string { return "accuracy" }

// Sums returns the sum of the weights of the examples predicted right, and of all examples.
func (Accuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	classes, dims := predictions.Shape().Dim(-1), predictions.Shape().Dimensions
	largest := func(x *graph.Node) *graph.Node { return graph.ArgMax(x, -1, dtypes.Int32) }
	var right *graph.Node
	switch {
	case classes == 1:
		half := graph.Scalar(predictions.Graph(), predictions.DType(), 0.5)
		decided := graph.ConvertDType(graph.GreaterThan(predictions, half), dtypes.Float32)
		targets = graph.ConvertDType(graph.Reshape(targets, dims...), dtypes.Float32)
		right = graph.Equal(decided, targets)
	case targets.Shape().Size() == predictions.Shape().Size():
		right = graph.Equal(largest(predictions), largest(graph.Reshape(targets, dims...)))
	default:
		targets = graph.Reshape(targets, dims[:len(dims)-1]...)
		right = graph.Equal(largest(predictions), graph.ConvertDType(targets, dtypes.Int32))
	}
	return weightedMean(ops.MeanPerExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value returns the quotient of the two sums.
func (Accuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// BinaryAccuracy is the part of outputs that are on the right side of a threshold.
type BinaryAccuracy struct {
	// Threshold is 0.5 by default. For logits use a small number such as 1e-12, because 0 means the
	// default.
	Threshold float64 `json:"threshold,omitempty"`
}

// Name returns "binary_accuracy".
func (BinaryAccuracy) Name() string { return "binary_accuracy" }

// Sums takes targets with as many numbers as the predictions have.
func (m BinaryAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	threshold := graph.ConstAs(predictions, cmp.Or(m.Threshold, 0.5))
	decided := graph.ConvertDType(graph.GreaterThan(predictions, threshold), predictions.DType())
	right := graph.Equal(decided, ops.Like(targets, predictions))
	return weightedMean(ops.MeanPerExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value returns the quotient of the two sums.
func (BinaryAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// CategoricalAccuracy is the part of examples whose largest output is that of the right class.
// Targets are one-hot.
type CategoricalAccuracy struct{}

// Name returns "categorical_accuracy".
func (CategoricalAccuracy) Name() string { return "categorical_accuracy" }

// Sums takes targets and predictions of the same shape.
func (CategoricalAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	right := graph.Equal(graph.ArgMax(predictions, -1, dtypes.Int32),
		graph.ArgMax(ops.Like(targets, predictions), -1, dtypes.Int32))
	return weightedMean(ops.MeanPerExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value returns the quotient of the two sums.
func (CategoricalAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// TopKAccuracy is the part of examples for which fewer than K classes have a larger output than the
// right class. Targets are class numbers or one-hot.
type TopKAccuracy struct {
	// K is 5 by default.
	K int `json:"k,omitempty"`
}

func (m TopKAccuracy) k() int { return cmp.Or(m.K, 5) }

// Name returns "top_5_accuracy", with K as the number.
func (m TopKAccuracy) Name() string { return fmt.Sprintf("top_%d_accuracy", m.k()) }

// Sums takes predictions, [batch, ..., classes].
func (m TopKAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	own := graph.ReduceAndKeep(graph.Mul(predictions, oneHot(targets, predictions)),
		graph.ReduceSum, -1)
	better := graph.ReduceSum(graph.ConvertDType(graph.GreaterThan(predictions, own),
		predictions.DType()), -1)
	right := graph.LessThan(better, graph.ConstAs(better, m.k()))
	return weightedMean(ops.MeanPerExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value returns the quotient of the two sums.
func (TopKAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }
