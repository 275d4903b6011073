package ml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func init() {
	Register("Input", func() Layer { return new(InputLayer) })
}

// Layer is one step of a model. Its value is only the configuration; the weights belong to the model, under the scope that
// Apply is given, so that one Layer value may stand in several models. A layer that is a struct with a field Name of type string is called so in
// a model, unless that is empty.
type Layer interface {
	// Kind names the type of layer in error texts and saved models, such as "Dense".
	Kind() string
	// String is the layer as its constructor was called, such as "Dense(64, relu)".
	String() string
	// OutputShape returns the shape of one example behind the layer, given its shape before it; both leave out the batch.
	OutputShape(in []int) ([]int, error)
	// Apply adds the layer to a graph: x has the shape [batch, in...], and the result [batch, out...]. It may panic, as
	// GoMLX's functions do.
	Apply(scope *model.Scope, x *graph.Node) *graph.Node
}

// snake turns MaxPooling2D into max_pooling2d and Conv2DTranspose into conv2d_transpose, as Keras does.
func snake(kind string) string {
	var s strings.Builder
	for i, r := range kind {
		begins := i > 0 && i+1 < len(kind) && unicode.IsLower(rune(kind[i+1]))
		if unicode.IsUpper(r) && (begins || i > 0 && unicode.IsLower(rune(kind[i-1]))) {
			s.WriteByte('_')
		}
		s.WriteRune(unicode.ToLower(r))
	}
	return s.String()
}

// InputLayer declares the shape of one example.
type InputLayer struct {
	// Shape leaves out the batch: [784], or [28, 28].
	Shape []int `json:"shape"`
	// Name is what Fit, Evaluate and Predict call its data; empty means input.
	Name string `json:"name,omitempty"`
}

// Input declares the shape of one example at the head of a Sequential model, without the batch: Input(784), Input(28, 28). A model without
// it takes the shape of the first data it sees. In declares an input of a functional model.
func Input(shape ...int) *InputLayer { return &InputLayer{Shape: shape} }

// Kind returns "Input".
func (*InputLayer) Kind() string { return "Input" }

// String returns the layer as Input or In was called.
func (l *InputLayer) String() string {
	if l.Name != "" {
		return "In(" + strconv.Quote(l.Name) + strings.TrimSuffix(", "+strings.Join(numbers(l.Shape), ", "), ", ") + ")"
	}
	return "Input(" + strings.Join(numbers(l.Shape), ", ") + ")"
}

// OutputShape returns in, which must be the declared shape.
func (l *InputLayer) OutputShape(in []int) ([]int, error) {
	if !slices.Equal(in, l.Shape) {
		return nil, fmt.Errorf("expected examples of shape %s. Got %s", dims(l.Shape), dims(in))
	}
	return in, nil
}

// Apply returns x.
func (*InputLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

func numbers(shape []int) []string {
	var all []string
	for _, d := range shape {
		all = append(all, strconv.Itoa(d))
	}
	return all
}

// dims prints the shape of one example as part of a batch: [batch, 28, 28].
func dims(shape []int) string {
	s := "[batch"
	for _, d := range shape {
		s += ", " + strconv.Itoa(d)
	}
	return s + "]"
}
