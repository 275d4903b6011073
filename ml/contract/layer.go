package contract

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

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
