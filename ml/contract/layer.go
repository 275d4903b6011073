package contract

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Layer is one step of a model. It holds only the configuration. The weights belong to the model,
// under the scope that Apply is given, so one Layer may be part of several models. If a layer is a
// struct, or a pointer to one, with a string field Name that is not empty, that is its name in the
// model.
type Layer interface {
	// Kind names the type of the layer in error texts and saved models: "Dense".
	Kind() string
	// String returns the layer much as its constructor was called: "Dense(64, relu)".
	String() string
	// OutputShape returns the shape of one example of the output, given that of the input. Both
	// leave out the batch axis.
	OutputShape(in []int) ([]int, error)
	// Apply adds the layer to a graph: x has the shape [batch, in...], the result [batch, out...].
	// It may panic, as GoMLX's functions do.
	Apply(scope *model.Scope, x *graph.Node) *graph.Node
}
