package ml

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func init() {
	Register("Flatten", func() Layer { return new(FlattenLayer) })
}

// FlattenLayer makes one axis of all axes but the batch: [batch, 28, 28] becomes [batch, 784].
type FlattenLayer struct {
	// Name is the layer's name in the model; empty means flatten, flatten_1, ...
	Name string `json:"name,omitempty"`
}

// Flatten returns a layer that makes each example flat. See FlattenLayer.
func Flatten(options ...PlainOption) *FlattenLayer { return &FlattenLayer{Name: named(options)} }

// Kind returns "Flatten".
func (*FlattenLayer) Kind() string { return "Flatten" }

// String returns "Flatten()".
func (*FlattenLayer) String() string { return "Flatten()" }

// OutputShape returns one axis with the product of in.
func (*FlattenLayer) OutputShape(in []int) ([]int, error) { return []int{size(in)}, nil }

// Apply reshapes x.
func (*FlattenLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	batch := x.Shape().Dim(0)
	return graph.Reshape(x, batch, x.Shape().Size()/batch)
}

// size is the number of elements of a shape.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
