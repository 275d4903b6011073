package layers

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomTranslation", func() contract.Layer { return new(RandomTranslationLayer) })
	Register("RandomRotation", func() contract.Layer { return new(RandomRotationLayer) })
}

// RandomTranslationLayer shifts each picture [height, width, channels] while training; in Evaluate and Predict it does nothing. Pixels between
// pixels are mixed of the four around them.
type RandomTranslationLayer struct {
	// Down and Right are how far, as parts of height and width, from -1 to 1.
	Down  Range `json:"down"`
	Right Range `json:"right"`
	// Fill is what comes in from outside, Reflect by default.
	Fill Fill `json:"fill,omitempty"`
	// Name is the layer's name in the model; empty means random_translation, random_translation_1, ...
	Name string `json:"name,omitempty"`
}

func symmetric(part float64) Range { return Range{-math.Abs(part), math.Abs(part)} }

// RandomTranslation returns a layer that shifts pictures by up to these parts of their height and width, up or down, left or right. See
// RandomTranslationLayer.
func RandomTranslation(height, width float64, options ...PictureOption) *RandomTranslationLayer {
	s := Read(options)
	return &RandomTranslationLayer{symmetric(height), symmetric(width), s.Fill, s.Name}
}

// On applies the layer to a value of a model that is being put together. See contract.On.
func (l *RandomTranslationLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "RandomTranslation".
func (*RandomTranslationLayer) Kind() string { return "RandomTranslation" }

// String returns the layer as RandomTranslation was called.
func (l *RandomTranslationLayer) String() string {
	return fmt.Sprintf("RandomTranslation(%g, %g)", l.Down.High, l.Right.High)
}

// Autocast is true: the layer computes in the type of the model's policy.
func (*RandomTranslationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *RandomTranslationLayer) OutputShape(in []int) ([]int, error) {
	for _, r := range []Range{l.Down, l.Right} {
		if err := r.within("parts of height and width", 1); err != nil {
			return nil, err
		}
	}
	if err := l.Fill.check(); err != nil {
		return nil, err
	}
	return in, pictures(in)
}

// Apply shifts if the graph is built for training.
func (l *RandomTranslationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := places(x, height, width)
	down := graph.MulScalar(perExample(scope, x, l.Down.Low, l.Down.High), float64(height))
	right := graph.MulScalar(perExample(scope, x, l.Right.Low, l.Right.High), float64(width))
	return sample(x, graph.Sub(row, down), graph.Sub(column, right), l.Fill)
}
