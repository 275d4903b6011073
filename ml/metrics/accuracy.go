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
	Register("BinaryAccuracy", func() contract.Metric { return BinaryAccuracy{} })
	Register("CategoricalAccuracy", func() contract.Metric { return CategoricalAccuracy{} })
	Register("TopKAccuracy", func() contract.Metric { return TopKAccuracy{} })
}

// BinaryAccuracy is the part of outputs on the right side of a threshold.
type BinaryAccuracy struct {
	// Threshold is 0.5 by default; with logits compare with a small number such as 1e-12 instead, because 0 means the default.
	Threshold float64 `json:"threshold,omitempty"`
}

// Name returns "binary_accuracy".
func (BinaryAccuracy) Name() string { return "binary_accuracy" }

// Sums takes targets with as many numbers as there are predictions.
func (m BinaryAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	decided := graph.ConvertDType(graph.GreaterThan(predictions, graph.ConstAs(predictions, cmp.Or(m.Threshold, 0.5))), predictions.DType())
	return weighted(ops.MeanOfExample(graph.ConvertDType(graph.Equal(decided, ops.Like(targets, predictions)), dtypes.Float32)), weights)
}

// Value is the quotient of the two sums.
func (BinaryAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// CategoricalAccuracy is the part of examples whose largest output is that of the right class; targets are one-hot.
type CategoricalAccuracy struct{}

// Name returns "categorical_accuracy".
func (CategoricalAccuracy) Name() string { return "categorical_accuracy" }

// Sums takes targets and predictions of one shape.
func (CategoricalAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	right := graph.Equal(graph.ArgMax(predictions, -1, dtypes.Int32), graph.ArgMax(ops.Like(targets, predictions), -1, dtypes.Int32))
	return weighted(ops.MeanOfExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value is the quotient of the two sums.
func (CategoricalAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// TopKAccuracy is the part of examples for which fewer than K classes have a larger output than the right one. Targets are class
// numbers, or one-hot.
type TopKAccuracy struct {
	// K is 5 by default.
	K int `json:"k,omitempty"`
}

func (m TopKAccuracy) k() int { return cmp.Or(m.K, 5) }

// Name returns "top_5_accuracy", with K.
func (m TopKAccuracy) Name() string { return fmt.Sprintf("top_%d_accuracy", m.k()) }

// Sums takes predictions [batch, ..., classes].
func (m TopKAccuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	own := graph.ReduceAndKeep(graph.Mul(predictions, hot(targets, predictions)), graph.ReduceSum, -1)
	better := graph.ReduceSum(graph.ConvertDType(graph.GreaterThan(predictions, own), predictions.DType()), -1)
	right := graph.LessThan(better, graph.ConstAs(better, m.k()))
	return weighted(ops.MeanOfExample(graph.ConvertDType(right, dtypes.Float32)), weights)
}

// Value is the quotient of the two sums.
func (TopKAccuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// hot returns targets one-hot: they may be class numbers already so.
func hot(targets, predictions *graph.Node) *graph.Node {
	shape := predictions.Shape()
	if targets.Shape().Size() == shape.Size() && shape.Dim(-1) > 1 {
		return ops.Like(targets, predictions)
	}
	classes := graph.ConvertDType(graph.Reshape(targets, shape.Dimensions[:shape.Rank()-1]...), dtypes.Int32)
	return graph.OneHot(classes, shape.Dim(-1), predictions.DType())
}
