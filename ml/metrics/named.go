package metrics

import (
	"encoding/json"
	"strings"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() { Register("Named", func() contract.Metric { return namedMetric{} }) }

// Named gives a metric a name of its own, by which History, Scores and callbacks know it, as Keras's
// argument name does: metrics.Named("f1_macro", metrics.F1{}). Of a metric with several figures it is what
// their names begin with.
func Named(name string, m contract.Metric) contract.Metric { return namedMetric{m, name} }

type namedMetric struct {
	contract.Metric
	name string
}

// Name returns the name.
func (m namedMetric) Name() string { return m.name }

// Weighted is the metric's.
func (m namedMetric) Weighted() bool {
	w, ok := m.Metric.(contract.WeightedMetric)
	return ok && w.Weighted()
}

// Many is the metric's.
func (m namedMetric) Many() bool {
	many, ok := m.Metric.(contract.ManyMetric)
	return ok && many.Many()
}

// Figures returns the metric's, with this name in the place of the metric's own.
func (m namedMetric) Figures(sums []float64) []contract.Value {
	many, ok := m.Metric.(contract.ManyMetric)
	if !ok {
		return nil
	}
	all := many.Figures(sums)
	for i := range all {
		all[i].Name = m.name + strings.TrimPrefix(all[i].Name, m.Metric.Name())
	}
	return all
}

// CheckTargets is the metric's.
func (m namedMetric) CheckTargets(y contract.Targets, output []int) error {
	if c, ok := m.Metric.(contract.TargetChecker); ok {
		return c.CheckTargets(y, output)
	}
	return nil
}

// Unwrap returns the metric.
func (m namedMetric) Unwrap() contract.Metric { return m.Metric }

// WithLoss is the metric's.
func (m namedMetric) WithLoss(l contract.Loss) contract.Metric {
	return namedMetric{contract.WithLoss(m.Metric, l), m.name}
}

// savedName is a namedMetric in a saved model.
type savedName struct {
	Name   string         `json:"name"`
	Metric contract.Saved `json:"metric"`
}

// MarshalJSON describes the metric in it, and the name.
func (m namedMetric) MarshalJSON() ([]byte, error) {
	s, err := Save(m.Metric)
	if err != nil {
		return nil, err
	}
	return json.Marshal(savedName{m.name, s})
}

// UnmarshalJSON makes it of what MarshalJSON wrote.
func (m *namedMetric) UnmarshalJSON(text []byte) error {
	var s savedName
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	metric, err := Load(s.Metric)
	m.Metric, m.name = metric, s.Name
	return err
}
