package ml_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
)

// TestLayerGradients compares all layers' gradients with finite differences, in training and without.
func TestLayerGradients(t *testing.T) {
	for _, c := range gradientCases() {
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

// lossCase is a loss with a batch of targets and predictions.
type lossCase struct {
	loss        contract.Loss
	targets     any
	predictions *tensors.Tensor
}

// lossGradientCases are losses of every kind.
func lossGradientCases() []lossCase {
	logits := tensors.FromValue([][]float64{{0.3, -1.2, 0.8}, {1.1, 0.4, -0.6}})
	probabilities := tensors.FromValue([][]float64{{0.2, 0.5, 0.3}, {0.6, 0.1, 0.3}})
	soft := [][]float64{{0.1, 0.7, 0.2}, {0.5, 0.25, 0.25}}
	bits := [][]float64{{0, 1, 1}, {1, 0, 1}}
	classes := []int32{2, 0}
	return []lossCase{
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
}

// TestLossGradients compares all losses' gradients with finite differences.
func TestLossGradients(t *testing.T) {
	for _, c := range lossGradientCases() {
		r, err := gradcheck.Loss(c.loss, c.targets, c.predictions, gradcheck.Config{})
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			t.Errorf("%s: %v", c.loss, err)
		}
	}
}
