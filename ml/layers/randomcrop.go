package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RandomCrop", func() contract.Layer { return new(RandomCropLayer) })
}

// RandomCropLayer cuts a piece out of each picture, [height, width, channels], at a random place
// during training. In Evaluate and Predict it takes the largest piece in the middle that has the
// same proportions, and scales it down. Keras cuts all pictures of a batch at the same place; here
// each has its own.
type RandomCropLayer struct {
	// Height and Width are those of the piece, in pixels.
	Height int `json:"height"`
	Width  int `json:"width"`
	// Name is the layer's name in the model; empty means random_crop, random_crop_1, ...
	Name string `json:"name,omitempty"`
}

// RandomCrop returns a layer that cuts pieces of the given size out of pictures. See
// RandomCropLayer.
func RandomCrop(height, width int, options ...PlainOption) *RandomCropLayer {
	return &RandomCropLayer{height, width, named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *RandomCropLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "RandomCrop".
func (*RandomCropLayer) Kind() string { return "RandomCrop" }

// String returns the layer as RandomCrop was called.
func (l *RandomCropLayer) String() string {
	return fmt.Sprintf("RandomCrop(%d, %d)", l.Height, l.Width)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*RandomCropLayer) Autocast() bool { return true }

// OutputShape returns [Height, Width, channels].
func (l *RandomCropLayer) OutputShape(in []int) ([]int, error) {
	if err := checkPictures(in); err != nil {
		return nil, err
	}
	if l.Height <= 0 || l.Width <= 0 || l.Height > in[0] || l.Width > in[1] {
		return nil, fmt.Errorf("expected a piece of at least 1 by 1 and at most %d by %d. Got %d by %d",
			in[0], in[1], l.Height, l.Width)
	}
	return []int{l.Height, l.Width, in[2]}, nil
}

// Apply cuts the pieces.
func (l *RandomCropLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	high, wide := x.Shape().Dim(1)-l.Height, x.Shape().Dim(2)-l.Width
	if !scope.IsTraining(x.Graph()) {
		height, width := x.Shape().Dim(1), x.Shape().Dim(2)
		tall := max(1, min(height, width*l.Height/l.Width))
		broad := max(1, min(width, height*l.Width/l.Height))
		cut := func(rest, n int) graph.SliceAxisSpec { return graph.AxisRange(rest/2, rest/2+n) }
		all, rows, columns := graph.AxisRange(), cut(height-tall, tall), cut(width-broad, broad)
		x = graph.Slice(x, all, rows, columns, all)
		row, column := pixels(x, l.Height, l.Width)
		scaled := func(at *graph.Node, from, to int) *graph.Node {
			at = graph.MulScalar(graph.AddScalar(at, 0.5), float64(from)/float64(to))
			return graph.AddScalar(at, -0.5)
		}
		return sample(x, scaled(row, tall, l.Height), scaled(column, broad, l.Width), Nearest)
	}
	row, column := pixels(x, l.Height, l.Width)
	shifted := func(at *graph.Node, rest int) *graph.Node {
		shift := graph.Floor(uniform(scope, x, 0, float64(rest+1)))
		return graph.Add(at, graph.MinScalar(shift, float64(rest)))
	}
	return pick(x, shifted(row, high), shifted(column, wide))
}
