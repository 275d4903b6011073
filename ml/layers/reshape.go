package layers

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("Reshape", func() contract.Layer { return new(ReshapeLayer) })
}

// ReshapeLayer gives each example another shape with the same number of elements.
type ReshapeLayer struct {
	// Shape leaves out the batch axis: [28, 28, 1].
	Shape []int `json:"shape"`
	// Name is the layer's name in the model; empty means reshape, reshape_1, ...
	Name string `json:"name,omitempty"`
}

// Reshape returns a layer that gives each example the shape, which leaves out the batch axis:
// Reshape(28, 28, 1).
func Reshape(shape ...int) *ReshapeLayer { return &ReshapeLayer{Shape: shape} }

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *ReshapeLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Reshape".
func (*ReshapeLayer) Kind() string { return "Reshape" }

// String returns the layer as Reshape was called.
func (l *ReshapeLayer) String() string {
	return "Reshape(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Shape), " ", ", "), "[]") + ")"
}

// OutputShape returns Shape.
func (l *ReshapeLayer) OutputShape(in []int) ([]int, error) {
	if extent.Size(in) != extent.Size(l.Shape) {
		return nil, fmt.Errorf("expected examples of %d numbers. Got %s, %d numbers",
			extent.Size(l.Shape), extent.Dims(in), extent.Size(in))
	}
	return l.Shape, nil
}

// Apply reshapes x.
func (l *ReshapeLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Reshape(x, append([]int{x.Shape().Dim(0)}, l.Shape...)...)
}
