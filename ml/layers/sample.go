package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

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

// Set sets the fill.
func (f Fill) Set(s *Settings) { s.Fill = f }

// PictureOption says that layers which move pictures take a Fill.
func (Fill) PictureOption() {}

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
