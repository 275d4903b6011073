package layers

import (
	"cmp"
	"errors"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
)

func init() {
	Register("BatchNormalization", func() contract.Layer { return new(BatchNormalizationLayer) })
	Register("LayerNormalization", func() contract.Layer { return new(LayerNormalizationLayer) })
}

// BatchNormalizationLayer brings each channel (the last axis) to mean 0 and variance 1 over the
// batch, then scales and shifts it by learned numbers (Ioffe and Szegedy 2015). In Evaluate and
// Predict, and while it is frozen, it uses moving averages of mean and variance instead. Rows that
// only fill up the last batch of an epoch count in neither.
type BatchNormalizationLayer struct {
	// Momentum is the part of the moving averages that each step keeps, 0.99 by default.
	Momentum float64 `json:"momentum,omitempty"`
	// Epsilon is added to the variance, 0.001 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Name is the layer's name in the model; empty means batch_normalization,
	// batch_normalization_1, ...
	Name string `json:"name,omitempty"`
}

// BatchNormalization returns a layer with Keras's defaults. See BatchNormalizationLayer.
func BatchNormalization(options ...PlainOption) *BatchNormalizationLayer {
	return &BatchNormalizationLayer{Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *BatchNormalizationLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "BatchNormalization".
func (*BatchNormalizationLayer) Kind() string { return "BatchNormalization" }

// String returns the layer as BatchNormalization was called.
func (*BatchNormalizationLayer) String() string { return "BatchNormalization()" }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*BatchNormalizationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *BatchNormalizationLayer) OutputShape(in []int) ([]int, error) {
	if l.Momentum < 0 || l.Momentum >= 1 || l.Epsilon < 0 {
		return nil, errors.New("expected a momentum from 0 to below 1 and an epsilon above 0")
	}
	return in, checkChannels(in)
}

// Apply computes the layer with the weights gamma and beta, and the state moving_mean and
// moving_variance, all [channels].
func (l *BatchNormalizationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	given := x.DType()
	x = graph.ConvertDType(x, contract.WeightType(given))
	channels := x.Shape().Dim(-1)
	gamma := contract.Weight(scope, "gamma", initializers.Ones, x, channels)
	beta := contract.Weight(scope, "beta", initializers.Zeros, x, channels)
	movingMean := contract.State(scope, "moving_mean", initializers.Zeros, x, channels)
	movingVariance := contract.State(scope, "moving_variance", initializers.Ones, x, channels)
	mean, variance := movingMean.NodeValue(x), movingVariance.NodeValue(x)
	if scope.IsTraining(x.Graph()) && !contract.Frozen(scope, x.Graph()) {
		var axes []int
		for i := range x.Shape().Rank() - 1 {
			axes = append(axes, i)
		}
		momentum := cmp.Or(l.Momentum, 0.99)
		mix := func(v *model.Variable, now *graph.Node) {
			now = graph.StopGradient(now)
			old := graph.MulScalar(v.NodeValue(x), momentum)
			v.SetNodeValue(graph.Add(old, graph.MulScalar(now, 1-momentum)))
		}
		average := func(x *graph.Node) *graph.Node { return graph.ReduceMean(x, axes...) }
		if mask := contract.BatchMask(x); mask != nil {
			ones := slices.Repeat([]int{1}, x.Shape().Rank()-1)
			rows := graph.Div(mask, graph.ReduceAllSum(mask))
			rows = graph.Reshape(rows, append([]int{mask.Shape().Dim(0)}, ones...)...)
			places := x.Shape().Size() / x.Shape().Dim(0) / x.Shape().Dim(-1)
			average = func(x *graph.Node) *graph.Node {
				sum := graph.ReduceSum(graph.Mul(x, rows), axes...)
				return graph.DivScalar(sum, float64(places))
			}
		}
		mean = average(x)
		variance = average(graph.Square(graph.Sub(x, perChannel(mean, x))))
		mix(movingMean, mean)
		mix(movingVariance, variance)
	}
	scale := graph.Div(gamma, graph.Sqrt(graph.AddScalar(variance, cmp.Or(l.Epsilon, 1e-3))))
	y := graph.Mul(graph.Sub(x, perChannel(mean, x)), perChannel(scale, x))
	return graph.ConvertDType(graph.Add(y, perChannel(beta, x)), given)
}

// perChannel gives v, a number for each channel, the rank of x.
func perChannel(v, x *graph.Node) *graph.Node { return graph.ExpandLeftToRank(v, x.Shape().Rank()) }

// LayerNormalizationLayer brings each example to mean 0 and variance 1 along the last axis, then
// scales and shifts it by learned numbers (Ba, Kiros and Hinton 2016).
type LayerNormalizationLayer struct {
	// Epsilon is added to the variance, 0.001 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Name is the layer's name in the model; empty means layer_normalization,
	// layer_normalization_1, ...
	Name string `json:"name,omitempty"`
}

// LayerNormalization returns a layer with Keras's defaults. See LayerNormalizationLayer.
func LayerNormalization(options ...PlainOption) *LayerNormalizationLayer {
	return &LayerNormalizationLayer{Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *LayerNormalizationLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "LayerNormalization".
func (*LayerNormalizationLayer) Kind() string { return "LayerNormalization" }

// String returns the layer as LayerNormalization was called.
func (*LayerNormalizationLayer) String() string { return "LayerNormalization()" }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*LayerNormalizationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *LayerNormalizationLayer) OutputShape(in []int) ([]int, error) {
	if l.Epsilon < 0 {
		return nil, errors.New("expected an epsilon above 0")
	}
	return in, checkChannels(in)
}

// Apply computes the layer with the variables gamma and beta, both of the size of the last axis.
func (l *LayerNormalizationLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	given := x.DType()
	x = graph.ConvertDType(x, contract.WeightType(given))
	features := x.Shape().Dim(-1)
	gamma := contract.Weight(scope, "gamma", initializers.Ones, x, features)
	beta := contract.Weight(scope, "beta", initializers.Zeros, x, features)
	x = graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, -1))
	variance := graph.ReduceAndKeep(graph.Square(x), graph.ReduceMean, -1)
	x = graph.Div(x, graph.Sqrt(graph.AddScalar(variance, cmp.Or(l.Epsilon, 1e-3))))
	y := graph.Add(graph.Mul(x, perChannel(gamma, x)), perChannel(beta, x))
	return graph.ConvertDType(y, given)
}
