package strangers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
)

func init() {
	layers.Register("MovingNorm", func() contract.Layer { return new(MovingNormLayer) })
	layers.Register("Center", func() contract.Layer { return CenterLayer{} })
}

// MovingNormLayer is batch normalisation of [batch, features], with the same numbers as
// layers.BatchNormalization of that momentum.
type MovingNormLayer struct {
	Momentum float64
	Name     string
}

// MovingNorm keeps so much of its averages in each step.
func MovingNorm(momentum float64, options ...layers.PlainOption) *MovingNormLayer {
	return &MovingNormLayer{Momentum: momentum, Name: layers.Read(options).Name}
}

// Kind is what the layer was registered as.
func (*MovingNormLayer) Kind() string { return "MovingNorm" }

// String is what tables and errors show.
func (l *MovingNormLayer) String() string { return fmt.Sprintf("MovingNorm(%g)", l.Momentum) }

// OutputShape wants an axis of features.
func (l *MovingNormLayer) OutputShape(in []int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("expected input [batch, features]. Got %d axes", len(in)+1)
	}
	return in, nil
}

// Apply has the weights gamma and beta, and the states moving_mean and moving_variance. The
// averages move in training, but stand still where Freeze stopped the layer or a model around it.
func (l *MovingNormLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	given := x.DType()
	x = graph.ConvertDType(x, contract.WeightType(given)) // what a layer before it made may be bfloat16
	features := x.Shape().Dim(-1)
	gamma := contract.Weight(scope, "gamma", initializers.Ones, x, features)
	beta := contract.Weight(scope, "beta", initializers.Zeros, x, features)
	movingMean := contract.State(scope, "moving_mean", initializers.Zeros, x, features)
	movingVariance := contract.State(scope, "moving_variance", initializers.Ones, x, features)
	mean, variance := movingMean.NodeValue(x), movingVariance.NodeValue(x)
	if scope.IsTraining(x.Graph()) && !contract.Frozen(scope, x.Graph()) {
		mean = batchMean(x)
		variance = batchMean(graph.Square(graph.Sub(x, graph.InsertAxes(mean, 0))))
		move := func(v *model.Variable, now *graph.Node) {
			old := graph.MulScalar(v.NodeValue(x), l.Momentum)
			v.SetNodeValue(graph.Add(old, graph.MulScalar(graph.StopGradient(now), 1-l.Momentum)))
		}
		move(movingMean, mean)
		move(movingVariance, variance)
	}
	scale := graph.Div(gamma, graph.Sqrt(graph.AddScalar(variance, 1e-3)))
	centred := graph.Sub(x, graph.InsertAxes(mean, 0))
	y := graph.Add(graph.Mul(centred, graph.InsertAxes(scale, 0)), graph.InsertAxes(beta, 0))
	return graph.ConvertDType(y, given)
}

// batchMean is the mean over the examples of a batch, without the rows that only fill it up.
func batchMean(x *graph.Node) *graph.Node {
	mask := contract.BatchMask(x)
	if mask == nil {
		return graph.ReduceMean(x, 0)
	}
	share := graph.ConvertDType(graph.Div(mask, graph.ReduceAllSum(mask)), x.DType())
	return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(share, -1)), 0)
}

// CenterLayer takes the batch's mean from [batch, features]. It is used as a value, not by a
// pointer, and has no name of its own.
type CenterLayer struct{}

// Kind is what the layer was registered as.
func (CenterLayer) Kind() string { return "Center" }

// String is what tables and errors show.
func (CenterLayer) String() string { return "Center()" }

// OutputShape returns in.
func (CenterLayer) OutputShape(in []int) ([]int, error) { return in, nil }

// Apply has no variables.
func (CenterLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Sub(x, graph.InsertAxes(batchMean(x), 0))
}
