package layers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("Input", func() contract.Layer { return new(InputLayer) })
}

// InputLayer declares the shape of one example.
type InputLayer struct {
	// Shape leaves out the batch axis: [784], or [28, 28].
	Shape []int `json:"shape"`
	// Name is the name of the input's data in Fit, Evaluate and Predict; empty means input.
	Name string `json:"name,omitempty"`
}

// Input declares the shape of one example at the beginning of a Sequential model, without the batch
// axis: Input(784), Input(28, 28). A model without it takes the shape of the first data that it
// gets. For an input of a functional model, see ml.In.
func Input(shape ...int) *InputLayer { return &InputLayer{Shape: shape} }

// Kind returns "Input".
func (*InputLayer) Kind() string { return "Input" }

// String returns the layer as Input or ml.In was called.
func (l *InputLayer) String() string {
	if l.Name != "" {
		return "In(" + strconv.Quote(l.Name) +
			strings.TrimSuffix(", "+strings.Join(extent.Numbers(l.Shape), ", "), ", ") + ")"
	}
	return "Input(" + strings.Join(extent.Numbers(l.Shape), ", ") + ")"
}

// ExampleShape returns Shape.
func (l *InputLayer) ExampleShape() []int { return l.Shape }

// OutputShape returns in, which must be the declared shape.
func (l *InputLayer) OutputShape(in []int) ([]int, error) {
	if !slices.Equal(in, l.Shape) {
		return nil, fmt.Errorf("expected examples of shape %s. Got %s", extent.Dims(l.Shape),
			extent.Dims(in))
	}
	return in, nil
}

// Apply returns x.
func (*InputLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }
