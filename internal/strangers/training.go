package strangers

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func init() {
	losses.Register("Pinball", func() contract.Loss { return Pinball{} })
	metrics.Register("Within", func() contract.Metric { return Within{} })
	optimizers.Register("Sign", func() contract.Optimizer { return Sign{} })
	optimizers.RegisterSchedule("Triangle", func() optimizers.LearningRateSchedule { return Triangle{} })
}

// Pinball is the loss whose minimum is a quantile (Koenker and Bassett 1978): errors below the
// target cost Quantile each, those above 1-Quantile.
type Pinball struct{ Quantile float64 }

// String names the loss.
func (l Pinball) String() string { return fmt.Sprintf("pinball loss (%g)", l.Quantile) }

// PerExample takes predictions [batch, 1].
func (l Pinball) PerExample(targets, predictions *graph.Node) *graph.Node {
	p := graph.Reshape(predictions, predictions.Shape().Dim(0))
	miss := graph.Sub(graph.ConvertDType(graph.Reshape(targets, p.Shape().Dimensions...), p.DType()), p)
	return graph.Max(graph.MulScalar(miss, l.Quantile), graph.MulScalar(miss, l.Quantile-1))
}

// CheckTargets wants one number above 0 for each example.
func (l Pinball) CheckTargets(y contract.Targets, output []int) error {
	for i := range y.Len() {
		if v, _ := y.At(i).(float32); v < 0 {
			return fmt.Errorf("%s: expected targets of 0 or more. Got %v", l, y.At(i))
		}
	}
	return nil
}

// Within is the part of examples whose error is within each of some limits.
type Within struct {
	Limits []float64
	// ByWeight has each example count with its weight.
	ByWeight bool
}

// Name is the figure's name where there is one limit.
func (Within) Name() string { return "within" }

// Sums returns the weight within each limit, and the whole.
func (m Within) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	p := graph.Reshape(predictions, predictions.Shape().Dim(0))
	miss := graph.Abs(graph.Sub(graph.ConvertDType(graph.Reshape(targets, p.Shape().Dimensions...), p.DType()), p))
	var sums []*graph.Node
	for _, limit := range m.Limits {
		near := graph.LessOrEqual(miss, graph.ConstAs(miss, limit))
		sums = append(sums, graph.ReduceAllSum(graph.Mul(graph.ConvertDType(near, dtypes.Float32), weights)))
	}
	return graph.Stack(append(sums, graph.ReduceAllSum(weights)), 0)
}

// Value is the part within the first limit.
func (m Within) Value(sums []float64) float64 { return sums[0] / sums[len(m.Limits)] }

// Many says that there is a figure for each limit.
func (m Within) Many() bool { return len(m.Limits) > 1 }

// Figures are those for each limit.
func (m Within) Figures(sums []float64) (all []contract.Value) {
	for i, limit := range m.Limits {
		all = append(all, contract.Value{Name: fmt.Sprintf("within_%g", limit), Value: sums[i] / sums[len(m.Limits)]})
	}
	return all
}

// Weighted is ByWeight.
func (m Within) Weighted() bool { return m.ByWeight }

// Sign moves each weight by the learning rate against the sign of an average of its gradients, as
// Lion does (Chen et al. 2023).
type Sign struct {
	LearningRate float64
	Schedule     optimizers.Schedule
	Beta         float64
}

// String names the optimiser.
func (o Sign) String() string { return fmt.Sprintf("Sign(lr=%g)", o.LearningRate) }

// GoMLX leaves clipping, the rate and the count of steps to Descent, and keeps a slot for each
// weight.
func (o Sign) GoMLX() (optimizer.Interface, error) {
	return optimizers.NewDescent("sign", o.LearningRate, o.Schedule, optimizers.Clip{}, 0, func(u *optimizers.Update) *graph.Node {
		mean := u.Average(u.Slot("mean", 0), u.Gradient, o.Beta)
		return graph.Sub(u.Value, graph.Mul(graph.Sign(mean), u.Rate))
	})
}

// Triangle goes from Low to High and back in Period steps, over and over (Smith 2017).
type Triangle struct {
	Low, High float64
	Period    int
}

// String names the schedule.
func (s Triangle) String() string {
	return fmt.Sprintf("Triangle(%g, %g, %d)", s.Low, s.High, s.Period)
}

// Check wants a period.
func (s Triangle) Check() error {
	if s.Period <= 0 {
		return errors.New("Triangle: expected a period above 0")
	}
	return nil
}

// Initial is Low.
func (s Triangle) Initial() float64 { return s.Low }

// Rate is in the middle of each period High.
func (s Triangle) Rate(step *graph.Node) *graph.Node {
	place := graph.DivScalar(step, float64(s.Period))
	place = graph.Sub(place, graph.Floor(place))
	up := graph.OneMinus(graph.Abs(graph.OneMinus(graph.MulScalar(place, 2))))
	return graph.AddScalar(graph.MulScalar(up, s.High-s.Low), s.Low)
}
