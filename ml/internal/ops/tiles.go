package ops

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// MaxOfTiles returns the largest value of each tile of x, [batch, height, width, channels]. Tiles
// are windows of the given size that neither overlap nor leave gaps; rows and columns are their
// numbers. The gradient goes to the first place in the tile that has the largest value. It is
// written by hand, because the gradient of a window reduction is by far the slowest part of a small
// network with XLA on a CPU.
func MaxOfTiles(x *graph.Node, size [2]int, rows, columns int) *graph.Node {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(3)
	if x.Shape().Dim(1) != rows*size[0] || x.Shape().Dim(2) != columns*size[1] {
		x = graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, rows*size[0]),
			graph.AxisRange(0, columns*size[1]), graph.AxisRange())
	}
	t := tiles{size: size, dims: []int{batch, rows, size[0], columns, size[1], channels}}
	reduce, route := t.reduced, t.marked
	if OnGo(x.Graph()) {
		reduce, route = t.compared, t.chained
	}
	type back = func(*graph.Node) []*graph.Node
	return WithPullback([]*graph.Node{x}, func(held []*graph.Node) (*graph.Node, back) {
		largest := reduce(held[0])
		return largest, func(adjoint *graph.Node) []*graph.Node {
			routed := route(held[0], largest, adjoint)
			return []*graph.Node{graph.Reshape(routed, x.Shape().Dimensions...)}
		}
	})
}

// tiles are the tiles of pictures. Size is that of one tile; dims are [batch, rows, height,
// columns, width, channels].
type tiles struct {
	size [2]int
	dims []int
}

// reduced returns the largest value of each tile, in the form for XLA.
func (t tiles) reduced(x *graph.Node) *graph.Node {
	return graph.ReduceMax(graph.Reshape(x, t.dims...), 2, 4)
}

// marked gives each adjoint to the first place of its tile that has the largest value, in the form
// for XLA, which finds that place by its number.
func (t tiles) marked(x, largest, adjoint *graph.Node) *graph.Node {
	g := x.Graph()
	x = graph.Reshape(x, t.dims...)
	spread := func(v *graph.Node) *graph.Node {
		v = graph.Reshape(v, t.dims[0], t.dims[1], 1, t.dims[3], 1, t.dims[5])
		return graph.BroadcastToShape(v, shapes.Make(v.DType(), t.dims...))
	}
	one := shapes.Make(dtypes.Int32, 1, 1, t.size[0], 1, t.size[1], 1)
	place := graph.Add(graph.MulScalar(graph.Iota(g, one, 2), t.size[1]), graph.Iota(g, one, 4))
	place = graph.BroadcastToShape(place, shapes.Make(dtypes.Int32, t.dims...))
	behind := graph.FillScalar(g, place.Shape(), float64(t.size[0]*t.size[1]))
	first := graph.ReduceMin(graph.Where(graph.Equal(x, spread(largest)), place, behind), 2, 4)
	return graph.Where(graph.Equal(place, spread(first)), spread(adjoint), graph.ZerosLike(x))
}

// places returns, for each place in a tile, what all tiles have there, [batch, rows, columns,
// channels].
func (t tiles) places(x *graph.Node) []*graph.Node {
	return Window{Size: t.size, Stride: t.size}.Views(x, t.dims[1], t.dims[3])
}

// compared is reduced in the form for the Go backend, which reduces slowly.
func (t tiles) compared(x *graph.Node) *graph.Node {
	all := t.places(x)
	largest := all[0]
	for _, v := range all[1:] {
		largest = graph.Max(largest, v)
	}
	return largest
}

// chained is marked in the form for the Go backend: the first place that has the largest value
// takes the adjoint, and leaves nothing to the places after it.
func (t tiles) chained(x, largest, adjoint *graph.Node) *graph.Node {
	zero, rest := graph.ZerosLike(adjoint), adjoint
	all := t.places(x)
	var lines []*graph.Node
	for i := range t.size[0] {
		var line []*graph.Node
		for j := range t.size[1] {
			takes := graph.Equal(all[i*t.size[1]+j], largest)
			line = append(line, graph.InsertAxes(graph.Where(takes, rest, zero), 3))
			rest = graph.Where(takes, zero, rest)
		}
		lines = append(lines, graph.InsertAxes(graph.Concatenate(line, 3), 2))
	}
	return graph.Concatenate(lines, 2)
}
