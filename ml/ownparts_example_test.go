package ml_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// Quantile is the loss whose minimum is a quantile of the targets (Koenker and Bassett 1978).
type Quantile struct {
	// Of is the quantile, from 0 to 1.
	Of float64 `json:"of"`
}

func (l Quantile) String() string { return fmt.Sprintf("quantile %g", l.Of) }

func (l Quantile) PerExample(targets, predictions *graph.Node) *graph.Node {
	short := graph.Sub(graph.Reshape(targets, predictions.Shape().Dimensions...), predictions)
	each := graph.Max(graph.MulScalar(short, l.Of), graph.MulScalar(short, l.Of-1))
	batch := each.Shape().Dim(0)
	return graph.ReduceMean(graph.Reshape(each, batch, each.Shape().Size()/batch), 1)
}

// CheckTargets is called before the first step.
func (l Quantile) CheckTargets(contract.Targets, []int) error {
	if l.Of <= 0 || l.Of >= 1 {
		return fmt.Errorf("expected a quantile between 0 and 1. Got %g", l.Of)
	}
	return nil
}

// Below is the part of examples whose target is below the prediction.
type Below struct{}

func (Below) Name() string { return "below" }

func (Below) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	batch := weights.Shape().Dim(0)
	below := graph.LessThan(graph.Reshape(targets, batch), graph.Reshape(predictions, batch))
	count := graph.Mul(graph.ConvertDType(below, weights.DType()), weights)
	return graph.Stack([]*graph.Node{graph.ReduceAllSum(count), graph.ReduceAllSum(weights)}, 0)
}

func (Below) Value(sums []float64) float64 { return sums[0] / sums[1] }

// SignDescent moves each weight by the learning rate, against the sign of its gradient.
type SignDescent struct {
	Schedule optimizers.Schedule `json:"schedule,omitzero"`
}

func (s SignDescent) String() string { return fmt.Sprintf("SignDescent(lr=%s)", s.Schedule) }

func (s SignDescent) GoMLX() (optimizer.Interface, error) {
	step := func(u *optimizers.Update) *graph.Node {
		return graph.Sub(u.Value, graph.Mul(graph.Sign(u.Gradient), u.Rate))
	}
	return optimizers.NewDescent("sign", 0.01, s.Schedule, optimizers.Clip{}, 1, step)
}

// InverseDecay is Start/(1+step/Steps), Keras's InverseTimeDecay with a decay rate of 1.
type InverseDecay struct {
	Start, Steps float64
}

func (d InverseDecay) String() string {
	return fmt.Sprintf("InverseDecay(%g, %g)", d.Start, d.Steps)
}

func (d InverseDecay) Initial() float64 { return d.Start }

func (d InverseDecay) Check() error {
	if d.Steps <= 0 {
		return fmt.Errorf("expected Steps above 0. Got %g", d.Steps)
	}
	return nil
}

func (d InverseDecay) Rate(step *graph.Node) *graph.Node {
	return graph.MulScalar(graph.Reciprocal(graph.OnePlus(graph.DivScalar(step, d.Steps))), d.Start)
}

// Example_ownParts has a loss, a metric, an optimiser and a schedule of its own, and goes on after
// saving and loading.
func Example_ownParts() {
	losses.Register("Quantile", func() contract.Loss { return Quantile{} })
	metrics.Register("Below", func() contract.Metric { return Below{} })
	optimizers.Register("SignDescent", func() contract.Optimizer { return SignDescent{} })
	optimizers.RegisterSchedule("InverseDecay",
		func() optimizers.LearningRateSchedule { return InverseDecay{} })

	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	rate := optimizers.Schedule{Formula: InverseDecay{Start: 0.5, Steps: 20}}
	m.Compile(SignDescent{Schedule: rate.WarmUp(5)}, Quantile{Of: 0.8}, Below{})

	// For each x there are targets from 0 to 9.
	var x, y []float32
	for i := range 100 {
		x, y = append(x, float32(i/10%2)), append(y, float32(i%10))
	}
	ctx, config := context.Background(), ml.FitConfig{BatchSize: 100, Epochs: 300, Quiet: true}
	if _, err := m.Fit(ctx, x, y, config); err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "own")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := m.Save(filepath.Join(dir, "m")); err != nil {
		fmt.Println(err)
		return
	}
	if m, err = ml.Load(filepath.Join(dir, "m")); err != nil {
		fmt.Println(err)
		return
	}
	h, err := m.Fit(ctx, x, y, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	below := h.Values("below")[h.Len()-1]
	fmt.Println(0.7 <= below && below <= 0.9, h.Epochs[0].LearningRate < 0.05)
	// Output: true true
}
