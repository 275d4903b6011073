package ml

// kinds are the kinds of layers that a saved model may name.
var registry = NewRegistry[Layer]("layer", "layers.Register")

// Register makes a kind of layer known to Load: the function makes an empty layer, as
// func() Layer { return new(Scale) }, of which Kind returns that kind, and whose exported fields are
// saved with a model. See Registry.Register for the rest.
func Register(kind string, make func() Layer) { registry.Register(kind, make) }

// SaveLayer describes a layer, such as one that a Composite holds, for a saved model.
func SaveLayer(l Layer) (Saved, error) { return registry.Save(l) }

// LoadLayer makes the layer that Save described.
func LoadLayer(s Saved) (Layer, error) { return registry.Load(s) }
