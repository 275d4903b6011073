package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomTranslation", func() contract.Layer { return new(RandomTranslationLayer) })
}

// RandomTranslationLayer shifts each picture, [height, width, channels], by a random distance
// during training. In Evaluate and Predict it does nothing. Between pixels, the four pixels around
// are mixed.
type RandomTranslationLayer struct {
	// Down and Right are the ranges of the distances, as parts of height and width, within -1 to 1.
	Down  Range `json:"down"`
	Right Range `json:"right"`
	// Fill is what comes in from outside, Reflect by default.
	Fill Fill `json:"fill,omitempty"`
	// Name is the layer's name in the model; empty means random_translation, random_translation_1,
	// ...
	Name string `json:"name,omitempty"`
}

// RandomTranslation returns a layer that shifts pictures up or down by up to the given part of
// their height, and left or right by up to the given part of their width. See
// RandomTranslationLayer.
func RandomTranslation(height, width float64, options ...PictureOption) *RandomTranslationLayer {
	s := Read(options)
	return &RandomTranslationLayer{symmetric(height), symmetric(width), s.Fill, s.Name}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *RandomTranslationLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "RandomTranslation".
func (*RandomTranslationLayer) Kind() string { return "RandomTranslation" }

// String returns the layer as RandomTranslation was called.
func (l *RandomTranslationLayer) String() string {
	return fmt.Sprintf("RandomTranslation(%g, %g)", l.Down.High, l.Right.High)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
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
	return in, checkPictures(in)
}

// Apply shifts the pictures if the graph is built for training.
func (l *RandomTranslationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := pixels(x, height, width)
	down := graph.MulScalar(uniform(scope, x, l.Down.Low, l.Down.High), float64(height))
	right := graph.MulScalar(uniform(scope, x, l.Right.Low, l.Right.High), float64(width))
	return sample(x, graph.Sub(row, down), graph.Sub(column, right), l.Fill)
}
