package ml_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// trainingCase is what Keras's fit made of a model.
type trainingCase struct {
	Start, End map[string]values
	History    map[string][]float64
	// The data, for all cases.
	A, B, Kind, Size, W1, W2 values
}

// TestTrainingsAsKeras compares whole trainings: several inputs and outputs, weights of losses, of examples and of classes, a penalty,
// accumulated gradients, batch statistics with a last batch that is not full, and models as layers of another, one of them frozen.
func TestTrainingsAsKeras(t *testing.T) {
	fixtures(t)
	data := parity.Trainings["data"]
	kind := data.Kind.data(true)
	twoOutputs := func() *ml.Model {
		a, b := ml.In("a", 3), ml.In("b", 2)
		h := layers.BatchNormalization().On(layers.Concatenate().On(layers.Dense(4, layers.Tanh, layers.Named("hidden")).On(a), b))
		m := ml.Functional(ml.Tensors{a, b}, ml.Tensors{layers.Dense(3, layers.Named("kind")).On(h), layers.Dense(1, layers.Named("size")).On(h)})
		m.Compile(optimizers.Adam{LearningRate: 0.05}, ml.Outputs{
			"kind": {Loss: losses.SparseCategoricalCrossentropy{FromLogits: true}, Metrics: ml.Metrics{metrics.Accuracy{}}},
			"size": {Loss: losses.MeanSquaredError{}, Weight: 0.3, Metrics: ml.Metrics{metrics.MeanAbsoluteError{}, metrics.Weighted(metrics.MeanAbsoluteError{})}},
		})
		return m
	}
	oneOutput := func() *ml.Model {
		m := ml.Sequential(layers.Input(3), layers.Dense(3, layers.Softmax, layers.Named("kind"), regularizers.L2(0.1)))
		m.Compile(optimizers.SGD{LearningRate: 0.1, Momentum: 0.9, Accumulate: 2}, losses.SparseCategoricalCrossentropy{}, metrics.Accuracy{})
		return m
	}
	nested := func() *ml.Model {
		base := ml.Sequential(layers.Input(3), layers.Dense(4, layers.Tanh, layers.Named("base_dense")), layers.BatchNormalization(layers.Named("base_norm")))
		encoder := ml.Sequential(layers.Input(4), layers.Dense(2, layers.Named("encoder_dense"), regularizers.L2(0.1)))
		base.Name, encoder.Name = "base", "encoder"
		a, c := ml.In("a", 3), ml.In("c", 3)
		h := layers.Subtract().On(encoder.On(base.On(a)), encoder.On(base.On(c)))
		m := ml.Functional(ml.Tensors{a, c}, ml.Tensors{layers.Dense(1, layers.Named("size")).On(h)})
		m.Freeze("base")
		m.Compile(optimizers.Adam{LearningRate: 0.05}, losses.MeanSquaredError{}, metrics.MeanAbsoluteError{})
		return m
	}
	backwards := data.A
	backwards.Values = nil
	for row := range slices.Chunk(data.A.Values, 3) {
		backwards.Values = slices.Concat(row, backwards.Values)
	}
	for name, c := range map[string]struct {
		model  func() *ml.Model
		x, y   any
		config ml.FitConfig
		names  map[string]string
	}{
		"outputs": {twoOutputs, ml.Arrays{"a": data.A.tensor(), "b": data.B.tensor()}, ml.Arrays{"kind": kind, "size": data.Size.tensor()},
			ml.FitConfig{SampleWeights: ml.Arrays{"kind": data.W1.floats(), "size": data.W2.floats()}},
			// Keras's losses of single outputs take a batch that is not full for a full one; only their sum is comparable.
			map[string]string{"kind_loss": "", "size_loss": "", "size_mae": "size_mean_absolute_error", "size_weighted_mae": "size_weighted_mean_absolute_error"}},
		"nested":  {nested, ml.Arrays{"a": data.A.tensor(), "c": backwards.tensor()}, data.Size.tensor(), ml.FitConfig{}, map[string]string{"mae": "mean_absolute_error"}},
		"classes": {oneOutput, data.A.tensor(), kind, ml.FitConfig{ClassWeights: map[int]float64{0: 0.5, 2: 2}}, nil},
	} {
		want := parity.Trainings[name]
		onEach(t, func(t *testing.T, b *backend.Backend) {
			m := c.model()
			m.UseBackend(b)
			if err := m.Build(0); err != nil {
				t.Fatal(err)
			}
			for path, value := range want.Start {
				set(t, m.Store().GetVariable("/model/"+path), value.tensor())
			}
			c.config.BatchSize, c.config.Epochs, c.config.InOrder, c.config.Quiet = 4, 3, true, true
			h, err := m.Fit(t.Context(), c.x, c.y, c.config)
			if err != nil {
				t.Fatal(err)
			}
			for figure, kept := range want.History {
				ours, renamed := c.names[figure]
				if !renamed {
					ours = figure
				}
				if ours == "" {
					continue
				}
				for epoch, w := range kept {
					if got := h.Values(ours); len(got) != len(kept) || math.Abs(got[epoch]-w) > 1e-5*max(1, math.Abs(w)) {
						t.Errorf("%s: %s %v. Keras has %v", name, ours, got, kept)
						break
					}
				}
			}
			for path, value := range want.End {
				near(t, strings.Join([]string{name, path, "at the end"}, " "), tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/"+path).MustValue()), value)
			}
		})
	}
}
