package strangers

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

func init() {
	layers.Register("Words", func() contract.Layer { return new(WordsLayer) })
	layers.Register("Positions", func() contract.Layer { return new(PositionsLayer) })
}

// WordsLayer looks up a trained vector for each token id, as layers.Embedding does. It has no
// method Autocast, so that ids reach it as they are: bfloat16 has no 257.
type WordsLayer struct {
	Count, Dim int
	// Fill is the first values, with settings of its own.
	Fill Ramp
	Name string
}

// Kind is what the layer was registered as.
func (*WordsLayer) Kind() string { return "Words" }

// String is what tables and errors show.
func (l *WordsLayer) String() string { return fmt.Sprintf("Words(%d, %d)", l.Count, l.Dim) }

// OutputShape appends Dim.
func (l *WordsLayer) OutputShape(in []int) ([]int, error) {
	return append(slices.Clone(in), l.Dim), nil
}

// Apply has the variable table [Count, Dim]. It is made by contract.Variable, since its type is
// none of x's business, and its shape not either.
func (l *WordsLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	table := contract.Variable(scope, "table", l.Fill, shapes.Make(dtypes.Float32, l.Count, l.Dim))
	return graph.Gather(table.NodeValue(x.Graph()), graph.InsertAxes(graph.ConvertDType(x, dtypes.Int32), -1))
}

// Ramp begins with First and goes up by Step: a contract.Filler.
type Ramp struct{ First, Step float64 }

// Values fills a variable of any shape and type.
func (r Ramp) Values(_ *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	number := graph.Reshape(graph.Iota(g, shapes.Make(shape.DType, shape.Size()), 0), shape.Dimensions...)
	return graph.AddScalar(graph.MulScalar(number, r.Step), r.First)
}

// PositionsLayer adds to each step of [batch, steps, dim] the sines of its place (Vaswani et al.
// 2017). The table follows from the shape, so it is a cache: not trained, and not saved.
type PositionsLayer struct{ Name string }

// Kind is what the layer was registered as.
func (*PositionsLayer) Kind() string { return "Positions" }

// String is what tables and errors show.
func (*PositionsLayer) String() string { return "Positions()" }

// Autocast asks for bfloat16 under ml.MixedBFloat16.
func (*PositionsLayer) Autocast() bool { return true }

// OutputShape wants [batch, steps, dim].
func (*PositionsLayer) OutputShape(in []int) ([]int, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("expected input [batch, steps, dim]. Got %d axes", len(in)+1)
	}
	return in, nil
}

// Apply has the cache table [steps, dim].
func (*PositionsLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	steps, dim := x.Shape().Dim(1), x.Shape().Dim(2)
	table := contract.Cache(scope, "table", sines{}, x, steps, dim).NodeValue(x)
	return graph.Add(x, graph.InsertAxes(graph.ConvertDType(table, x.DType()), 0))
}

type sines struct{}

func (sines) Values(_ *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	dim := shape.Dim(1)
	values := make([]float32, shape.Size())
	for i := range values {
		step, k := i/dim, i%dim
		angle := float64(step) / math.Pow(10000, float64(k-k%2)/float64(dim))
		values[i] = float32(math.Sin(angle + float64(k%2)*math.Pi/2))
	}
	return graph.ConvertDType(graph.Const(g, tensors.FromFlatDataAndDimensions(values, shape.Dimensions...)), shape.DType)
}
