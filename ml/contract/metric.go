package contract

import "github.com/gomlx/gomlx/core/graph"

// Value is a named figure.
type Value struct {
	Name  string
	Value float64
}

// Metric is a figure computed during training and evaluation. To be computed batch by batch, it is
// split into sums over examples, made on the device, and a function of the sums.
type Metric interface {
	// Name is the metric's key in History and Scores: "accuracy". If an output has several metrics
	// of one name, they are numbered as in Keras: accuracy, accuracy_1, accuracy_2.
	Name() string
	// Sums adds to the graph what a batch contributes to the metric's sums, and returns it: a
	// vector whose length does not depend on the batch. Weights, [batch], are 0 for rows that only
	// fill up the batch. See Loss.PerExample for targets and predictions.
	Sums(targets, predictions, weights *graph.Node) *graph.Node
	// Value returns the metric, given the sums over all batches.
	Value(sums []float64) float64
}

// ManyMetric is a Metric that may have several figures.
type ManyMetric interface {
	Metric
	// Many says whether it has several. History then has each of them by its own name, instead of
	// Value.
	Many() bool
	// Figures returns them with their names, given the sums over all batches.
	Figures(sums []float64) []Value
}

// WeightedMetric is a Metric that says whether examples count with the weights that FitConfig's
// SampleWeights and ClassWeights give them. In other metrics all examples count the same.
type WeightedMetric interface {
	Metric
	// Weighted says whether they do.
	Weighted() bool
}

// LossMetric is a Metric that depends on the loss that the output is trained with: the loss may
// say, for instance, that outputs are labels that do not exclude one another.
type LossMetric interface {
	Metric
	// WithLoss returns the metric for an output with the given loss.
	WithLoss(Loss) Metric
}

// WithLoss returns the metric for an output with the given loss, which may be nil.
func WithLoss(m Metric, l Loss) Metric {
	if own, ok := m.(LossMetric); ok && l != nil {
		return own.WithLoss(l)
	}
	return m
}

// DirectedMetric is a Metric that says which way it improves, for callbacks that watch it.
type DirectedMetric interface {
	Metric
	// HigherIsBetter returns true for an accuracy, false for an error.
	HigherIsBetter() bool
}

// WrappedMetric is a Metric around another one, to which it adds something, such as a name.
type WrappedMetric interface {
	Metric
	// Unwrap returns the other one.
	Unwrap() Metric
}

// Inner returns the metric inside all those that wrap it.
func Inner(m Metric) Metric {
	for {
		w, ok := m.(WrappedMetric)
		if !ok {
			return m
		}
		m = w.Unwrap()
	}
}
