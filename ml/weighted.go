package ml

// Weighted makes a metric count each example with the weight that FitConfig's SampleWeights and ClassWeights give it, as Keras's
// weighted_metrics do. Without it, metrics count all examples alike, and only the loss is weighted.
func Weighted(m Metric) Metric { return weightedMetric{m} }

type weightedMetric struct{ Metric }

// Name returns the metric's name behind "weighted_".
func (m weightedMetric) Name() string { return "weighted_" + m.Metric.Name() }

// figures returns the metric's figures if it has several, else nil.
func figures(m Metric, sums []float64) []Value {
	if w, ok := m.(weightedMetric); ok {
		all := figures(w.Metric, sums)
		for i := range all {
			all[i].Name = "weighted_" + all[i].Name
		}
		return all
	}
	if several, ok := m.(ManyMetric); ok {
		return several.Figures(sums)
	}
	return nil
}
