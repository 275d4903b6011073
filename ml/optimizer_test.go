package ml_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func ExampleSGD() {
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.SGD{Schedule: optimizers.CosineDecay(0.1, 300).WarmUp(10), Momentum: 0.9, Nesterov: true}, losses.Huber{}, metrics.MeanAbsoluteError{})
	_, err := m.Fit(context.Background(), [][]float32{{-1}, {0}, {1}, {2}}, []float32{-1, 1, 3, 5}, ml.FitConfig{Epochs: 310, Quiet: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), [][]float32{{10}})
	fmt.Printf("%.1f\n", p.Row(0)[0])
	// Output: 21.0
}

func ExampleAdamW() {
	fmt.Println(optimizers.AdamW{WeightDecay: 0.01, Clip: optimizers.Clip{GlobalNorm: 1}})
	fmt.Println(optimizers.RMSprop{}, optimizers.Adagrad{}, optimizers.Lion{LearningRate: 3e-4}, optimizers.Adam{Schedule: optimizers.ExponentialDecay(0.01, 1000, 0.5)})
	// Output:
	// AdamW(lr=0.001)
	// RMSprop(lr=0.001) Adagrad(lr=0.001) Lion(lr=0.0003) Adam(lr=ExponentialDecay(0.01, 1000, 0.5))
}

// ExampleF1 has two kinds of metrics: of classes, and of one output per example.
func ExampleF1() {
	m := ml.Sequential(layers.Input(1), layers.Dense(1, layers.Sigmoid))
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.BinaryCrossentropy{}, metrics.BinaryAccuracy{}, metrics.Precision{}, metrics.Recall{}, metrics.F1{}, metrics.AUC{})
	x, y := [][]float32{{-2}, {-1}, {1}, {2}}, []int{0, 0, 1, 1}
	if _, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 100, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	scores, _ := m.Evaluate(context.Background(), x, y)
	fmt.Printf("F1 %.2f, AUC %.2f\n", scores.Metric("f1"), scores.Metric("auc"))
	// Output: F1 1.00, AUC 1.00
}

func TestOptimizerMistakes(t *testing.T) {
	for _, c := range []struct {
		o    contract.Optimizer
		want string
	}{
		{optimizers.Adam{Beta1: 1}, "betas from 0 to below 1"},
		{optimizers.AdamW{WeightDecay: -1}, "weight decay above 0"},
		{optimizers.SGD{LearningRate: -1}, "learning rate above 0"},
		{optimizers.SGD{Nesterov: true}, "expected a momentum with Nesterov"},
		{optimizers.SGD{Momentum: 2}, "momentum from 0 to 1"},
		{optimizers.RMSprop{Rho: 1.5}, "rho from 0 to below 1"},
		{optimizers.Adagrad{Accumulator: -1}, "accumulator"},
		{optimizers.Lion{Beta2: 1}, "betas"},
		{optimizers.SGD{Clip: optimizers.Clip{Norm: 1, Value: 1}}, "at most one of Clip's"},
		{optimizers.SGD{Clip: optimizers.Clip{Norm: -1}}, "bounds above 0"},
		{optimizers.SGD{Schedule: optimizers.CosineDecay(1, 0)}, "positive number of steps"},
		{optimizers.SGD{Schedule: optimizers.StepDecay([]int{1}, []float64{1})}, "one value more than boundaries"},
		{optimizers.SGD{Schedule: optimizers.StepDecay([]int{2, 1}, []float64{1, 2, 3})}, "boundaries that rise"},
		{optimizers.SGD{Schedule: optimizers.ConstantRate(1).WarmUp(-1)}, "warm-up of 0 or more"},
		{optimizers.SGD{Schedule: optimizers.Schedule{Warm: 3}}, "expected a schedule to warm up for"},
	} {
		err := ml.Sequential(layers.Input(1), layers.Dense(1)).Compile(c.o, losses.MeanSquaredError{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v. Expected an error with %q", c.o, err, c.want)
		}
	}
}

func TestLossMistakes(t *testing.T) {
	x := [][]float32{{1}, {2}}
	for _, c := range []struct {
		loss contract.Loss
		y    any
		want string
	}{
		{losses.CategoricalCrossentropy{}, []int{0, 1}, "for class numbers use losses.SparseCategoricalCrossentropy"},
		{losses.CategoricalCrossentropy{LabelSmoothing: 2}, [][]float32{{0, 1}, {1, 0}}, "label smoothing from 0 to 1"},
		{losses.BinaryCrossentropy{}, [][]int{{0, 1}, {1, 2}}, "targets from 0 to 1. Got 2 for example 1"},
		{losses.BinaryCrossentropy{LabelSmoothing: -1}, [][]int{{0, 1}, {1, 1}}, "label smoothing"},
		{losses.Huber{Delta: -1}, [][]float32{{0, 1}, {1, 0}}, "delta above 0"},
		{losses.MeanAbsoluteError{}, []float32{0, 1}, "expected targets of shape [batch, 2]"},
	} {
		m := ml.Sequential(layers.Input(1), layers.Dense(2, layers.Softmax))
		if err := m.Compile(optimizers.SGD{}, c.loss); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Evaluate(t.Context(), x, c.y); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v. Expected an error with %q", c.loss, err, c.want)
		}
	}
}

// TestPartsAreSaved trains half of the steps, saves, loads, trains the rest, and compares with all of the steps at once: that needs the settings
// of the optimiser and its variables, the step count of the schedule among them.
func TestPartsAreSaved(t *testing.T) {
	x, y := [][]float32{{-1, 1}, {0.5, 2}, {1, -1}}, []float32{1, 0, 1}
	judges := []contract.Metric{metrics.BinaryAccuracy{Threshold: 0.4}, metrics.Precision{Average: metrics.Micro}, metrics.MeanAbsoluteError{}}
	for _, o := range []contract.Optimizer{
		optimizers.SGD{Momentum: 0.9, Schedule: optimizers.StepDecay([]int{3, 6}, []float64{0.3, 0.2, 0.1}).WarmUp(2)},
		optimizers.Adam{Clip: optimizers.Clip{Norm: 0.1}}, optimizers.AdamW{LearningRate: 0.1}, optimizers.RMSprop{Momentum: 0.5, Centered: true}, optimizers.Adagrad{}, optimizers.Lion{},
	} {
		fit := func(m *ml.Model) {
			t.Helper()
			if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{Epochs: 4, InOrder: true, Quiet: true}); err != nil {
				t.Fatal(err)
			}
		}
		fresh := func() *ml.Model {
			m := ml.Sequential(layers.Input(2), layers.Dense(3, layers.Tanh), layers.Dense(1, layers.Sigmoid))
			m.UseBackend(backends[0])
			if err := m.Compile(o, losses.BinaryCrossentropy{LabelSmoothing: 0.1}, judges...); err != nil {
				t.Fatal(err)
			}
			fit(m)
			return m
		}
		straight := fresh()
		fit(straight)
		loaded := reload(t, backends[0], fresh(), x)
		fit(loaded)
		want, err := straight.Evaluate(t.Context(), x, y)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loaded.Evaluate(t.Context(), x, y)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s after saving and loading. Expected %s", o, got, want)
		}
	}
}
