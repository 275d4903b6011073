package contract

import "github.com/gomlx/gomlx/core/graph"

// Value is a named figure.
type Value struct {
	Name  string
	Value float64
}

// Metric is a figure computed along with training and evaluation. To be computed in batches it is split into sums over
// examples, made on the device, and a function of the sums.
type Metric interface {
	// Name is the metric's key in History and Scores, such as "accuracy". Where an output has several of one name they are numbered as in Keras: accuracy,
	// accuracy_1, accuracy_2.
	Name() string
	// Sums adds to the graph what the batch adds to the metric's sums, a vector whose length does not depend on the batch.
	// Weights, of shape [batch], are 0 for rows that only pad the batch.
	Sums(targets, predictions, weights *graph.Node) *graph.Node
	// Value is the metric of the sums over all batches.
	Value(sums []float64) float64
}

// ManyMetric is a Metric that may have several figures.
type ManyMetric interface {
	Metric
	// Many says whether it has: History then numbers them rather than the metric.
	Many() bool
	// Figures returns them, with their names.
	Figures(sums []float64) []Value
}

// WeightedMetric is a Metric that says whether it counts each example with the weight that
// FitConfig's SampleWeights and ClassWeights give it; others count all examples alike.
type WeightedMetric interface {
	Metric
	Weighted() bool
}

// LossMetric is a Metric whose figures depend on the loss that the output is trained with, such as whether
// outputs are labels that do not exclude one another.
type LossMetric interface {
	Metric
	// WithLoss returns the metric for an output of that loss.
	WithLoss(Loss) Metric
}

// WithLoss returns the metric for an output of that loss, which may be nil.
func WithLoss(m Metric, l Loss) Metric {
	if own, ok := m.(LossMetric); ok && l != nil {
		return own.WithLoss(l)
	}
	return m
}

// DirectedMetric is a Metric that says which way it gets better, for callbacks that watch it.
type DirectedMetric interface {
	Metric
	// HigherIsBetter is true for an accuracy, false for an error.
	HigherIsBetter() bool
}

// WrappedMetric is a Metric that adds something to another one, such as a name.
type WrappedMetric interface {
	Metric
	Unwrap() Metric
}

// Inner returns the metric within those that wrap it.
func Inner(m Metric) Metric {
	for {
		w, ok := m.(WrappedMetric)
		if !ok {
			return m
		}
		m = w.Unwrap()
	}
}
