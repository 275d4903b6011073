package ml_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
)

// gradientCase is a layer with the shapes of batches of its inputs.
type gradientCase struct {
	layer  contract.Layer
	shapes [][]int
}

// gradientCases are layers of every kind. Those without a gradient to check are in noGradient.
var gradientCases = []gradientCase{
	{layers.Dense(3, layers.Tanh), [][]int{{4, 5}}},
	{layers.Dense(2, layers.Sigmoid, layers.NoBias), [][]int{{2, 3, 4}}},
	{layers.Flatten(), [][]int{{2, 3, 4}}},
	{layers.Reshape(4, 3), [][]int{{2, 3, 4}}},
	{layers.Dropout(0.4), [][]int{{3, 8}}},
	{layers.Conv1D(3, 2, layers.GELU, layers.Same), [][]int{{2, 6, 2}}},
	{layers.Conv2D(3, 3, layers.Tanh), [][]int{{2, 6, 5, 2}}},
	{layers.Conv2D(2, 3, layers.Strides(2), layers.Same), [][]int{{1, 7, 6, 3}}},
	{layers.MaxPooling2D(2), [][]int{{2, 4, 6, 2}}},
	{layers.MaxPooling2D(3, layers.Strides(2), layers.Same), [][]int{{1, 7, 7, 2}}},
	{layers.AveragePooling2D(2, layers.Same), [][]int{{2, 5, 5, 2}}},
	{layers.GlobalMaxPooling(), [][]int{{2, 4, 3, 2}}},
	{layers.GlobalAveragePooling(), [][]int{{2, 4, 3, 2}}},
	{layers.BatchNormalization(), [][]int{{6, 4}}},
	{layers.BatchNormalization(), [][]int{{3, 4, 4, 2}}},
	{layers.LayerNormalization(), [][]int{{3, 5}}},
	{layers.LSTM(3), [][]int{{2, 4, 3}}},
	{layers.LSTM(2, layers.Sequences), [][]int{{2, 3, 2}}},
	{layers.GRU(3), [][]int{{2, 4, 3}}},
	{layers.GRU(2, layers.Sequences), [][]int{{2, 3, 2}}},
	{layers.Add(), [][]int{{2, 3}, {2, 3}, {2, 3}}},
	{layers.Subtract(), [][]int{{2, 3}, {2, 3}}},
	{layers.Multiply(), [][]int{{2, 3}, {2, 3}}},
	{layers.Mean(), [][]int{{2, 3}, {2, 3}}},
	{layers.Maximum(), [][]int{{2, 3}, {2, 3}}},
	{layers.Minimum(), [][]int{{2, 3}, {2, 3}}},
	{layers.Concatenate(), [][]int{{2, 3}, {2, 4}}},
}

// noGradient are kinds of layers that are checked elsewhere or have none, and why.
var noGradient = map[string]string{
	"Input":     "passes its input on",
	"Embedding": "takes numbers of words: TestEmbeddingGradient",
}

// TestLayerGradients compares all layers' gradients with finite differences, in training and without.
func TestLayerGradients(t *testing.T) {
	for _, a := range []layers.Activation{layers.ReLU, layers.Tanh, layers.Sigmoid, layers.GELU, layers.SiLU, layers.SELU, layers.ELU, layers.LeakyReLU, layers.Softplus, layers.Softmax} {
		gradientCases = append(gradientCases, gradientCase{layers.Activate(a), [][]int{{3, 4}}})
	}
	seen := map[string]bool{}
	for _, c := range gradientCases {
		seen[c.layer.Kind()] = true
		for _, training := range []bool{false, true} {
			r, err := gradcheck.Layer(c.layer, gradcheck.Config{Training: training, Seed: 2}, c.shapes...)
			if err == nil {
				err = r.Err()
			}
			if err != nil {
				t.Errorf("%s on %v, training %t: %v", c.layer, c.shapes, training, err)
			}
		}
	}
	for _, kind := range slices.DeleteFunc(layers.Kinds(), func(k string) bool { return k == "Sequential" || k == "Functional" }) {
		if !seen[kind] && noGradient[kind] == "" {
			t.Errorf("expected a case for layers of kind %s in gradientCases. Got none", kind)
		}
	}
}

// TestEmbeddingGradient checks the table's gradient: words that occur several times add up.
func TestEmbeddingGradient(t *testing.T) {
	words := gradcheck.Config{Samples: -1, Input: func(_ *rand.Rand, _, i int) float64 { return float64(i * i % 5) }}
	r, err := gradcheck.Layer(layers.Embedding(5, 3), words, []int{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, e := range r.Elements {
		if strings.HasPrefix(e.Of, "input") {
			continue // a word has no neighbours to move to
		}
		checked++
		if e.Error() > r.Tolerance {
			t.Errorf("%+v", e)
		}
	}
	if checked != 15 {
		t.Errorf("%d elements of the table were checked. Expected 15", checked)
	}
}

// TestLossGradients compares all losses' gradients with finite differences.
func TestLossGradients(t *testing.T) {
	logits := tensors.FromValue([][]float64{{0.3, -1.2, 0.8}, {1.1, 0.4, -0.6}})
	probabilities := tensors.FromValue([][]float64{{0.2, 0.5, 0.3}, {0.6, 0.1, 0.3}})
	soft := [][]float64{{0.1, 0.7, 0.2}, {0.5, 0.25, 0.25}}
	bits := [][]float64{{0, 1, 1}, {1, 0, 1}}
	classes := []int32{2, 0}
	cases := []struct {
		loss        contract.Loss
		targets     any
		predictions *tensors.Tensor
	}{
		{losses.SparseCategoricalCrossentropy{FromLogits: true}, classes, logits},
		{losses.SparseCategoricalCrossentropy{}, classes, probabilities},
		{losses.CategoricalCrossentropy{FromLogits: true, LabelSmoothing: 0.1}, soft, logits},
		{losses.CategoricalCrossentropy{}, soft, probabilities},
		{losses.BinaryCrossentropy{FromLogits: true}, bits, logits},
		{losses.BinaryCrossentropy{LabelSmoothing: 0.2}, bits, probabilities},
		{losses.MeanSquaredError{}, soft, logits},
		{losses.MeanAbsoluteError{}, soft, logits},
		{losses.Huber{}, [][]float64{{3, -1, 0.5}, {1, -2, 0}}, logits},
		{losses.KLDivergence{}, soft, probabilities},
		{losses.Hinge{}, bits, logits},
		{losses.Contrastive{Margin: 0.7}, bits, probabilities},
	}
	var seen []string
	for _, c := range cases {
		seen = append(seen, reflect.TypeOf(c.loss).Name())
		r, err := gradcheck.Loss(c.loss, c.targets, c.predictions, gradcheck.Config{})
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			t.Errorf("%s: %v", c.loss, err)
		}
	}
	for _, name := range losses.Kinds() {
		if !slices.Contains(seen, name) {
			t.Errorf("expected a case for the loss %s. Got none", name)
		}
	}
}
