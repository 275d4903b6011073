package ml_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/gradcheck"
)

// gradientCase is a layer with the shapes of batches of its inputs.
type gradientCase struct {
	layer  ml.Layer
	shapes [][]int
}

// gradientCases are layers of every kind. Those without a gradient to check are in noGradient.
var gradientCases = []gradientCase{
	{ml.Dense(3, ml.Tanh), [][]int{{4, 5}}},
	{ml.Dense(2, ml.Sigmoid, ml.NoBias), [][]int{{2, 3, 4}}},
	{ml.Flatten(), [][]int{{2, 3, 4}}},
	{ml.Reshape(4, 3), [][]int{{2, 3, 4}}},
	{ml.Dropout(0.4), [][]int{{3, 8}}},
	{ml.Conv1D(3, 2, ml.GELU, ml.Same), [][]int{{2, 6, 2}}},
	{ml.Conv2D(3, 3, ml.Tanh), [][]int{{2, 6, 5, 2}}},
	{ml.Conv2D(2, 3, ml.Strides(2), ml.Same), [][]int{{1, 7, 6, 3}}},
	{ml.MaxPooling2D(2), [][]int{{2, 4, 6, 2}}},
	{ml.MaxPooling2D(3, ml.Strides(2), ml.Same), [][]int{{1, 7, 7, 2}}},
	{ml.AveragePooling2D(2, ml.Same), [][]int{{2, 5, 5, 2}}},
	{ml.GlobalMaxPooling(), [][]int{{2, 4, 3, 2}}},
	{ml.GlobalAveragePooling(), [][]int{{2, 4, 3, 2}}},
	{ml.BatchNormalization(), [][]int{{6, 4}}},
	{ml.BatchNormalization(), [][]int{{3, 4, 4, 2}}},
	{ml.LayerNormalization(), [][]int{{3, 5}}},
	{ml.LSTM(3), [][]int{{2, 4, 3}}},
	{ml.LSTM(2, ml.Sequences), [][]int{{2, 3, 2}}},
	{ml.GRU(3), [][]int{{2, 4, 3}}},
	{ml.GRU(2, ml.Sequences), [][]int{{2, 3, 2}}},
	{ml.Add(), [][]int{{2, 3}, {2, 3}, {2, 3}}},
	{ml.Subtract(), [][]int{{2, 3}, {2, 3}}},
	{ml.Multiply(), [][]int{{2, 3}, {2, 3}}},
	{ml.Mean(), [][]int{{2, 3}, {2, 3}}},
	{ml.Maximum(), [][]int{{2, 3}, {2, 3}}},
	{ml.Minimum(), [][]int{{2, 3}, {2, 3}}},
	{ml.Concatenate(), [][]int{{2, 3}, {2, 4}}},
}

// noGradient are kinds of layers that are checked elsewhere or have none, and why.
var noGradient = map[string]string{
	"Input":     "passes its input on",
	"Embedding": "takes numbers of words: TestEmbeddingGradient",
}

// TestLayerGradients compares all layers' gradients with finite differences, in training and without.
func TestLayerGradients(t *testing.T) {
	for _, a := range []ml.Activation{ml.ReLU, ml.Tanh, ml.Sigmoid, ml.GELU, ml.SiLU, ml.SELU, ml.ELU, ml.LeakyReLU, ml.Softplus, ml.Softmax} {
		gradientCases = append(gradientCases, gradientCase{ml.Activate(a), [][]int{{3, 4}}})
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
	for _, kind := range ml.BuiltinKinds() {
		if !seen[kind] && noGradient[kind] == "" {
			t.Errorf("expected a case for layers of kind %s in gradientCases. Got none", kind)
		}
	}
}

// TestEmbeddingGradient checks the table's gradient: words that occur several times add up.
func TestEmbeddingGradient(t *testing.T) {
	words := gradcheck.Config{Samples: -1, Input: func(_ *rand.Rand, _, i int) float64 { return float64(i * i % 5) }}
	r, err := gradcheck.Layer(ml.Embedding(5, 3), words, []int{2, 4})
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
		loss        ml.Loss
		targets     any
		predictions *tensors.Tensor
	}{
		{ml.SparseCategoricalCrossentropy{FromLogits: true}, classes, logits},
		{ml.SparseCategoricalCrossentropy{}, classes, probabilities},
		{ml.CategoricalCrossentropy{FromLogits: true, LabelSmoothing: 0.1}, soft, logits},
		{ml.CategoricalCrossentropy{}, soft, probabilities},
		{ml.BinaryCrossentropy{FromLogits: true}, bits, logits},
		{ml.BinaryCrossentropy{LabelSmoothing: 0.2}, bits, probabilities},
		{ml.MeanSquaredError{}, soft, logits},
		{ml.MeanAbsoluteError{}, soft, logits},
		{ml.Huber{}, [][]float64{{3, -1, 0.5}, {1, -2, 0}}, logits},
		{ml.KLDivergence{}, soft, probabilities},
		{ml.Hinge{}, bits, logits},
		{ml.Contrastive{Margin: 0.7}, bits, probabilities},
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
	for _, name := range ml.BuiltinLosses() {
		if !slices.Contains(seen, name) {
			t.Errorf("expected a case for the loss %s. Got none", name)
		}
	}
}
