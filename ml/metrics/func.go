package metrics

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// MetricFunc makes a metric from a function on graph nodes that returns a number for each example,
// [batch]. The metric is the mean of these numbers. See contract.Loss.PerExample for targets and
// predictions. A model compiled with it can be saved; after Load it reports the metric only when it
// has been compiled with it again.
func MetricFunc(
	name string, perExample func(targets, predictions *graph.Node) *graph.Node,
) contract.Metric {
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
		panic(fmt.Errorf("metric %s: expected shape [%d], one number for each example. Got %s",
			m.name, weights.Shape().Dim(0), each.Shape()))
	}
	return weightedMean(graph.ConvertDType(each, dtypes.Float32), weights)
}

func (metricFunc) Value(sums []float64) float64 { return sums[0] / sums[1] }
