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
	// RandomNormal has the deviation 0.05; see NormalWeights.
	RandomNormal Initializer = "random_normal"
	// TruncatedNormal is the same, cut off at two deviations.
	TruncatedNormal Initializer = "truncated_normal"
	Orthogonal      Initializer = "orthogonal"
	// IdentityWeights is 1 where row and column are the same, for matrices.
	Identity Initializer = "identity"
	Zeros    Initializer = "zeros"
	Ones     Initializer = "ones"
)

// The kinds that the constructors below write out with numbers.
const (
	constant        Initializer = "constant"
	varianceScaling Initializer = "variance_scaling"
)

var names = []Initializer{"", GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, RandomUniform,
	RandomNormal, TruncatedNormal, Orthogonal, Identity, Zeros, Ones, constant, varianceScaling}

// ConstantWeights is the same value everywhere.
func Constant(value float64) Initializer { return constant.with(value) }

// UniformWeights draws from -limit to limit.
func Uniform(limit float64) Initializer { return RandomUniform.with(limit) }

// NormalWeights draws from a normal distribution of mean 0.
func Normal(deviation float64) Initializer { return RandomNormal.with(deviation) }

// Fan is what VarianceScaling divides the variance by.
type Fan int

// The fans: the number of inputs, of outputs, or the mean of both.
const (
	FanIn Fan = iota
	FanOut
	FanAverage
)

// VarianceScaling draws from a normal distribution of variance scale/n, cut off at two deviations, or from a uniform one of that variance;
// n is the fan. It is what the named families are made of: HeNormal is VarianceScaling(2, FanIn, false).
func VarianceScaling(scale float64, fan Fan, uniform bool) Initializer {
	if uniform {
		return varianceScaling.with(scale, float64(fan), 1)
	}
	return varianceScaling.with(scale, float64(fan))
}

// with writes the numbers behind the name: "constant(0.5)".
func (i Initializer) with(numbers ...float64) Initializer {
	var all []string
	for _, v := range numbers {
		all = append(all, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return i + Initializer("("+strings.Join(all, ", ")+")")
}

// parse takes the numbers off the name. There are three of them, 0 where none is written.
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

// DenseOption says that Dense takes an Initializer, as the methods below say it of other layers.
func (Initializer) DenseOption() {}

// ConvOption says that convolutions take an Initializer.
func (Initializer) ConvOption() {}

// AttentionOption says that attention takes an Initializer.
func (Initializer) AttentionOption() {}

// EmbeddingOption says that an Embedding takes an Initializer.
func (Initializer) EmbeddingOption() {}

// RecurrentOption says that recurrent layers take an Initializer.
func (Initializer) RecurrentOption() {}

// Check says whether it is one of those above.
func (i Initializer) Check() error {
	name, _, _, err := i.parse()
	if err != nil || !slices.Contains(names, name) {
		return fmt.Errorf("expected an initializer among %q. Got %q", names[1:], i)
	}
	return nil
}

// Or returns the initialiser, or a layer's default where it is empty.
func (i Initializer) Or(standard Initializer) Initializer {
	if i == "" {
		return standard
	}
	return i
}

// Values adds the first values of a variable to a graph.
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
		// Cutting at two deviations leaves 0.8796 of the deviation, which is put right here.
		return graph.MulScalar(cutNormal(scope, g, shape), math.Sqrt(scale/max(1, n))/0.87962566103423978)
	case RandomUniform:
		return uniform(spread)
	case RandomNormal:
		return graph.MulScalar(scope.RandomNormal(g, shape), spread)
	case TruncatedNormal:
		return graph.MulScalar(cutNormal(scope, g, shape), spread)
	case Identity:
		if shape.Rank() != 2 {
			panic(fmt.Errorf("expected a matrix for the initializer identity. Got shape %v", shape.Dimensions))
		}
		return graph.ConvertDType(graph.Equal(graph.Iota(g, shapes.Make(dtypes.Int32, shape.Dimensions...), 0), graph.Iota(g, shapes.Make(dtypes.Int32, shape.Dimensions...), 1)), shape.DType)
	case constant:
		return graph.FillScalar(g, shape, numbers[0])
	case Orthogonal:
		return orthogonal(scope, g, shape)
	case Ones:
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
		window := float64(extent.Size(dims[:n-2]))
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
