package metrics

import (
	"encoding/json"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() { Register("Weighted", func() contract.Metric { return weightedMetric{} }) }

// Weighted returns the metric with examples weighted by FitConfig's SampleWeights and ClassWeights,
// as Keras's weighted_metrics are. Without it, all examples count the same in a metric, and only
// the loss is weighted.
func Weighted(m contract.Metric) contract.Metric { return weightedMetric{m} }

type weightedMetric struct{ contract.Metric }

// Name returns "weighted_" and the metric's name.
func (m weightedMetric) Name() string { return "weighted_" + m.Metric.Name() }

// Weighted returns true.
func (weightedMetric) Weighted() bool { return true }

// Many says whether the metric has several figures.
func (m weightedMetric) Many() bool {
	many, ok := m.Metric.(contract.ManyMetric)
	return ok && many.Many()
}

// Figures returns those of the metric, with "weighted_" before each name.
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

// CheckTargets is that of the metric inside.
func (m weightedMetric) CheckTargets(y contract.Targets, output []int) error {
	if c, ok := m.Metric.(contract.TargetChecker); ok {
		return c.CheckTargets(y, output)
	}
	return nil
}

// Unwrap returns the metric inside.
func (m weightedMetric) Unwrap() contract.Metric { return m.Metric }

// WithLoss is that of the metric inside.
func (m weightedMetric) WithLoss(l contract.Loss) contract.Metric {
	return weightedMetric{contract.WithLoss(m.Metric, l)}
}

// MarshalJSON writes the metric inside.
func (m weightedMetric) MarshalJSON() ([]byte, error) {
	s, err := Save(m.Metric)
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *weightedMetric) UnmarshalJSON(text []byte) error {
	var s contract.Saved
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	metric, err := Load(s)
	m.Metric = metric
	return err
}
