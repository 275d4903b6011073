package ml_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// judged prints what a model that returns its input has for a loss and metrics.
func judged(x, y any, size int, loss contract.Loss, judges ...contract.Metric) {
	m := ml.Sequential(layers.Input(size), layers.Lambda("same", func(x *graph.Node) *graph.Node { return x }))
	m.Compile(optimizers.SGD{}, loss, judges...)
	s, err := m.EvaluateExamples(context.Background(), ml.Pair(x, y))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
}

func ExampleCategoricalCrossentropy() {
	probabilities, hot := [][]float32{{0.8, 0.2}, {0.4, 0.6}}, [][]int{{1, 0}, {1, 0}}
	judged(probabilities, hot, 2, losses.CategoricalCrossentropy{}, metrics.CategoricalAccuracy{})
	judged(probabilities, hot, 2, losses.CategoricalCrossentropy{LabelSmoothing: 0.1})
	judged(probabilities, [][]float32{{0.5, 0.5}, {0.4, 0.6}}, 2, losses.KLDivergence{})
	// Output:
	// loss: 0.5697 - categorical_accuracy: 0.5000
	// loss: 0.5942
	// loss: 0.1116
}

func ExampleHinge() {
	judged([]float32{0.5, -2}, []int{1, -1}, 1, losses.Hinge{})
	// Output: loss: 0.2500
}

func ExampleR2() {
	judged([]float32{1, 2, 4}, []float32{1, 2, 3}, 1, losses.MeanSquaredError{}, metrics.R2{}, metrics.RootMeanSquaredError{}, metrics.MeanAbsoluteError{})
	// Output: loss: 0.3333 - r2_score: 0.5000 - root_mean_squared_error: 0.5774 - mean_absolute_error: 0.3333
}

func ExampleSchedule() {
	fmt.Println(optimizers.SGD{Schedule: optimizers.StepDecay([]int{1000, 2000}, []float64{0.1, 0.01, 0.001})})
	fmt.Println(optimizers.Adam{Schedule: optimizers.ConstantRate(0.001).WarmUp(500)})
	// Output:
	// SGD(lr=StepDecay([1000 2000], [0.1 0.01 0.001]))
	// Adam(lr=ConstantRate(0.001).WarmUp(500))
}

// ExampleUseOptimizer trains with one of GoMLX's own optimisers.
func ExampleUseOptimizer() {
	m := ml.Sequential(layers.Input(1), layers.Dense(1, layers.NoBias, regularizers.L1(1e-6), initializers.Uniform(0.1)))
	m.Compile(optimizers.UseOptimizer("GoMLX's Adam", optimizer.Adam().LearningRate(0.1).Done()), losses.MeanSquaredError{})
	if _, err := m.Fit(context.Background(), []float32{1, 2}, []float32{3, 6}, ml.FitConfig{Epochs: 300, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), []float32{10})
	fmt.Printf("%.0f\n", p.Values[0])
	// Output: 30
}

// gate is a layer of two values as a type of its own: it lets through of the first what the second says.
type gate struct{}

func (*gate) Kind() string   { return "Gate" }
func (*gate) String() string { return "gate" }
func (*gate) OutputShape([]int) ([]int, error) {
	return nil, fmt.Errorf("expected two values. Got one")
}
func (*gate) JointShape(in [][]int) ([]int, error)            { return in[0], nil }
func (*gate) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }
func (*gate) Join(_ *model.Scope, x []*graph.Node) (result *graph.Node) {
	return graph.Mul(x[0], graph.Sigmoid(x[1]))
}

func ExampleJointLayer() {
	value, switches := ml.In("value", 2), ml.In("switches", 2)
	m := ml.Functional(ml.Tensors{value, switches}, ml.Tensors{contract.On(&gate{}, value, switches)})
	p, err := m.Predict(context.Background(), ml.Arrays{"value": [][]float32{{3, 4}}, "switches": [][]float32{{99, -99}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", p.Row(0))
	// Output: [3 0]
}
