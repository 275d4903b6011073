package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomFlip", func() contract.Layer { return new(RandomFlipLayer) })
}

// Direction says how RandomFlip mirrors, by Keras's name.
type Direction string

// The directions. HorizontalAndVertical is the default.
const (
	HorizontalAndVertical Direction = ""
	Horizontal            Direction = "horizontal"
	Vertical              Direction = "vertical"
)

// RandomFlipLayer mirrors each picture, [height, width, channels], during training: in each of its
// directions with probability 1/2. In Evaluate and Predict it does nothing. FitConfig.Seed
// determines the random numbers.
type RandomFlipLayer struct {
	// Direction is HorizontalAndVertical by default.
	Direction Direction `json:"direction,omitempty"`
	// Name is the layer's name in the model; empty means random_flip, random_flip_1, ...
	Name string `json:"name,omitempty"`
}

// RandomFlip returns a layer that mirrors pictures at random during training. See RandomFlipLayer.
func RandomFlip(d Direction, options ...PlainOption) *RandomFlipLayer {
	return &RandomFlipLayer{d, named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *RandomFlipLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "RandomFlip".
func (*RandomFlipLayer) Kind() string { return "RandomFlip" }

// String returns the layer as RandomFlip was called.
func (l *RandomFlipLayer) String() string {
	if l.Direction == HorizontalAndVertical {
		return "RandomFlip()"
	}
	return fmt.Sprintf("RandomFlip(%s)", l.Direction)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*RandomFlipLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *RandomFlipLayer) OutputShape(in []int) ([]int, error) {
	switch l.Direction {
	case HorizontalAndVertical, Horizontal, Vertical:
		return in, checkPictures(in)
	}
	return nil, fmt.Errorf("expected the direction %q, %q or none. Got %q", Horizontal, Vertical,
		l.Direction)
}

// Apply mirrors the pictures if the graph is built for training.
func (l *RandomFlipLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := pixels(x, height, width)
	mirrored := func(at *graph.Node, length int) *graph.Node {
		flip := graph.LessThan(uniform(scope, x, 0, 1), graph.ConstAs(at, 0.5))
		flip = graph.BroadcastToDims(flip, at.Shape().Dimensions...)
		return graph.Where(flip, graph.AddScalar(graph.Neg(at), float64(length-1)), at)
	}
	if l.Direction != Vertical {
		column = mirrored(column, width)
	}
	if l.Direction != Horizontal {
		row = mirrored(row, height)
	}
	return pick(x, row, column)
}
