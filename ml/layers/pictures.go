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
	dims := x.Shape().Dimensions
	batch, height, width, channels := dims[0], dims[1], dims[2], dims[3]
	whole := func(at *graph.Node) *graph.Node { return graph.ConvertDType(at, dtypes.Int32) }
	example := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, row.Shape().Dimensions...), 0)
	line := graph.Add(graph.MulScalar(example, height), whole(row))
	at := graph.Add(graph.MulScalar(line, width), whole(column))
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
		row = graph.ClipScalar(row, 0, float64(height-1))
		column = graph.ClipScalar(column, 0, float64(width-1))
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
		weight = graph.ConvertDType(graph.InsertAxes(weight, -1), x.DType())
		term := graph.Mul(pick(x, r, c), weight)
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
	zero, last := graph.ScalarZero(at.Graph(), at.DType()), graph.ConstAs(at, float64(length-1))
	return graph.LogicalAnd(graph.GreaterOrEqual(at, zero), graph.LessOrEqual(at, last))
}

// reflected brings places outside an axis back into it, as mirrors would that stand half a pixel
// before the first pixel and half a pixel after the last.
func reflected(at *graph.Node, length int) *graph.Node {
	period := 2 * float64(length)
	at = graph.Sub(at, graph.MulScalar(graph.Floor(graph.DivScalar(at, period)), period))
	within := graph.LessThan(at, graph.ConstAs(at, float64(length)))
	return graph.Where(within, at, graph.AddScalar(graph.Neg(at), period-1))
}
