package layers

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("Flatten", func() contract.Layer { return new(FlattenLayer) })
}

// FlattenLayer makes one axis out of all axes except the batch: [batch, 28, 28] becomes [batch,
// 784].
type FlattenLayer struct {
	// Name is the layer's name in the model; empty means flatten, flatten_1, ...
	Name string `json:"name,omitempty"`
}

// Flatten returns a layer that flattens each example. See FlattenLayer.
func Flatten(options ...PlainOption) *FlattenLayer { return &FlattenLayer{Name: named(options)} }

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *FlattenLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Flatten".
func (*FlattenLayer) Kind() string { return "Flatten" }

// String returns "Flatten()".
func (*FlattenLayer) String() string { return "Flatten()" }

// OutputShape returns one axis, with the product of the lengths in in.
func (*FlattenLayer) OutputShape(in []int) ([]int, error) { return []int{extent.Size(in)}, nil }

// Apply reshapes x.
func (*FlattenLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	batch := x.Shape().Dim(0)
	return graph.Reshape(x, batch, x.Shape().Size()/batch)
}
