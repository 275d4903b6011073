package ml

import (
	"fmt"
	"math"
	"strings"

	"github.com/gonbml/gonbml/ml/contract"
)

// Scores are the loss and the metrics over a data set.
type Scores struct {
	// Loss is the mean over the examples.
	Loss float64
	// Metrics are in the order in which Compile got them.
	Metrics []contract.Value
}

// Metric returns the metric of that name; without it, NaN.
func (s Scores) Metric(name string) float64 {
	for _, m := range s.Metrics {
		if m.Name == name {
			return m.Value
		}
	}
	return math.NaN()
}

// Accuracy returns the metric "accuracy"; NaN if the model was not compiled with metrics.Accuracy.
func (s Scores) Accuracy() float64 { return s.Metric("accuracy") }

// Values returns the loss and the metrics, each name behind the prefix.
func (s Scores) Values(prefix string) []contract.Value {
	all := []contract.Value{{Name: prefix + "loss", Value: s.Loss}}
	for _, m := range s.Metrics {
		all = append(all, contract.Value{Name: prefix + m.Name, Value: m.Value})
	}
	return all
}

// String is the scores in one line: "loss: 0.0812 - accuracy: 0.9751".
func (s Scores) String() string {
	var parts []string
	for _, v := range s.Values("") {
		parts = append(parts, fmt.Sprintf("%s: %.4f", v.Name, v.Value))
	}
	return strings.Join(parts, " - ")
}
