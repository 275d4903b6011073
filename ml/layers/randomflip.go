package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomFlip", func() contract.Layer { return new(RandomFlipLayer) })
	Register("RandomCrop", func() contract.Layer { return new(RandomCropLayer) })
}

// Direction is how RandomFlip mirrors, by Keras's name.
type Direction string

// The directions.
const (
	HorizontalAndVertical Direction = ""
	Horizontal            Direction = "horizontal"
	Vertical              Direction = "vertical"
)

// RandomFlipLayer mirrors each picture [height, width, channels] with probability 1/2 while training, along each of its directions by itself;
// in Evaluate and Predict it does nothing. The random numbers come from the model, so that FitConfig.Seed decides about them.
type RandomFlipLayer struct {
	// Direction is both by default.
	Direction Direction `json:"direction,omitempty"`
	// Name is the layer's name in the model; empty means random_flip, random_flip_1, ...
	Name string `json:"name,omitempty"`
}

// RandomFlip returns a layer that mirrors pictures at random while training. See RandomFlipLayer.
func RandomFlip(d Direction, options ...PlainOption) *RandomFlipLayer {
	return &RandomFlipLayer{d, named(options)}
}

// On applies the layer to a value of a model that is being put together. See contract.On.
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

// Autocast is true: the layer computes in the type of the model's policy.
func (*RandomFlipLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *RandomFlipLayer) OutputShape(in []int) ([]int, error) {
	switch l.Direction {
	case HorizontalAndVertical, Horizontal, Vertical:
		return in, pictures(in)
	}
	return nil, fmt.Errorf("expected the direction %q, %q or none. Got %q", Horizontal, Vertical, l.Direction)
}

// Apply mirrors if the graph is built for training.
func (l *RandomFlipLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := places(x, height, width)
	mirrored := func(at *graph.Node, length int) *graph.Node {
		flip := graph.LessThan(perExample(scope, x, 0, 1), graph.ConstAs(at, 0.5))
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
