package ml

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Initializer is how a layer's kernel starts, by the name that Keras gives it; empty means the layer's default.
type Initializer string

// The initialisers. Uniform ones of a family draw from ±sqrt(3·scale/n), normal ones from a normal distribution of that variance cut off
// at two deviations; n is the number of inputs (He et al. 2015 with scale 2, LeCun et al. 1998 with 1) or the mean of inputs and outputs
// (Glorot and Bengio 2010). Orthogonal draws among all orthogonal matrices alike (Saxe et al. 2014).
const (
	GlorotUniform Initializer = "glorot_uniform"
	GlorotNormal  Initializer = "glorot_normal"
	HeUniform     Initializer = "he_uniform"
	HeNormal      Initializer = "he_normal"
	LecunUniform  Initializer = "lecun_uniform"
	LecunNormal   Initializer = "lecun_normal"
	// RandomUniform is from ±0.05.
	RandomUniform Initializer = "random_uniform"
	// RandomNormal has the deviation 0.05.
	RandomNormal Initializer = "random_normal"
	Orthogonal   Initializer = "orthogonal"
	ZeroWeights  Initializer = "zeros"
	OneWeights   Initializer = "ones"
)

var initializers = []Initializer{"", GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, RandomUniform,
	RandomNormal, Orthogonal, ZeroWeights, OneWeights}

func (i Initializer) dense(l *DenseLayer)      { l.Initializer = i }
func (i Initializer) conv(l *ConvolutionLayer) { l.Initializer = i }

func (i Initializer) check() error {
	if !slices.Contains(initializers, i) {
		return fmt.Errorf("expected an initializer among %q. Got %q", initializers[1:], i)
	}
	return nil
}

// or is the initialiser, or the layer's default.
func (i Initializer) or(standard Initializer) Initializer {
	if i == "" {
		return standard
	}
	return i
}

// variable makes the variable, or returns it if it is there.
func (i Initializer) variable(scope *model.Scope, name string, shape shapes.Shape) *model.Variable {
	return scope.WithInitializer(func(g *graph.Graph, shape shapes.Shape) *graph.Node { return i.values(scope, g, shape) }).
		VariableWithShape(name, shape)
}

func (i Initializer) values(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	in, out := fans(shape.Dimensions)
	scale, n := 1.0, in
	switch i {
	case GlorotUniform, GlorotNormal:
		n = (in + out) / 2
	case HeUniform, HeNormal:
		scale = 2
	}
	uniform := func(limit float64) *graph.Node {
		return graph.AddScalar(graph.MulScalar(scope.RandomUniform(g, shape), 2*limit), -limit)
	}
	switch i {
	case GlorotUniform, HeUniform, LecunUniform:
		return uniform(math.Sqrt(3 * scale / max(1, n)))
	case GlorotNormal, HeNormal, LecunNormal:
		// Cutting at two deviations leaves 0.8796 of the deviation, which is put right here.
		return graph.MulScalar(cutNormal(scope, g, shape), math.Sqrt(scale/max(1, n))/0.87962566103423978)
	case RandomUniform:
		return uniform(0.05)
	case RandomNormal:
		return graph.MulScalar(scope.RandomNormal(g, shape), 0.05)
	case Orthogonal:
		return orthogonal(scope, g, shape)
	case OneWeights:
		return graph.Ones(g, shape)
	}
	return graph.Zeros(g, shape)
}

// fans are the numbers of inputs and outputs that a kernel [window..., in, out] connects.
func fans(dims []int) (in, out float64) {
	switch n := len(dims); n {
	case 0:
		return 1, 1
	case 1:
		return float64(dims[0]), float64(dims[0])
	default:
		window := float64(size(dims[:n-2]))
		return window * float64(dims[n-2]), window * float64(dims[n-1])
	}
}

// cutNormal draws from a standard normal distribution without its tails beyond 2: what lies there is drawn again. One draw in 22 does, so
// that after eight rounds one in 10^11 is left, and is cut to 2.
func cutNormal(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	z := scope.RandomNormal(g, shape)
	for range 8 {
		z = graph.Where(graph.LessThan(graph.Abs(z), graph.ConstAs(z, 2)), z, scope.RandomNormal(g, shape))
	}
	return graph.ClipScalar(z, -2, 2)
}

// orthogonal turns a matrix of normal numbers into the orthogonal one nearest to it by Newton's iteration X ← X(3 - XᵀX)/2, which brings all
// singular values to 1. The smallest of them grows by half in each round at first; 60 rounds are enough for any that occurs.
func orthogonal(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	last := shape.Dimensions[shape.Rank()-1]
	x := graph.Reshape(scope.RandomNormal(g, shape), shape.Size()/last, last)
	wide := x.Shape().Dim(0) < last
	if wide {
		x = graph.Transpose(x, 0, 1)
	}
	x = graph.Div(x, graph.Sqrt(graph.ReduceAllSum(graph.Square(x))))
	for range 60 {
		x = graph.Sub(graph.MulScalar(x, 1.5), graph.MulScalar(graph.MatMul(x, graph.MatMul(graph.Transpose(x, 0, 1), x)), 0.5))
	}
	if wide {
		x = graph.Transpose(x, 0, 1)
	}
	return graph.Reshape(x, shape.Dimensions...)
}
