package metrics

import "github.com/gonbml/gonbml/ml/contract"

// registry has the kinds of metrics that a saved model may name.
var registry = contract.NewRegistry[contract.Metric]("metric", "metrics.Register")

// Register makes a kind of metric known, so that models with it can be saved and loaded. The
// function returns an empty metric of that kind, a value or a pointer, as in func() contract.Metric
// { return Kappa{} }. Its exported fields are saved with the model. See contract.Registry.Register
// for the rest.
func Register(kind string, make func() contract.Metric) { registry.Register(kind, make) }

// Save returns the form in which a metric is saved.
func Save(part contract.Metric) (contract.Saved, error) { return registry.Save(part) }

// Load makes a metric of what Save returned.
func Load(s contract.Saved) (contract.Metric, error) { return registry.Load(s) }

// Kinds returns the registered kinds, sorted.
func Kinds() []string { return registry.Kinds() }
