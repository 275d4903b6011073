package ml

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func init() {
	Register("RandomFlip", func() Layer { return new(RandomFlipLayer) })
	Register("RandomCrop", func() Layer { return new(RandomCropLayer) })
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

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *RandomFlipLayer) On(x *Tensor) *Tensor { return On(l, x) }

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

func pictures(in []int) error {
	if len(in) != 3 {
		return fmt.Errorf("expected input [batch, height, width, channels]. Got %s", dims(in))
	}
	return nil
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

// perExample is a uniform random number for each example, [batch, 1, 1].
func perExample(scope *model.Scope, x *graph.Node, low, high float64) *graph.Node {
	u := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0), 1, 1))
	return graph.AddScalar(graph.MulScalar(u, high-low), low)
}

// places are the row and column of each place of a picture of that size, for each example, [batch, height, width].
func places(x *graph.Node, height, width int) (row, column *graph.Node) {
	shape := shapes.Make(dtypes.Float32, x.Shape().Dim(0), height, width)
	return graph.Iota(x.Graph(), shape, 1), graph.Iota(x.Graph(), shape, 2)
}

// pick returns for each place the pixel at the row and column given, whole numbers within x.
func pick(x, row, column *graph.Node) *graph.Node {
	batch, height, width, channels := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	whole := func(at *graph.Node) *graph.Node { return graph.ConvertDType(at, dtypes.Int32) }
	example := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, row.Shape().Dimensions...), 0)
	at := graph.Add(graph.MulScalar(graph.Add(graph.MulScalar(example, height), whole(row)), width), whole(column))
	return graph.Gather(graph.Reshape(x, batch*height*width, channels), graph.InsertAxes(at, -1))
}

// RandomCropLayer cuts a piece out of each picture [height, width, channels] while training, at a random place. In Evaluate and Predict it takes
// the largest piece in the middle that has the same proportions, and scales it down. Where Keras cuts all pictures of a batch at one place,
// each has its own here.
type RandomCropLayer struct {
	// Height and Width are the piece's.
	Height int `json:"height"`
	Width  int `json:"width"`
	// Name is the layer's name in the model; empty means random_crop, random_crop_1, ...
	Name string `json:"name,omitempty"`
}

// RandomCrop returns a layer that cuts pieces out of pictures. See RandomCropLayer.
func RandomCrop(height, width int, options ...PlainOption) *RandomCropLayer {
	return &RandomCropLayer{height, width, named(options)}
}

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *RandomCropLayer) On(x *Tensor) *Tensor { return On(l, x) }

// Kind returns "RandomCrop".
func (*RandomCropLayer) Kind() string { return "RandomCrop" }

// String returns the layer as RandomCrop was called.
func (l *RandomCropLayer) String() string {
	return fmt.Sprintf("RandomCrop(%d, %d)", l.Height, l.Width)
}

// Autocast is true: the layer computes in the type of the model's policy.
func (*RandomCropLayer) Autocast() bool { return true }

// OutputShape returns [Height, Width, channels].
func (l *RandomCropLayer) OutputShape(in []int) ([]int, error) {
	if err := pictures(in); err != nil {
		return nil, err
	}
	if l.Height <= 0 || l.Width <= 0 || l.Height > in[0] || l.Width > in[1] {
		return nil, fmt.Errorf("expected a piece of at least 1 by 1 and at most %d by %d. Got %d by %d", in[0], in[1], l.Height, l.Width)
	}
	return []int{l.Height, l.Width, in[2]}, nil
}

// Apply cuts.
func (l *RandomCropLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	high, wide := x.Shape().Dim(1)-l.Height, x.Shape().Dim(2)-l.Width
	if !scope.IsTraining(x.Graph()) {
		height, width := x.Shape().Dim(1), x.Shape().Dim(2)
		tall, broad := max(1, min(height, width*l.Height/l.Width)), max(1, min(width, height*l.Width/l.Height))
		cut := func(rest, n int) graph.SliceAxisSpec { return graph.AxisRange(rest/2, rest/2+n) }
		x = graph.Slice(x, graph.AxisRange(), cut(height-tall, tall), cut(width-broad, broad), graph.AxisRange())
		row, column := places(x, l.Height, l.Width)
		scaled := func(at *graph.Node, from, to int) *graph.Node {
			return graph.AddScalar(graph.MulScalar(graph.AddScalar(at, 0.5), float64(from)/float64(to)), -0.5)
		}
		return sample(x, scaled(row, tall, l.Height), scaled(column, broad, l.Width), Nearest)
	}
	row, column := places(x, l.Height, l.Width)
	shifted := func(at *graph.Node, rest int) *graph.Node {
		shift := graph.Floor(perExample(scope, x, 0, float64(rest+1)))
		return graph.Add(at, graph.MinScalar(shift, float64(rest)))
	}
	return pick(x, shifted(row, high), shifted(column, wide))
}
