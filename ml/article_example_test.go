package ml_test

import (
	"context"
	"fmt"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// Example_article is the model of notebooks/01-article-workflow.ipynb, on small digits that are
// enlarged to the size of MNIST's.
func Example_article() {
	digits, err := data.Digits()
	if err != nil {
		fmt.Println(err)
		return
	}
	large := make([]float32, 0, digits.Len()*28*28)
	for i := range digits.Len() {
		for place := range 28 * 28 {
			row, column := place/28*8/28, place%28*8/28
			large = append(large, digits.X.Values[i*64+row*8+column]/digits.White)
		}
	}
	digits.X = data.Array{Values: large, Shape: []int{digits.Len(), 28 * 28}}
	train, test, _ := digits.Split(0.25, data.SplitConfig{Seed: 1, Stratified: true})
	train, val, _ := train.Split(0.1, data.SplitConfig{Seed: 1, Stratified: true})
	ctx := context.Background()

	m := ml.Sequential(layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10))
	loss := losses.SparseCategoricalCrossentropy{FromLogits: true}
	m.Compile(optimizers.Adam{}, loss, metrics.Accuracy{})
	config := ml.FitConfig{BatchSize: 32, Epochs: 10, Validation: val, Quiet: true}
	history, err := m.Fit(ctx, train.X, train.Y, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := m.Evaluate(ctx, test.X, test.Y)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := m.Predict(ctx, test.X)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(history.Len(), "epochs,", len(history.Values("val_accuracy")), "of them validated")
	fmt.Println("more than 90% right:", scores.Accuracy() > 0.9)
	fmt.Println(len(p.Row(0)), "outputs for each example")
	// Output:
	// 10 epochs, 10 of them validated
	// more than 90% right: true
	// 10 outputs for each example
}
