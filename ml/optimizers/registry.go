package optimizers

import "github.com/gonbml/gonbml/ml/contract"

// optimizerRegistry are the kinds of optimizers that a saved model may name.
var registry = contract.NewRegistry[contract.Optimizer]("optimizer", "optimizers.Register")

// RegisterOptimizer makes a kind of optimizer known to saved models. The function makes an empty one of it, a value or a
// pointer, as func() contract.Optimizer { return Muon{} }; its exported fields are saved with a model. See
// contract.Registry for the rest.
func Register(kind string, make func() contract.Optimizer) { registry.Register(kind, make) }

// SaveOptimizer describes a optimizer for a saved model.
func Save(part contract.Optimizer) (contract.Saved, error) { return registry.Save(part) }

// LoadOptimizer makes the optimizer that SaveOptimizer described.
func Load(s contract.Saved) (contract.Optimizer, error) { return registry.Load(s) }

// KindsOfOptimizer returns the kinds that are registered, sorted.
func Kinds() []string { return registry.Kinds() }
