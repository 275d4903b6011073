package ml

// Weighted makes a metric count each example with the weight that FitConfig's SampleWeights and ClassWeights give it, as Keras's
// weighted_metrics do. Without it, metrics count all examples alike, and only the loss is weighted.
func Weighted(m Metric) Metric { return weightedMetric{m} }

type weightedMetric struct{ Metric }

// Name returns the metric's name behind "weighted_".
func (m weightedMetric) Name() string { return "weighted_" + m.Metric.Name() }
