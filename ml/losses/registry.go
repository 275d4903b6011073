package losses

import "github.com/gonbml/gonbml/ml/contract"

// lossRegistry are the kinds of losses that a saved model may name.
var registry = contract.NewRegistry[contract.Loss]("loss", "losses.Register")

// RegisterLoss makes a kind of loss known to saved models. The function makes an empty one of it, a value or a
// pointer, as func() contract.Loss { return Tversky{} }; its exported fields are saved with a model. See
// contract.Registry for the rest.
func Register(kind string, make func() contract.Loss) { registry.Register(kind, make) }

// SaveLoss describes a loss for a saved model.
func Save(part contract.Loss) (contract.Saved, error) { return registry.Save(part) }

// LoadLoss makes the loss that SaveLoss described.
func Load(s contract.Saved) (contract.Loss, error) { return registry.Load(s) }

// KindsOfLoss returns the kinds that are registered, sorted.
func Kinds() []string { return registry.Kinds() }
