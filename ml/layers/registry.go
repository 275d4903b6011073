package layers

import "github.com/gonbml/gonbml/ml/contract"

// registry has the kinds of layers that a saved model may name.
var registry = contract.NewRegistry[contract.Layer]("layer", "layers.Register")

// Register makes a kind of layer known, so that models with it can be saved and loaded. The
// function returns an empty layer of that kind, as in func() contract.Layer { return new(Scale) }.
// The layer's method Kind must return the same kind. Its exported fields are saved with the model.
// See contract.Registry.Register for the rest.
func Register(kind string, make func() contract.Layer) { registry.Register(kind, make) }

// Save returns the form in which a layer is saved. A layer that contains layers uses it in its
// MarshalJSON.
func Save(l contract.Layer) (contract.Saved, error) { return registry.Save(l) }

// Load makes a layer of what Save returned.
func Load(s contract.Saved) (contract.Layer, error) { return registry.Load(s) }

// Kinds returns the registered kinds, sorted.
func Kinds() []string { return registry.Kinds() }
