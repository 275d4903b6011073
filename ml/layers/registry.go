package layers

import "github.com/gonbml/gonbml/ml/contract"

// registry are the kinds of layers that a saved model may name.
var registry = contract.NewRegistry[contract.Layer]("layer", "layers.Register")

// Register makes a kind of layer known to saved models. The function makes an empty layer of it, as
// func() contract.Layer { return new(Scale) }; the layer's Kind must return the same kind, and its
// exported fields are saved with a model. See contract.Registry for the rest.
func Register(kind string, make func() contract.Layer) { registry.Register(kind, make) }

// SaveLayer describes a layer, such as one that a Composite holds, for a saved model.
func Save(l contract.Layer) (contract.Saved, error) { return registry.Save(l) }

// LoadLayer makes the layer that SaveLayer described.
func Load(s contract.Saved) (contract.Layer, error) { return registry.Load(s) }

// KindsOfLayers returns the kinds that are registered, sorted.
func Kinds() []string { return registry.Kinds() }
