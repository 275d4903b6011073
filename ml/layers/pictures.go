package layers

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

func pictures(in []int) error {
	if len(in) != 3 {
		return fmt.Errorf("expected input [batch, height, width, channels]. Got %s", extent.Dims(in))
	}
	return nil
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
