package ml

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func init() {
	Register("RandomTranslation", func() Layer { return new(RandomTranslationLayer) })
	Register("RandomRotation", func() Layer { return new(RandomRotationLayer) })
}

// Fill says what lies outside a picture that is moved, by Keras's name.
type Fill string

// The fills: Reflect mirrors at the edge, the edge's pixels twice; Nearest repeats them; Black is 0, Keras's constant.
const (
	Reflect Fill = ""
	Nearest Fill = "nearest"
	Black   Fill = "constant"
)

func (f Fill) check() error {
	if !slices.Contains([]Fill{Reflect, Nearest, Black}, f) {
		return fmt.Errorf("expected a fill %q, %q or none. Got %q", Nearest, Black, f)
	}
	return nil
}

// Range is from Low to High.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// within says whether the range is one within bounds.
func (r Range) within(what string, bound float64) error {
	if r.Low > r.High || r.Low < -bound || r.High > bound {
		return fmt.Errorf("expected %s from %g to %g. Got %g to %g", what, -bound, bound, r.Low, r.High)
	}
	return nil
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

// Set sets the fill.
func (f Fill) Set(s *Settings) { s.Fill = f }

// PictureOption says that layers which move pictures take a Fill.
func (Fill) PictureOption() {}

func symmetric(part float64) Range { return Range{-math.Abs(part), math.Abs(part)} }

// RandomTranslation returns a layer that shifts pictures by up to these parts of their height and width, up or down, left or right. See
// RandomTranslationLayer.
func RandomTranslation(height, width float64, options ...PictureOption) *RandomTranslationLayer {
	s := Read(options)
	return &RandomTranslationLayer{symmetric(height), symmetric(width), s.Fill, s.Name}
}

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *RandomTranslationLayer) On(x *Tensor) *Tensor { return On(l, x) }

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

// RandomRotationLayer turns each picture [height, width, channels] about its middle while training; in Evaluate and Predict it does nothing.
// Pixels between pixels are mixed of the four around them.
type RandomRotationLayer struct {
	// Turns are how far, as parts of a whole turn, against the clock, from -1 to 1.
	Turns Range `json:"turns"`
	// Fill is what comes in from outside, Reflect by default.
	Fill Fill `json:"fill,omitempty"`
	// Name is the layer's name in the model; empty means random_rotation, random_rotation_1, ...
	Name string `json:"name,omitempty"`
}

// RandomRotation returns a layer that turns pictures by up to this part of a whole turn, either way: RandomRotation(0.1) is up to 36 degrees. See
// RandomRotationLayer.
func RandomRotation(turns float64, options ...PictureOption) *RandomRotationLayer {
	s := Read(options)
	return &RandomRotationLayer{symmetric(turns), s.Fill, s.Name}
}

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *RandomRotationLayer) On(x *Tensor) *Tensor { return On(l, x) }

// Kind returns "RandomRotation".
func (*RandomRotationLayer) Kind() string { return "RandomRotation" }

// String returns the layer as RandomRotation was called.
func (l *RandomRotationLayer) String() string { return fmt.Sprintf("RandomRotation(%g)", l.Turns.High) }

// Autocast is true: the layer computes in the type of the model's policy.
func (*RandomRotationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *RandomRotationLayer) OutputShape(in []int) ([]int, error) {
	if err := l.Turns.within("parts of a turn", 1); err != nil {
		return nil, err
	}
	if err := l.Fill.check(); err != nil {
		return nil, err
	}
	return in, pictures(in)
}

// Apply turns if the graph is built for training.
func (l *RandomRotationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if !scope.IsTraining(x.Graph()) {
		return x
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	row, column := places(x, height, width)
	row = graph.AddScalar(row, -float64(height-1)/2)
	column = graph.AddScalar(column, -float64(width-1)/2)
	angle := graph.MulScalar(perExample(scope, x, l.Turns.Low, l.Turns.High), 2*math.Pi)
	cos, sin := graph.Cos(angle), graph.Sin(angle)
	fromColumn := graph.Sub(graph.Mul(column, cos), graph.Mul(row, sin))
	fromRow := graph.Add(graph.Mul(column, sin), graph.Mul(row, cos))
	return sample(x, graph.AddScalar(fromRow, float64(height-1)/2), graph.AddScalar(fromColumn, float64(width-1)/2), l.Fill)
}

// sample returns for each place the picture at the row and column given, [batch, height, width], which may be between pixels and outside.
func sample(x, row, column *graph.Node, fill Fill) *graph.Node {
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	if fill == Reflect {
		row, column = reflected(row, height), reflected(column, width)
	}
	if fill != Black {
		row, column = graph.ClipScalar(row, 0, float64(height-1)), graph.ClipScalar(column, 0, float64(width-1))
	}
	top, left := graph.Floor(row), graph.Floor(column)
	down, right := graph.Sub(row, top), graph.Sub(column, left)
	var sum *graph.Node
	for _, corner := range []struct{ i, j float64 }{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		share := func(part *graph.Node, second float64) *graph.Node {
			if second == 0 {
				return graph.OneMinus(part)
			}
			return part
		}
		r, c := graph.AddScalar(top, corner.i), graph.AddScalar(left, corner.j)
		weight := graph.Mul(share(down, corner.i), share(right, corner.j))
		if fill == Black {
			weight = graph.Where(inside(r, height), weight, graph.ZerosLike(weight))
			weight = graph.Where(inside(c, width), weight, graph.ZerosLike(weight))
		}
		r, c = graph.ClipScalar(r, 0, float64(height-1)), graph.ClipScalar(c, 0, float64(width-1))
		term := graph.Mul(pick(x, r, c), graph.ConvertDType(graph.InsertAxes(weight, -1), x.DType()))
		if sum == nil {
			sum = term
		} else {
			sum = graph.Add(sum, term)
		}
	}
	return sum
}

// inside says where a whole number counts a place of an axis of that length.
func inside(at *graph.Node, length int) *graph.Node {
	return graph.LogicalAnd(graph.GreaterOrEqual(at, graph.ScalarZero(at.Graph(), at.DType())), graph.LessOrEqual(at, graph.ConstAs(at, float64(length-1))))
}

// reflected brings what lies outside an axis back into it as by mirrors at both edges, half a pixel outside the first and the last.
func reflected(at *graph.Node, length int) *graph.Node {
	period := 2 * float64(length)
	at = graph.Sub(at, graph.MulScalar(graph.Floor(graph.DivScalar(at, period)), period))
	return graph.Where(graph.LessThan(at, graph.ConstAs(at, float64(length))), at, graph.AddScalar(graph.Neg(at), period-1))
}
