package losses

import "github.com/gonbml/gonbml/ml/contract"

// registry has the kinds of losses that a saved model may name.
var registry = contract.NewRegistry[contract.Loss]("loss", "losses.Register")

// Register makes a kind of loss known, so that models with it can be saved and loaded. The function
// returns an empty loss of that kind, a value or a pointer, as in func() contract.Loss { return
// Tversky{} }. Its exported fields are saved with the model. See contract.Registry.Register for the
// rest.
func Register(kind string, make func() contract.Loss) { registry.Register(kind, make) }

// Save returns the form in which a loss is saved.
func Save(part contract.Loss) (contract.Saved, error) { return registry.Save(part) }

// Load makes a loss of what Save returned.
func Load(s contract.Saved) (contract.Loss, error) { return registry.Load(s) }

// Kinds returns the registered kinds, sorted.
func Kinds() []string { return registry.Kinds() }
