package layers

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Layers that move pictures, [batch, height, width, channels], say where each pixel of the result
// comes from, and take it from there.

// uniform draws a number from low to high for each example, [batch, 1, 1].
func uniform(scope *model.Scope, x *graph.Node, low, high float64) *graph.Node {
	u := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0), 1, 1))
	return graph.AddScalar(graph.MulScalar(u, high-low), low)
}

// pixels returns the row and the column of each pixel of pictures of the given size, one for each
// example of x: both are [batch, height, width].
func pixels(x *graph.Node, height, width int) (row, column *graph.Node) {
	shape := shapes.Make(dtypes.Float32, x.Shape().Dim(0), height, width)
	return graph.Iota(x.Graph(), shape, 1), graph.Iota(x.Graph(), shape, 2)
}

// pick returns the pixels of x at the given rows and columns, which are whole numbers within x.
func pick(x, row, column *graph.Node) *graph.Node {
	batch, height, width, channels := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2),
		x.Shape().Dim(3)
	whole := func(at *graph.Node) *graph.Node { return graph.ConvertDType(at, dtypes.Int32) }
	example := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, row.Shape().Dimensions...), 0)
	at := graph.Add(graph.MulScalar(graph.Add(graph.MulScalar(example, height), whole(row)), width),
		whole(column))
	return graph.Gather(graph.Reshape(x, batch*height*width, channels), graph.InsertAxes(at, -1))
}

// sample returns what x has at the given rows and columns, [batch, height, width]. They may lie
// between pixels, where the four pixels around are mixed, and outside the picture.
func sample(x, row, column *graph.Node, fill Fill) *graph.Node {
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	if fill == Reflect {
		row, column = reflected(row, height), reflected(column, width)
	}
	if fill != Black {
		row, column = graph.ClipScalar(row, 0, float64(height-1)),
			graph.ClipScalar(column, 0, float64(width-1))
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
		term := graph.Mul(pick(x, r, c), graph.ConvertDType(graph.InsertAxes(weight, -1),
			x.DType()))
		if sum == nil {
			sum = term
		} else {
			sum = graph.Add(sum, term)
		}
	}
	return sum
}

// inside says where a whole number lies within an axis of the given length.
func inside(at *graph.Node, length int) *graph.Node {
	return graph.LogicalAnd(graph.GreaterOrEqual(at, graph.ScalarZero(at.Graph(), at.DType())),
		graph.LessOrEqual(at, graph.ConstAs(at, float64(length-1))))
}

// reflected brings places outside an axis back into it, as mirrors would that stand half a pixel
// before the first pixel and half a pixel after the last.
func reflected(at *graph.Node, length int) *graph.Node {
	period := 2 * float64(length)
	at = graph.Sub(at, graph.MulScalar(graph.Floor(graph.DivScalar(at, period)), period))
	return graph.Where(graph.LessThan(at, graph.ConstAs(at, float64(length))), at,
		graph.AddScalar(graph.Neg(at), period-1))
}
