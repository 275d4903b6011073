package metrics

import "github.com/gonbml/gonbml/ml/contract"

// metricRegistry are the kinds of metrics that a saved model may name.
var registry = contract.NewRegistry[contract.Metric]("metric", "metrics.Register")

// RegisterMetric makes a kind of metric known to saved models. The function makes an empty one of it, a value or a
// pointer, as func() contract.Metric { return Recall{} }; its exported fields are saved with a model. See
// contract.Registry for the rest.
func Register(kind string, make func() contract.Metric) { registry.Register(kind, make) }

// SaveMetric describes a metric for a saved model.
func Save(part contract.Metric) (contract.Saved, error) { return registry.Save(part) }

// LoadMetric makes the metric that SaveMetric described.
func Load(s contract.Saved) (contract.Metric, error) { return registry.Load(s) }

// KindsOfMetric returns the kinds that are registered, sorted.
func Kinds() []string { return registry.Kinds() }
