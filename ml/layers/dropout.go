package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("Dropout", func() contract.Layer { return new(DropoutLayer) })
	Register("SpatialDropout", func() contract.Layer { return new(DropoutLayer) })
}

// DropoutLayer sets a random part of its input to zero during training, and scales up the rest so
// that the mean stays the same (Srivastava et al. 2014). In Evaluate and Predict it does nothing.
type DropoutLayer struct {
	// Rate is the part that is set to zero, from 0 to below 1.
	Rate float64 `json:"rate"`
	// Spatial drops whole channels (the last axis), the same at all steps or places (Tompson et al.
	// 2015).
	Spatial bool `json:"spatial,omitempty"`
	// Name is the layer's name in the model; empty means dropout, dropout_1, ...
	Name string `json:"name,omitempty"`
}

// Dropout returns a layer that drops the given part of its input during training. See DropoutLayer.
func Dropout(rate float64, options ...PlainOption) *DropoutLayer {
	return &DropoutLayer{Rate: rate, Name: named(options)}
}

// SpatialDropout returns a layer that drops the given part of the channels of sequences or images
// during training; in a sequence, the same features at all steps. It is Keras's SpatialDropout1D
// and SpatialDropout2D. See DropoutLayer.
func SpatialDropout(rate float64, options ...PlainOption) *DropoutLayer {
	l := Dropout(rate, options...)
	l.Spatial = true
	return l
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *DropoutLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Dropout" or "SpatialDropout".
func (l *DropoutLayer) Kind() string {
	if l.Spatial {
		return "SpatialDropout"
	}
	return "Dropout"
}

// String returns the layer as its constructor was called.
func (l *DropoutLayer) String() string { return fmt.Sprintf("%s(%g)", l.Kind(), l.Rate) }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*DropoutLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *DropoutLayer) OutputShape(in []int) ([]int, error) {
	if l.Spatial && len(in) < 2 {
		return nil, fmt.Errorf("expected input [batch, steps, features] or [batch, height, width, channels]. Got %s",
			extent.Dims(in))
	}
	return in, checkRate(l.Rate)
}

// Apply drops elements if the graph is built for training. The random numbers come from the model's
// store.
func (l *DropoutLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !l.Spatial {
		return layers.DropoutStatic(scope, x, l.Rate)
	}
	shape := slices.Repeat([]int{1}, x.Shape().Rank())
	shape[0], shape[len(shape)-1] = x.Shape().Dim(0), x.Shape().Dim(-1)
	if mask := dropMask(scope, x, l.Rate, shape...); mask != nil {
		return graph.Mul(x, mask)
	}
	return x
}

// dropMask returns a mask of x's type, with 0 at random places and 1/(1-rate) at the others. It is
// nil if nothing is dropped: the rate is 0, or the graph is not built for training.
func dropMask(scope *model.Scope, x *graph.Node, rate float64, shape ...int) *graph.Node {
	if rate <= 0 || !layers.IsDropoutActive(scope, x.Graph()) {
		return nil
	}
	u := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, shape...))
	kept := graph.GreaterOrEqual(u, graph.ConstAs(u, rate))
	return graph.ConvertDType(graph.MulScalar(graph.ConvertDType(kept, dtypes.Float32), 1/(1-rate)),
		x.DType())
}
