package metrics

import (
	"encoding/json"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() { Register("Weighted", func() contract.Metric { return weightedMetric{} }) }

// Weighted makes a metric count each example with the weight that FitConfig's SampleWeights and ClassWeights give it, as Keras's
// weighted_metrics do. Without it, metrics count all examples alike, and only the loss is weighted.
func Weighted(m contract.Metric) contract.Metric { return weightedMetric{m} }

type weightedMetric struct{ contract.Metric }

// Name returns the metric's name behind "weighted_".
func (m weightedMetric) Name() string { return "weighted_" + m.Metric.Name() }

// Weighted is true.
func (weightedMetric) Weighted() bool { return true }

// Many says whether the metric has several figures.
func (m weightedMetric) Many() bool {
	many, ok := m.Metric.(contract.ManyMetric)
	return ok && many.Many()
}

// Figures returns the metric's, each name behind "weighted_".
func (m weightedMetric) Figures(sums []float64) []contract.Value {
	many, ok := m.Metric.(contract.ManyMetric)
	if !ok {
		return nil
	}
	all := many.Figures(sums)
	for i := range all {
		all[i].Name = "weighted_" + all[i].Name
	}
	return all
}

// CheckTargets is the metric's.
func (m weightedMetric) CheckTargets(y contract.Targets, output []int) error {
	if c, ok := m.Metric.(contract.TargetChecker); ok {
		return c.CheckTargets(y, output)
	}
	return nil
}

// Unwrap returns the metric.
func (m weightedMetric) Unwrap() contract.Metric { return m.Metric }

// WithLoss is the metric's.
func (m weightedMetric) WithLoss(l contract.Loss) contract.Metric {
	return weightedMetric{contract.WithLoss(m.Metric, l)}
}

// MarshalJSON describes the metric in it.
func (m weightedMetric) MarshalJSON() ([]byte, error) {
	s, err := Save(m.Metric)
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// UnmarshalJSON makes it of the metric that MarshalJSON described.
func (m *weightedMetric) UnmarshalJSON(text []byte) error {
	var s contract.Saved
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	metric, err := Load(s)
	m.Metric = metric
	return err
}
