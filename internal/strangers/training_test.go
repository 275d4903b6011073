package strangers_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/internal/strangers"
	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// line is a model that computes 2x.
func line() *ml.Model {
	return ml.Sequential(layers.Input(1), layers.Dense(1, layers.NoBias, initializers.Constant(2)))
}

func TestLoss(t *testing.T) {
	predictions := tensors.FromFlatDataAndDimensions([]float64{0.5, -1, 2}, 3, 1)
	r, err := gradcheck.Loss(strangers.Pinball{Quantile: 0.3}, []float32{1, -2, 5}, predictions, gradcheck.Config{Samples: -1})
	if err != nil || r.Err() != nil {
		t.Errorf("%v, %v", err, r.Err())
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, line(), strangers.Pinball{Quantile: 0.25}, nil)
		// Predictions 2 and 4 of 4 and 2: 0.25·2 and 0.75·2.
		s, err := m.Evaluate(t.Context(), []float32{1, 2}, []float32{4, 2})
		if err != nil || s.Loss != 1 {
			t.Errorf("loss %v, %v. Expected 1", s.Loss, err)
		}
		if _, err := m.Evaluate(t.Context(), []float32{1, 2}, []float32{4, -2}); err == nil || !strings.Contains(err.Error(), "pinball loss (0.25): expected targets of 0 or more. Got -2") {
			t.Errorf("a target below 0: %v", err)
		}
	})
}

func TestMetric(t *testing.T) {
	x, y := []float32{1, 2, 3}, []float32{2, 4.5, 9} // errors 0, 0.5, 3
	onEach(t, func(t *testing.T, b *backend.Backend) {
		limits := []float64{0.1, 1}
		m := compiled(t, b, line(), losses.MeanSquaredError{}, optimizers.SGD{LearningRate: 1e-30},
			strangers.Within{Limits: limits}, strangers.Within{Limits: []float64{1}, ByWeight: true}, metrics.Weighted(strangers.Within{Limits: limits}))
		h := fit(t, m, x, y, ml.FitConfig{Epochs: 1, BatchSize: 2, SampleWeights: []float32{1, 2, 5}})
		for name, want := range map[string]float64{
			"within_0.1": 1 / 3.0, "within_1": 2 / 3.0, "within": 3 / 8.0, "weighted_within_0.1": 1 / 8.0, "weighted_within_1": 3 / 8.0,
		} {
			if got, ok := h.Epochs[0].Value(name); !ok || math.Abs(got-want) > 1e-6 {
				t.Errorf("%s is %v, %v. Expected %v. All: %v", name, got, ok, want, h.Epochs[0].Values)
			}
		}
	})
}

func TestOptimizerAndSchedule(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, line(), losses.MeanSquaredError{}, strangers.Sign{LearningRate: 0.125, Beta: 0.5})
		fit(t, m, []float32{1, 1, 1, 1}, []float32{9, 9, 9, 9}, ml.FitConfig{Epochs: 1, BatchSize: 1})
		near(t, "four steps up", values(t, m, "dense/kernel"), []float32{2.5}, 0)
		if m.Store().GetVariable("/optimizers/sign/model/dense/kernel/mean") == nil {
			t.Error("the optimiser has no slot")
		}
		triangle := optimizers.Schedule{Formula: strangers.Triangle{Low: 0.25, High: 0.75, Period: 4}}
		m = compiled(t, b, line(), losses.MeanSquaredError{}, strangers.Sign{Schedule: triangle})
		fit(t, m, []float32{1, 1, 1, 1, 1}, []float32{99, 99, 99, 99, 99}, ml.FitConfig{Epochs: 1, BatchSize: 1})
		near(t, "up and down", values(t, m, "dense/kernel"), []float32{2 + 0.25 + 0.5 + 0.75 + 0.5 + 0.25}, 1e-6)
		_, err := m.Fit(t.Context(), []float32{1}, []float32{1}, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{callbacks.LearningRateScheduler(func(int, float64) float64 { return 1 })}})
		if err == nil || !strings.Contains(err.Error(), "expected an optimizer without a Schedule") {
			t.Errorf("two masters of the rate: %v", err)
		}
		bad := optimizers.Schedule{Formula: strangers.Triangle{}}
		if err := m.Compile(strangers.Sign{Schedule: bad}, losses.MeanSquaredError{}); err == nil || !strings.Contains(err.Error(), "Triangle: expected a period above 0") {
			t.Errorf("a schedule with a mistake: %v", err)
		}
	})
}

// explosive divides by its input.
type explosive struct{}

func (explosive) Kind() string                        { return "Explosive" }
func (explosive) String() string                      { return "Explosive()" }
func (explosive) OutputShape(in []int) ([]int, error) { return in, nil }
func (explosive) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Add(x, graph.MulScalar(graph.Reciprocal(x), 0.001))
}

// watch is a callback of one's own around another.
type watch struct{ ml.Callback }

// manual asks for the search by itself.
type manual struct{ ml.NoCallback }

func (manual) FitBegin(r *ml.Run) error {
	r.TerminateOnNaN()
	return nil
}

func TestNaNIsFound(t *testing.T) {
	x := rows(20, 2)
	x[13] = []float32{0, 1} // in the second batch of ten
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, c := range map[string]struct {
			m     *ml.Model
			layer string
		}{
			"layer":           {ml.Sequential(layers.Input(2), explosive{}, layers.Dense(1)), "layer 1 Explosive()"},
			"pair":            {ml.Sequential(layers.Input(2), strangers.Pair(explosive{}, layers.Dense(2)), layers.Dense(1)), "layer 1 Pair(Explosive(), Dense(2))"},
			"model":           {ml.Sequential(ml.Sequential(layers.Input(2), layers.Flatten(), explosive{}), layers.Dense(1)), "layer 2 Explosive() of layer 1 Sequential of 2 layers"},
			"model in a pair": {ml.Sequential(layers.Input(2), strangers.Pair(layers.Dense(2), ml.Sequential(layers.Input(2), explosive{})), layers.Dense(1)), "layer 1 Explosive() of layer 1 Pair("},
			"steps": {ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(ml.Sequential(layers.Input(2), explosive{})), layers.Flatten(), layers.Dense(1)),
				"layer 1 Explosive() of layer 2 TimeDistributed("},
		} {
			for _, call := range []ml.Callback{callbacks.TerminateOnNaN{}, watch{callbacks.TerminateOnNaN{}}, &watch{watch{callbacks.TerminateOnNaN{}}}, manual{}} {
				if b.XLA() && call != (ml.Callback)(manual{}) {
					continue // it is compiled for seconds
				}
				t.Run(fmt.Sprintf("%s %T", name, call), func(t *testing.T) {
					m := compiled(t, b, c.m, losses.MeanSquaredError{}, strangers.Sign{LearningRate: 1e-6})
					_, err := m.Fit(t.Context(), x, targets(20), ml.FitConfig{BatchSize: 10, InOrder: true, Epochs: 1, Quiet: true, Callbacks: []ml.Callback{call}})
					var found *ml.NotFiniteError
					if !errors.As(err, &found) {
						t.Fatalf("error: %v", err)
					}
					if found.Step != 2 || !strings.HasPrefix(found.Layer, c.layer) || found.Where != "output" {
						t.Errorf("found the %s of %q at step %d. Expected %q at step 2", found.Where, found.Layer, found.Step, c.layer)
					}
				})
			}
		}
	})
}

var _ contract.Layer = explosive{}
