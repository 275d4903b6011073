package metrics

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("Accuracy", func() contract.Metric { return Accuracy{} })
}

// Accuracy is the part of examples predicted right. It fits itself to the shapes, as Keras's "accuracy" does: class numbers
// against one output for each class are right if the largest output is the class's; targets of the outputs' own shape
// are taken as one-hot; a single output is compared with 0.5.
type Accuracy struct{}

// Name returns "accuracy".
func (Accuracy) Name() string { return "accuracy" }

// Sums returns the weights of the examples predicted right, and of all.
func (Accuracy) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	classes := predictions.Shape().Dim(-1)
	var right *graph.Node
	switch {
	case classes == 1:
		decided := graph.ConvertDType(graph.GreaterThan(predictions, graph.Scalar(predictions.Graph(), predictions.DType(), 0.5)), dtypes.Float32)
		right = graph.Equal(decided, graph.ConvertDType(graph.Reshape(targets, predictions.Shape().Dimensions...), dtypes.Float32))
	case targets.Shape().Size() == predictions.Shape().Size():
		right = graph.Equal(graph.ArgMax(predictions, -1, dtypes.Int32), graph.ArgMax(graph.Reshape(targets, predictions.Shape().Dimensions...), -1, dtypes.Int32))
	default:
		found := graph.ArgMax(predictions, -1, dtypes.Int32)
		right = graph.Equal(found, graph.ConvertDType(graph.Reshape(targets, found.Shape().Dimensions...), dtypes.Int32))
	}
	each := ops.MeanOfExample(graph.ConvertDType(right, weights.DType()))
	return graph.Stack([]*graph.Node{graph.ReduceAllSum(graph.Mul(each, weights)), graph.ReduceAllSum(weights)}, 0)
}

// Value is the quotient of the two sums.
func (Accuracy) Value(sums []float64) float64 { return sums[0] / sums[1] }

// MetricFunc makes a metric of a function on graph nodes that returns a number for each example, of shape [batch]; the metric is their mean. See
// Loss.PerExample for targets and predictions. A model compiled with it can be saved, and reports it again once compiled after Load.
func MetricFunc(name string, perExample func(targets, predictions *graph.Node) *graph.Node) contract.Metric {
	return metricFunc{name, perExample}
}

type metricFunc struct {
	name string
	f    func(targets, predictions *graph.Node) *graph.Node
}

func (m metricFunc) Name() string { return m.name }

func (m metricFunc) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	each := m.f(targets, predictions)
	if each.Shape().Rank() != 1 || each.Shape().Dim(0) != weights.Shape().Dim(0) {
		panic(fmt.Errorf("metric %s: expected shape [%d], one number for each example. Got %s", m.name, weights.Shape().Dim(0), each.Shape()))
	}
	return weighted(graph.ConvertDType(each, dtypes.Float32), weights)
}

func (metricFunc) Value(sums []float64) float64 { return sums[0] / sums[1] }
