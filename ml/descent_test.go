package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// TestGradient compares the step that the optimiser is given with finite differences of the loss.
func TestGradient(t *testing.T) {
	x := [][]float32{{0.5, -1, 2}, {1, 0.25, -0.5}, {-2, 1, 0.75}, {0.1, 0.2, -0.3}}
	cases := []struct {
		name string
		loss contract.Loss
		last layers.Activation
		y    any
	}{
		{"from logits", losses.SparseCategoricalCrossentropy{FromLogits: true}, layers.Linear, []int{0, 2, 1, 1}},
		{"from probabilities", losses.SparseCategoricalCrossentropy{}, layers.Softmax, []int{0, 2, 1, 1}},
		{"squares", losses.MeanSquaredError{}, layers.Linear, [][]float32{{1, 0, 0.5}, {0, -1, 2}, {0.5, 0.5, 0.5}, {1, 2, 3}}},
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, l := range cases {
			for _, a := range []layers.Activation{layers.Tanh, layers.Sigmoid, layers.GELU, layers.SiLU, layers.SELU, layers.ELU, layers.LeakyReLU, layers.Softplus} {
				m := ml.Sequential(layers.Input(3), layers.Dense(4, a), layers.Dense(3, l.last))
				m.UseBackend(b)
				if err := m.Compile(optimizers.Adam{}, l.loss); err != nil {
					t.Fatal(err)
				}
				if err := m.Build(1); err != nil {
					t.Fatal(err)
				}
				checkGradient(t, l.name+"/"+string(a), b, m, l.loss, x, l.y)
			}
		}
	})
}

func checkGradient(t *testing.T, name string, b *backend.Backend, m *ml.Model, loss contract.Loss, x [][]float32, y any) {
	t.Helper()
	kernel := m.Store().GetVariable("/model/dense/kernel")
	exec, err := model.NewExec(b.GoMLX(), m.Store(), func(_ *model.Scope, x, y *graph.Node) *graph.Node {
		return graph.Gradient(graph.ReduceAllMean(loss.PerExample(y, m.Forward(x))), kernel.NodeValue(x))[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call1(x, y)
	if err != nil {
		t.Fatal(err)
	}
	gradient := tensors.MustCopyFlatData[float32](out)
	weights := tensors.MustCopyFlatData[float32](kernel.MustValue())
	at := func(i int, h float32) float64 {
		moved := slices.Clone(weights)
		moved[i] += h
		set(t, kernel, tensors.FromFlatDataAndDimensions(moved, 3, 4))
		s, err := m.Evaluate(t.Context(), x, y)
		if err != nil {
			t.Fatal(err)
		}
		return s.Loss
	}
	const h = 1e-2
	for _, i := range []int{0, 5, 11} {
		want := (at(i, h) - at(i, -h)) / (2 * h)
		if math.Abs(float64(gradient[i])-want) > 1e-3*max(1, math.Abs(want)) {
			t.Errorf("%s: gradient %g at weight %d. Finite differences: %g", name, gradient[i], i, want)
		}
	}
	set(t, kernel, tensors.FromFlatDataAndDimensions(weights, 3, 4))
}

// TestAdamStep compares the first step with the one that the formula gives: against the gradient's sign, by the learning rate.
func TestAdamStep(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(1), layers.Dense(1))
		m.UseBackend(b)
		if err := m.Compile(optimizers.Adam{LearningRate: 0.25}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		if err := m.Build(0); err != nil {
			t.Fatal(err)
		}
		kernel := m.Store().GetVariable("/model/dense/kernel")
		set(t, kernel, tensors.FromFlatDataAndDimensions([]float32{1}, 1, 1))
		if _, err := m.Fit(t.Context(), [][]float32{{2}}, []float32{10}, ml.FitConfig{Quiet: true}); err != nil {
			t.Fatal(err)
		}
		if got := tensors.MustCopyFlatData[float32](kernel.MustValue())[0]; math.Abs(float64(got)-1.25) > 1e-5 {
			t.Errorf("weight 1 became %g. Expected 1.25", got)
		}
	})
}
