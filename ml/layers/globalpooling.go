package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("GlobalMaxPooling", func() contract.Layer { return new(GlobalPoolingLayer) })
	Register("GlobalAveragePooling", func() contract.Layer { return new(GlobalPoolingLayer) })
}

// GlobalPoolingLayer takes the largest value or the mean of each channel over all places: [batch,
// places..., channels] becomes [batch, channels].
type GlobalPoolingLayer struct {
	// Mean takes means instead of the largest values.
	Mean bool `json:"mean,omitempty"`
	// Name is the layer's name in the model; empty means global_max_pooling and so on.
	Name string `json:"name,omitempty"`
}

// GlobalAveragePooling returns a layer that computes the mean of each channel of sequences or
// images. It is Keras's GlobalAveragePooling1D and GlobalAveragePooling2D.
func GlobalAveragePooling(options ...PlainOption) *GlobalPoolingLayer {
	l := GlobalMaxPooling(options...)
	l.Mean = true
	return l
}

// GlobalMaxPooling returns a layer that takes the largest value of each channel of sequences or
// images. It is Keras's GlobalMaxPooling1D and GlobalMaxPooling2D.
func GlobalMaxPooling(options ...PlainOption) *GlobalPoolingLayer {
	return &GlobalPoolingLayer{Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *GlobalPoolingLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "GlobalAveragePooling" or "GlobalMaxPooling".
func (l *GlobalPoolingLayer) Kind() string {
	if l.Mean {
		return "GlobalAveragePooling"
	}
	return "GlobalMaxPooling"
}

// String returns the layer as its constructor was called.
func (l *GlobalPoolingLayer) String() string { return l.Kind() + "()" }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*GlobalPoolingLayer) Autocast() bool { return true }

// OutputShape returns [channels].
func (l *GlobalPoolingLayer) OutputShape(in []int) ([]int, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("expected input [batch, places, channels] or [batch, height, width, channels]. Got %s",
			extent.Dims(in))
	}
	return in[len(in)-1:], nil
}

// Apply pools x.
func (l *GlobalPoolingLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	shape := x.Shape()
	x = graph.Reshape(x, shape.Dim(0), shape.Size()/shape.Dim(0)/shape.Dim(-1), shape.Dim(-1))
	if l.Mean {
		return graph.ReduceMean(x, 1)
	}
	return graph.ReduceMax(x, 1)
}
