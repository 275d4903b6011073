package ml_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// TestBatchSizeDoesNotShowInResults evaluates and predicts in batches of several sizes, of which some leave
// a part over.
func TestBatchSizeDoesNotShowInResults(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		fit(t, m, train, ml.FitConfig{BatchSize: 40, Validation: test})
		want, err := m.Evaluate(t.Context(), test.X, test.Y)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := m.Predict(t.Context(), test.X)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []ml.BatchSize{1 << 20, 100, 7} {
			got, err := m.Evaluate(t.Context(), test.X, test.Y, size)
			if err != nil || math.Abs(got.Loss-want.Loss) > 1e-5 || got.Accuracy() != want.Accuracy() {
				t.Errorf("in batches of %d: %v, %v. Expected %v", size, got, err, want)
			}
			p, err := m.Predict(t.Context(), test.X, size)
			if err != nil || !slices.Equal(p.Classes(), whole.Classes()) || !slices.Equal(p.Shape, whole.Shape) {
				t.Errorf("predicted in batches of %d: %v, %v", size, p.Shape, err)
			}
		}
		if _, err := m.Predict(t.Context(), test.X, ml.BatchSize(0)); err == nil || !strings.Contains(err.Error(), "expected ml.BatchSize of 1 or more. Got 0") {
			t.Errorf("a batch of none: %v", err)
		}
		if _, err := m.Evaluate(t.Context(), test.X, test.Y, ml.BatchSize(-1)); err == nil {
			t.Error("a negative batch is taken")
		}
	})
}

// TestClassWeightsNeedAClassForEachExample has a class for each step, as a number and one-hot.
func TestClassWeightsNeedAClassForEachExample(t *testing.T) {
	x := [][]float32{{1, 2, 3, 4}, {4, 3, 2, 1}}
	config := ml.FitConfig{Quiet: true, ClassWeights: map[int]float64{0: 100}}
	m := ml.Sequential(layers.Input(4), layers.Reshape(4, 1), layers.Dense(3))
	m.UseBackend(backends[0])
	if err := m.Compile(optimizers.SGD{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{}); err != nil {
		t.Fatal(err)
	}
	for _, y := range []any{[][]int{{1, 0, 1, 0}, {1, 0, 1, 0}}, [][]int{{1, 0, 0, 0}, {0, 0, 0, 0}}} {
		if _, err := m.Fit(t.Context(), x, y, config); err == nil || !strings.Contains(err.Error(), "a class for each step or place; give SampleWeights instead") {
			t.Errorf("class numbers: %v", err)
		}
	}
	if err := m.Compile(optimizers.SGD{}, losses.CategoricalCrossentropy{FromLogits: true}); err != nil {
		t.Fatal(err)
	}
	y := [][4][3]float32{{{0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}}, {{0, 1, 0}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}}}
	if _, err := m.Fit(t.Context(), x, y, config); err == nil || !strings.Contains(err.Error(), "expected class weights for an output with one class") {
		t.Errorf("one-hot: %v", err)
	}
}
