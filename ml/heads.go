package ml

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// Output says how one output of a model is judged.
type Output struct {
	// Loss is the output's; nil means that it takes no part in training.
	Loss contract.Loss
	// Weight is the part of this loss in the whole, 1 by default.
	Weight float64
	// Metrics are reported beside the loss.
	Metrics Metrics
}

// Metrics is a list of metrics.
type Metrics []contract.Metric

// Outputs is the loss of a model of several outputs, by their names: the sum of the outputs' losses, each times its weight. Compile takes
// it in a loss's place:
//
//	m.Compile(optimizers.Adam{}, ml.Outputs{
//		"digit": {Loss: losses.SparseCategoricalCrossentropy{FromLogits: true}, Metrics: ml.Metrics{metrics.Accuracy{}}},
//		"even":  {Loss: losses.BinaryCrossentropy{}, Weight: 0.2},
//	})
//
// Each loss is reported as digit_loss, even_loss, without its weight, as in Keras, and each metric as digit_accuracy.
type Outputs map[string]Output

// String names the outputs' losses.
func (o Outputs) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if o[name].Loss != nil {
			all = append(all, fmt.Sprintf("%s: %s", name, o[name].Loss))
		}
	}
	return strings.Join(all, ", ")
}

// PerExample panics: the losses are the outputs', each of which has its own targets.
func (o Outputs) PerExample(_, _ *graph.Node) *graph.Node {
	panic(fmt.Errorf("expected the loss of one output. Got those of several: %s", o))
}

// head is an output with what judges it.
type head struct {
	// output is the output's place among the model's, name its name.
	output int
	name   string
	// loss may be nil, weight is its part in the whole.
	loss    contract.Loss
	weight  float64
	metrics []contract.Metric
	// labels are the metrics'.
	labels []label
}

// compileHeads makes the heads of what Compile was given.
func (m *Model) compileHeads(l contract.Loss, given []contract.Metric) ([]head, error) {
	outputs, several := l.(Outputs)
	var all []head
	if !several {
		for i, name := range m.names {
			all = append(all, head{output: i, name: name, loss: l, weight: 1, metrics: withLoss(given, l)})
		}
		return all, m.label(all)
	}
	if len(given) > 0 {
		return nil, fmt.Errorf("expected the metrics of several outputs in ml.Outputs. Got %q beside it", given[0].Name())
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if !slices.Contains(m.names, name) {
			return nil, fmt.Errorf("expected outputs among %s. Got %q", strings.Join(m.names, ", "), name)
		}
	}
	trained := false
	for i, name := range m.names {
		o := outputs[name]
		if o.Weight < 0 {
			return nil, fmt.Errorf("expected loss weights above 0, or 0 for 1. Got %g for %s", o.Weight, name)
		}
		if o.Loss == nil && len(o.Metrics) == 0 {
			continue
		}
		if _, nested := o.Loss.(Outputs); nested {
			return nil, fmt.Errorf("expected a loss of its own for %s. Got ml.Outputs", name)
		}
		trained = trained || o.Loss != nil
		all = append(all, head{output: i, name: name, loss: o.Loss, weight: cmp.Or(o.Weight, 1), metrics: withLoss(o.Metrics, o.Loss)})
	}
	if !trained {
		return nil, fmt.Errorf("expected a loss for at least one output of %s. Got none", strings.Join(m.names, ", "))
	}
	return all, m.label(all)
}

// withLoss are the metrics for an output of that loss.
func withLoss(given []contract.Metric, l contract.Loss) []contract.Metric {
	var all []contract.Metric
	for _, m := range given {
		all = append(all, contract.WithLoss(m, l))
	}
	return all
}

// losses are the heads that have a loss.
func (m *Model) losses() []head {
	return slices.DeleteFunc(slices.Clone(m.heads), func(h head) bool { return h.loss == nil })
}

// separate says whether each head's loss is reported beside their sum, and names carry the output's.
func (m *Model) separate() bool { return len(m.names) > 1 }

// targets are the names of the outputs that need targets.
func (m *Model) targets() []string {
	var all []string
	for _, h := range m.heads {
		all = append(all, h.name)
	}
	return all
}

// judge adds the heads to a graph: outputs are the model's, y the targets and w the weights of each head's examples (nil for all 1), mask is 0 for rows that
// only pad the batch. It returns the sums of the batch: the weighted loss and the number of examples, then each head's loss if they are
// separate, then those of the metrics.
func (m *Model) judge(outputs, y, w []*graph.Node, mask *graph.Node) (total, count *graph.Node, sums []*graph.Node) {
	count = graph.ReduceAllSum(mask)
	var own []*graph.Node
	for i, h := range m.heads {
		out := outputs[h.output]
		if h.loss != nil {
			each := h.loss.PerExample(y[i], out)
			if each.Shape().Rank() != 1 || each.Shape().Dim(0) != mask.Shape().Dim(0) {
				panic(fmt.Errorf("%s: expected a loss of shape [%d], one number for each example. Got %s", h.loss, mask.Shape().Dim(0), each.Shape()))
			}
			if w != nil {
				each = graph.Mul(each, w[i])
			}
			sum := graph.ReduceAllSum(graph.Mul(each, mask))
			own = append(own, sum)
			if h.weight != 1 {
				sum = graph.MulScalar(sum, h.weight)
			}
			if total == nil {
				total = sum
			} else {
				total = graph.Add(total, sum)
			}
		}
		for _, metric := range h.metrics {
			weights := mask
			if own, ok := metric.(contract.WeightedMetric); ok && own.Weighted() && w != nil {
				weights = graph.Mul(mask, w[i])
			}
			sums = append(sums, metric.Sums(y[i], out, weights))
		}
	}
	if m.separate() {
		sums = append([]*graph.Node{graph.Stack(own, 0)}, sums...)
	}
	return total, count, sums
}
