package ml_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// TestRecurrentLayersTrain trains recurrent layers at all sorts of places, and some with a cut at which the model is saved and loaded.
func TestRecurrentLayersTrain(t *testing.T) {
	const rows, epochs = 48, 6
	waves := make([][6][2]float32, rows)
	y := make([]float32, rows)
	for i := range waves {
		for k := range waves[i] {
			waves[i][k] = [2]float32{float32(math.Sin(float64(3*i + k))), float32(math.Cos(float64(i * k)))}
			y[i] += waves[i][k][0] * float32(k) / 5
		}
	}
	pairs := make([][2][3][2]float32, rows)
	for i, w := range waves {
		pairs[i] = [2][3][2]float32{{w[0], w[1], w[2]}, {w[3], w[4], w[5]}}
	}
	for _, test := range []struct {
		name   string
		x      any
		layers func() []contract.Layer
		policy ml.Policy
		freeze []string
		cut    bool
	}{
		{"with dropout", waves, func() []contract.Layer {
			return []contract.Layer{layers.Input(6, 2), layers.LSTM(6, layers.Sequences, layers.InputDropout(0.1), layers.RecurrentDropout(0.1)), layers.GRU(4, layers.RecurrentDropout(0.1)), layers.Dense(1)}
		}, ml.Float32, nil, true},
		{"bfloat16", waves, func() []contract.Layer {
			return []contract.Layer{layers.Input(6, 2), layers.LSTM(6), layers.Dense(1)}
		}, ml.MixedBFloat16, nil, true},
		{"in a model", waves, func() []contract.Layer {
			return []contract.Layer{layers.Input(6, 2), ml.Sequential(layers.LSTM(6), layers.Dense(4, layers.Tanh)), layers.Dense(1)}
		}, ml.Float32, nil, false},
		{"at each step", pairs, func() []contract.Layer {
			return []contract.Layer{layers.Input(2, 3, 2), layers.TimeDistributed(layers.LSTM(4)), layers.TimeDistributed(ml.Sequential(layers.Reshape(4, 1), layers.GRU(3))), layers.Flatten(), layers.Dense(1)}
		}, ml.Float32, nil, false},
		{"frozen", waves, func() []contract.Layer {
			return []contract.Layer{layers.Input(6, 2), layers.LSTM(16, layers.Sequences, layers.Named("fixed")), layers.GRU(4), layers.Dense(1)}
		}, ml.Float32, []string{"fixed"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, b *backend.Backend) {
				untrained := func() *ml.Model {
					m := ml.Sequential(test.layers()...)
					m.UseBackend(b)
					if err := errors.Join(m.UsePolicy(test.policy), m.Compile(optimizers.Adam{LearningRate: 0.03}, losses.MeanSquaredError{}), m.Build(3)); err != nil {
						t.Fatal(err)
					}
					if len(test.freeze) > 0 {
						if err := m.Freeze(test.freeze...); err != nil {
							t.Fatal(err)
						}
					}
					return m
				}
				train := func(m *ml.Model, epochs int, resume bool) *ml.History {
					t.Helper()
					h, err := m.Fit(t.Context(), test.x, y, ml.FitConfig{Epochs: epochs, BatchSize: 8, Seed: 2, Quiet: true, Resume: resume})
					if err != nil {
						t.Fatal(err)
					}
					return h
				}
				whole := untrained()
				before := weights(whole)
				h := train(whole, epochs, false)
				if l := h.Values("loss"); !(l[epochs-1] < 0.7*l[0]) { // NaN is not less
					t.Errorf("losses %v. Expected them to fall", l)
				}
				for path, w := range weights(whole) {
					if frozen := strings.Contains(path, "/fixed/"); slices.Equal(w, before[path]) != frozen {
						t.Errorf("%s: changed %t", path, frozen)
					}
				}
				if !test.cut {
					return
				}
				cut := untrained()
				train(cut, 2, false)
				dir := t.TempDir() + "/m"
				if err := cut.Save(dir); err != nil {
					t.Fatal(err)
				}
				loaded, err := ml.Load(dir)
				if err != nil {
					t.Fatal(err)
				}
				loaded.UseBackend(b)
				if again := train(loaded, epochs, true); !slices.EqualFunc(figures(again), figures(h), func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
					t.Errorf("resumed:\n%v\nnever cut:\n%v", again, h)
				}
				want := weights(whole)
				for path, w := range weights(loaded) {
					if !slices.Equal(w, want[path]) {
						t.Errorf("%s differs between the training that was cut and the other", path)
					}
				}
			})
		})
	}
}

// weights are the values of a model's variables.
func weights(m *ml.Model) map[string][]float32 {
	all := map[string][]float32{}
	for v := range m.Scope().IterVariables() {
		all[v.Path()] = tensors.MustCopyFlatData[float32](v.MustValue())
	}
	return all
}

// root is √|x|, whose gradient is not finite where x is 0.
type root struct{}

func (root) Kind() string                        { return "Root" }
func (root) String() string                      { return "Root" }
func (root) OutputShape(in []int) ([]int, error) { return in, nil }
func (root) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Sqrt(graph.Abs(x))
}

// TestTerminateOnNaNNamesRecurrentLayers has sequences of zeros, for which the output is zero and the next layer's gradient not finite.
func TestTerminateOnNaNNamesRecurrentLayers(t *testing.T) {
	x, y := make([][3][2]float32, 20), make([]float32, 20)
	for i := range x {
		x[i] = [3][2]float32{{1, float32(i)}, {0.5, 1}, {float32(i) / 20, 1}}
	}
	x[3] = [3][2]float32{}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, layer := range []contract.Layer{layers.LSTM(2), layers.GRU(2, layers.Backwards)} {
			m := ml.Sequential(layers.Input(3, 2), layer, root{}, layers.Dense(1))
			m.UseBackend(b)
			if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}); err != nil {
				t.Fatal(err)
			}
			_, err := m.Fit(t.Context(), x, y, ml.FitConfig{BatchSize: 5, InOrder: true, Quiet: true, Callbacks: []ml.Callback{callbacks.TerminateOnNaN{}}})
			var found *ml.NotFiniteError
			if !errors.As(err, &found) || found.Step != 1 || found.Layer != fmt.Sprintf("layer 1 %s", layer) || !strings.Contains(found.Where, "gradient at the output") {
				t.Errorf("%v. Expected the gradient at the output of %s, in step 1", err, layer)
			}
		}
	})
}
