package layers

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomRotation", func() contract.Layer { return new(RandomRotationLayer) })
}

// RandomRotationLayer turns each picture, [height, width, channels], about its centre by a random
// angle during training. In Evaluate and Predict it does nothing. Between pixels, the four pixels
// around are mixed.
type RandomRotationLayer struct {
	// Turns is the range of the angle, in whole turns anticlockwise, within -1 to 1.
	Turns Range `json:"turns"`
	// Fill is what comes in from outside, Reflect by default.
	Fill Fill `json:"fill,omitempty"`
	// Name is the layer's name in the model; empty means random_rotation, random_rotation_1, ...
	Name string `json:"name,omitempty"`
}

// RandomRotation returns a layer that turns pictures by up to the given part of a whole turn,
// either way: RandomRotation(0.1) means up to 36 degrees. See RandomRotationLayer.
func RandomRotation(turns float64, options ...PictureOption) *RandomRotationLayer {
	s := Read(options)
	return &RandomRotationLayer{symmetric(turns), s.Fill, s.Name}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *RandomRotationLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "RandomRotation".
func (*RandomRotationLayer) Kind() string { return "RandomRotation" }

// String returns the layer as RandomRotation was called.
func (l *RandomRotationLayer) String() string {
	return fmt.Sprintf("RandomRotation(%g)", l.Turns.High)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*RandomRotationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *RandomRotationLayer) OutputShape(in []int) ([]int, error) {
	if err := l.Turns.within("parts of a turn", 1); err != nil {
		return nil, err
	}
	if err := l.Fill.check(); err != nil {
		return nil, err
	}
	return in, checkPictures(in)
}

// Apply turns the pictures if the graph is built for training.
func (l *RandomRotationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := pixels(x, height, width)
	row = graph.AddScalar(row, -float64(height-1)/2)
	column = graph.AddScalar(column, -float64(width-1)/2)
	angle := graph.MulScalar(uniform(scope, x, l.Turns.Low, l.Turns.High), 2*math.Pi)
	cos, sin := graph.Cos(angle), graph.Sin(angle)
	fromColumn := graph.Sub(graph.Mul(column, cos), graph.Mul(row, sin))
	fromRow := graph.Add(graph.Mul(column, sin), graph.Mul(row, cos))
	return sample(x, graph.AddScalar(fromRow, float64(height-1)/2),
		graph.AddScalar(fromColumn, float64(width-1)/2), l.Fill)
}
