package optimizers

import "github.com/gonbml/gonbml/ml/contract"

// registry has the kinds of optimisers that a saved model may name.
var registry = contract.NewRegistry[contract.Optimizer]("optimizer", "optimizers.Register")

// Register makes a kind of optimiser known, so that models with it can be saved and loaded. The
// function returns an empty optimiser of that kind, a value or a pointer, as in func()
// contract.Optimizer { return Muon{} }. Its exported fields are saved with the model. See
// contract.Registry.Register for the rest.
func Register(kind string, make func() contract.Optimizer) { registry.Register(kind, make) }

// Save returns the form in which an optimiser is saved.
func Save(part contract.Optimizer) (contract.Saved, error) { return registry.Save(part) }

// Load makes an optimiser of what Save returned.
func Load(s contract.Saved) (contract.Optimizer, error) { return registry.Load(s) }

// Kinds returns the registered kinds, sorted.
func Kinds() []string { return registry.Kinds() }
