package ml_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func Example() {
	digits, err := data.Digits()
	if err != nil {
		fmt.Println(err)
		return
	}
	scaler, _ := data.FitRange(digits.X)
	digits, _ = scaler.Apply(digits)
	train, test, _ := digits.Split(0.25, data.SplitConfig{Seed: 1, Stratified: true})

	ctx := context.Background()
	m := ml.Sequential(layers.Input(64), layers.Dense(64, layers.ReLU), layers.Dense(10))
	m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{})
	history, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{BatchSize: 32, Epochs: 20, Quiet: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := m.Evaluate(ctx, test.X, test.Y)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	fmt.Println(history.Len(), "epochs; more than 95% right:", scores.Accuracy() > 0.95)
	// Output:
	// Sequential(Input(64), Dense(64, relu), Dense(10))
	// 20 epochs; more than 95% right: true
}

// line returns a model that has learned y = 2x + 1 from four points.
func line() *ml.Model {
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{})
	_, err := m.Fit(context.Background(), [][]float32{{-1}, {0}, {1}, {2}}, []float32{-1, 1, 3, 5}, ml.FitConfig{Epochs: 500, Quiet: true})
	if err != nil {
		fmt.Println(err)
	}
	return m
}

func ExampleModel_Predict() {
	p, err := line().Predict(context.Background(), [][]float32{{10}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f\n", p.Row(0)[0])
	// Output: 21.0
}

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := line().Save(filepath.Join(dir, "line")); err != nil {
		fmt.Println(err)
		return
	}
	m, err := ml.Load(filepath.Join(dir, "line"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	// Output: Sequential(Input(1), Dense(1))
}

// patience stops a Fit when the loss is low enough.
type patience struct {
	ml.NoCallback
	enough float64
}

func (p patience) EpochEnd(r *ml.Run) error {
	if r.Scores.Loss < p.enough {
		r.Stop("the loss is low enough")
	}
	return nil
}

func ExampleCallback() {
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{})
	history, err := m.Fit(context.Background(), [][]float32{{-1}, {0}, {1}}, []float32{-1, 1, 3}, ml.FitConfig{
		Epochs: 1000, Quiet: true, Callbacks: []ml.Callback{patience{enough: 0.01}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(history.Stopped, history.Len() < 1000)
	// Output: the loss is low enough true
}

func ExampleLossFunc() {
	distance := losses.LossFunc("distance", func(y, p *graph.Node) *graph.Node {
		return graph.Reshape(graph.Abs(graph.Sub(graph.Reshape(y, p.Shape().Dimensions...), p)), p.Shape().Dim(0))
	})
	m := line()
	m.Compile(optimizers.Adam{}, distance)
	scores, err := m.Evaluate(context.Background(), [][]float32{{0}, {1}}, []float32{3, 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f\n", scores.Loss)
	// Output: 3.0
}

func ExampleModel_Store() {
	m := line()
	kernel := m.Store().GetVariable("/model/dense/kernel")
	fmt.Printf("%.1f\n", tensors.MustCopyFlatData[float32](kernel.MustValue())[0])
	// Output: 2.0
}
