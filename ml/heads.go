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

// Outputs is the loss of a model of several outputs, by their names: the sum of the outputs'
// losses, each times its weight. Compile takes it in the place of a loss:
//
//	m.Compile(optimizers.Adam{}, ml.Outputs{
//		"digit": {Loss: losses.SparseCategoricalCrossentropy{FromLogits: true}, Metrics: ml.Metrics{metrics.Accuracy{}}},
//		"even":  {Loss: losses.BinaryCrossentropy{}, Weight: 0.2},
//	})
//
// Each loss is reported as digit_loss, even_loss, without its weight, as in Keras, and each metric
// as digit_accuracy.
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

// heads are the outputs that are judged, in the model's order.
type heads struct {
	all []head
	// separate says whether each head's loss is reported beside their sum, and names carry the
	// output's.
	separate bool
}

// newHeads makes the heads of what Compile was given for a model whose outputs have these names.
func newHeads(names []string, l contract.Loss, metrics []contract.Metric) (heads, error) {
	made := heads{separate: len(names) > 1}
	outputs, several := l.(Outputs)
	if !several {
		for i, name := range names {
			made.all = append(made.all, head{output: i, name: name, loss: l, weight: 1, metrics: withLoss(metrics, l)})
		}
		return made, made.label()
	}
	if len(metrics) > 0 {
		return heads{}, fmt.Errorf("expected the metrics of several outputs in ml.Outputs. Got %q beside it", metrics[0].Name())
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if !slices.Contains(names, name) {
			return heads{}, fmt.Errorf("expected outputs among %s. Got %q", strings.Join(names, ", "), name)
		}
	}
	trained := false
	for i, name := range names {
		o := outputs[name]
		if o.Weight < 0 {
			return heads{}, fmt.Errorf("expected loss weights above 0, or 0 for 1. Got %g for %s", o.Weight, name)
		}
		if o.Loss == nil && len(o.Metrics) == 0 {
			continue
		}
		if _, nested := o.Loss.(Outputs); nested {
			return heads{}, fmt.Errorf("expected a loss of its own for %s. Got ml.Outputs", name)
		}
		trained = trained || o.Loss != nil
		made.all = append(made.all, head{output: i, name: name, loss: o.Loss, weight: cmp.Or(o.Weight, 1), metrics: withLoss(o.Metrics, o.Loss)})
	}
	if !trained {
		return heads{}, fmt.Errorf("expected a loss for at least one output of %s. Got none", strings.Join(names, ", "))
	}
	return made, made.label()
}

// label gives the metrics of all heads names that are told apart.
func (hs heads) label() error {
	losses := []string{"loss"}
	if hs.separate {
		for _, h := range hs.losses() {
			losses = append(losses, h.name+"_loss")
		}
	}
	labels := newLabeler(losses...)
	for i := range hs.all {
		one, prefix := &hs.all[i], ""
		if hs.separate {
			prefix = one.name + "_"
		}
		for _, metric := range one.metrics {
			l, err := labels.label(prefix, metric)
			if err != nil {
				return err
			}
			one.labels = append(one.labels, l)
		}
	}
	return labels.check()
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
func (hs heads) losses() []head {
	return slices.DeleteFunc(slices.Clone(hs.all), func(h head) bool { return h.loss == nil })
}

// targets are the names of the outputs that need targets.
func (hs heads) targets() []string {
	var all []string
	for _, h := range hs.all {
		all = append(all, h.name)
	}
	return all
}

// check says whether targets fit the head's loss and metrics, for an output of that shape.
func (h head) check(y contract.Targets, output []int) error {
	parts := []any{h.loss}
	for _, metric := range h.metrics {
		parts = append(parts, metric)
	}
	for _, part := range parts {
		if c, ok := part.(contract.TargetChecker); ok {
			if err := c.CheckTargets(y, output); err != nil {
				return err
			}
		}
	}
	return nil
}
