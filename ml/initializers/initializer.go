package initializers

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// Initializer says how a layer's kernel starts, by Keras's name. Empty means the layer's default.
type Initializer string

// The initialisers. The Glorot, He and LeCun families draw with the variance scale/n: uniform ones
// within ±sqrt(3·scale/n), normal ones from a normal distribution cut off at two standard
// deviations. For Glorot (Glorot and Bengio 2010), n is the mean of the numbers of inputs and
// outputs, and scale is 1. For He (He et al. 2015) and LeCun (LeCun et al. 1998), n is the number
// of inputs, and scale is 2 and 1. Orthogonal draws uniformly from all orthogonal matrices (Saxe et
// al. 2014).
const (
	GlorotUniform Initializer = "glorot_uniform"
	GlorotNormal  Initializer = "glorot_normal"
	HeUniform     Initializer = "he_uniform"
	HeNormal      Initializer = "he_normal"
	LecunUniform  Initializer = "lecun_uniform"
	LecunNormal   Initializer = "lecun_normal"
	// RandomUniform is uniform within ±0.05; see Uniform.
	RandomUniform Initializer = "random_uniform"
	// RandomNormal is normal, with the standard deviation 0.05; see Normal.
	RandomNormal Initializer = "random_normal"
	// TruncatedNormal is RandomNormal cut off at two standard deviations.
	TruncatedNormal Initializer = "truncated_normal"
	Orthogonal      Initializer = "orthogonal"
	// Identity is 1 on the diagonal of a matrix, and 0 elsewhere.
	Identity Initializer = "identity"
	Zeros    Initializer = "zeros"
	Ones     Initializer = "ones"
)

// The kinds that only the constructors below make, with numbers after the name.
const (
	constant        Initializer = "constant"
	varianceScaling Initializer = "variance_scaling"
)

var names = []Initializer{
	"", GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, RandomUniform,
	RandomNormal, TruncatedNormal, Orthogonal, Identity, Zeros, Ones, constant, varianceScaling,
}

// Constant is the same value everywhere.
func Constant(value float64) Initializer { return constant.with(value) }

// Uniform draws uniformly from -limit to limit.
func Uniform(limit float64) Initializer { return RandomUniform.with(limit) }

// Normal draws from a normal distribution with mean 0 and the given standard deviation.
func Normal(deviation float64) Initializer { return RandomNormal.with(deviation) }

// Fan says what VarianceScaling divides the variance by.
type Fan int

// The fans: the number of inputs, of outputs, or the mean of both.
const (
	FanIn Fan = iota
	FanOut
	FanAverage
)

// VarianceScaling draws with mean 0 and variance scale/n, where n is the fan: from a normal
// distribution cut off at two standard deviations, or from a uniform one. The named families are
// cases of it: HeNormal is VarianceScaling(2, FanIn, false).
func VarianceScaling(scale float64, fan Fan, uniform bool) Initializer {
	if uniform {
		return varianceScaling.with(scale, float64(fan), 1)
	}
	return varianceScaling.with(scale, float64(fan))
}

// with appends numbers to the name: "constant(0.5)".
func (i Initializer) with(numbers ...float64) Initializer {
	var all []string
	for _, v := range numbers {
		all = append(all, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return i + Initializer("("+strings.Join(all, ", ")+")")
}

// parse separates name and numbers. There are always three numbers, 0 where fewer are written.
func (i Initializer) parse() (name Initializer, numbers [3]float64, written int, err error) {
	text, rest, found := strings.Cut(string(i), "(")
	if !found {
		return i, numbers, 0, nil
	}
	for k, part := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		if k == len(numbers) {
			return "", numbers, 0, errors.New("too many numbers")
		}
		if numbers[k], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil {
			return "", numbers, 0, err
		}
		written++
	}
	return Initializer(text), numbers, written, nil
}

// DenseOption says that Dense takes an Initializer. The methods below say so of other layers.
func (Initializer) DenseOption() {}

// ConvOption says that convolutions take an Initializer.
func (Initializer) ConvOption() {}

// AttentionOption says that attention takes an Initializer.
func (Initializer) AttentionOption() {}

// EmbeddingOption says that an Embedding takes an Initializer.
func (Initializer) EmbeddingOption() {}

// RecurrentOption says that recurrent layers take an Initializer.
func (Initializer) RecurrentOption() {}

// Check returns an error if it is none of those above.
func (i Initializer) Check() error {
	name, _, _, err := i.parse()
	if err != nil || !slices.Contains(names, name) {
		return fmt.Errorf("expected an initializer among %q. Got %q", names[1:], i)
	}
	return nil
}

// Or returns the initialiser, or standard if it is empty.
func (i Initializer) Or(standard Initializer) Initializer {
	if i == "" {
		return standard
	}
	return i
}

// Values adds the first values of a variable of the given shape to a graph. The random numbers come
// from the scope's store. It panics for an initialiser that does not pass Check, and for Identity
// if the shape is not a matrix.
func (i Initializer) Values(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	in, out := fans(shape.Dimensions)
	scale, n := 1.0, in
	i, numbers, written, err := i.parse()
	if err != nil {
		panic(err)
	}
	if i == varianceScaling {
		scale, n = numbers[0], []float64{in, out, (in + out) / 2}[int(numbers[1])%3]
		i = LecunNormal
		if numbers[2] != 0 {
			i = LecunUniform
		}
	}
	spread := 0.05
	if written > 0 {
		spread = numbers[0]
	}
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
		// Cutting at two standard deviations leaves 0.8796 of the deviation, which is corrected
		// here.
		deviation := math.Sqrt(scale/max(1, n)) / 0.87962566103423978
		return graph.MulScalar(cutNormal(scope, g, shape), deviation)
	case RandomUniform:
		return uniform(spread)
	case RandomNormal:
		return graph.MulScalar(scope.RandomNormal(g, shape), spread)
	case TruncatedNormal:
		return graph.MulScalar(cutNormal(scope, g, shape), spread)
	case Identity:
		if shape.Rank() != 2 {
			panic(fmt.Errorf("expected a matrix for the initializer identity. Got shape %v",
				shape.Dimensions))
		}
		places := shapes.Make(dtypes.Int32, shape.Dimensions...)
		diagonal := graph.Equal(graph.Iota(g, places, 0), graph.Iota(g, places, 1))
		return graph.ConvertDType(diagonal, shape.DType)
	case constant:
		return graph.FillScalar(g, shape, numbers[0])
	case Orthogonal:
		return orthogonal(scope, g, shape)
	case Ones:
		return graph.Ones(g, shape)
	}
	return graph.Zeros(g, shape)
}

// fans returns the numbers of inputs and outputs that a kernel, [window..., in, out], connects.
func fans(dims []int) (in, out float64) {
	switch n := len(dims); n {
	case 0:
		return 1, 1
	case 1:
		return float64(dims[0]), float64(dims[0])
	default:
		window := float64(extent.Size(dims[:n-2]))
		return window * float64(dims[n-2]), window * float64(dims[n-1])
	}
}

// cutNormal draws from a standard normal distribution without its tails beyond ±2: what lies there
// is drawn again. One draw in 22 does, so one in 10^11 is left after eight rounds, and is clipped.
func cutNormal(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	z := scope.RandomNormal(g, shape)
	for range 8 {
		z = graph.Where(graph.LessThan(graph.Abs(z), graph.ConstAs(z, 2)), z,
			scope.RandomNormal(g, shape))
	}
	return graph.ClipScalar(z, -2, 2)
}

// orthogonal turns a matrix of normal numbers into the nearest orthogonal one, with Newton's
// iteration X ← X(3 - XᵀX)/2, which brings all singular values to 1. At first the smallest of them
// grows by half in each round; 60 rounds are enough for any that occurs.
func orthogonal(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	last := shape.Dimensions[shape.Rank()-1]
	x := graph.Reshape(scope.RandomNormal(g, shape), shape.Size()/last, last)
	wide := x.Shape().Dim(0) < last
	if wide {
		x = graph.Transpose(x, 0, 1)
	}
	x = graph.Div(x, graph.Sqrt(graph.ReduceAllSum(graph.Square(x))))
	for range 60 {
		cube := graph.MatMul(x, graph.MatMul(graph.Transpose(x, 0, 1), x))
		x = graph.Sub(graph.MulScalar(x, 1.5), graph.MulScalar(cube, 0.5))
	}
	if wide {
		x = graph.Transpose(x, 0, 1)
	}
	return graph.Reshape(x, shape.Dimensions...)
}
