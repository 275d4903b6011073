package ml_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// rotten is a layer that makes NaN of values above a bound.
type rotten struct{ Bound float64 }

func (rotten) Kind() string                        { return "Rotten" }
func (rotten) String() string                      { return "Rotten" }
func (rotten) OutputShape(in []int) ([]int, error) { return in, nil }
func (l rotten) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	bad := graph.GreaterThan(x, graph.ConstAs(x, l.Bound))
	nan := graph.Log(graph.MinScalar(graph.Neg(graph.Abs(x)), -1))
	return graph.Where(bad, nan, x)
}

// sharp is x + √max(x, 0), whose gradient is not finite where x is 0.
type sharp struct{}

func (sharp) Kind() string                        { return "Sharp" }
func (sharp) String() string                      { return "Sharp" }
func (sharp) OutputShape(in []int) ([]int, error) { return in, nil }
func (sharp) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Add(x, graph.Sqrt(graph.MaxScalar(x, 0)))
}

func TestTerminateOnNaNNamesTheLayer(t *testing.T) {
	n := 96
	x, y := make([][]float32, n), make([]float32, n)
	for i := range x {
		x[i] = []float32{float32(i%7)/7 + 0.1, float32(i%5)/5 + 0.1}
		y[i] = x[i][0] - x[i][1]
	}
	with := func(row int, values ...float32) [][]float32 {
		other := slices.Clone(x)
		other[row] = values
		return other
	}
	nan := float32(math.NaN())
	eye := func(m *ml.Model) { // the first layer passes its input on
		set(t, m.Store().GetVariable("/model/first/kernel"), tensors.FromFlatDataAndDimensions([]float32{1, 0, 0, 1}, 2, 2))
	}
	for _, test := range []struct {
		name   string
		x      [][]float32
		layers []contract.Layer
		o      contract.Optimizer
		step   int
		layer  string
		where  string
		hint   string
	}{
		{"data", with(50, 1, nan), []contract.Layer{layers.Dense(2, layers.Named("first")), layers.Dense(1)}, optimizers.SGD{}, 6, "", "the data of input input", "clean the data"},
		{"output", with(50, 100, 1), []contract.Layer{layers.Dense(2, layers.Named("first")), rotten{50}, layers.Dense(1)}, optimizers.SGD{LearningRate: 1e-9}, 6, "layer 2 Rotten", "output", "learning rate"},
		{"gradient", with(50, 0, 1), []contract.Layer{layers.Dense(2, layers.Named("first"), layers.NoBias), sharp{}, layers.Dense(1)}, optimizers.SGD{LearningRate: 1e-30}, 6, "layer 1 Dense(2, no bias)", "gradient at the output", "learning rate"},
		{"gradient of the last step", with(95, 0, 1), []contract.Layer{layers.Dense(2, layers.Named("first"), layers.NoBias), sharp{}, layers.Dense(1)}, optimizers.SGD{LearningRate: 1e-30}, 10, "layer 1 Dense(2, no bias)", "gradient at the output", "learning rate"},
		{"rate", x, []contract.Layer{layers.Dense(2, layers.Named("first")), layers.Dense(1)}, optimizers.SGD{LearningRate: 1e20}, 0, "layer", "", "learning rate is too high"},
	} {
		for _, streamed := range []bool{false, true} {
			name := test.name
			if streamed {
				name += " streamed"
			}
			t.Run(name, func(t *testing.T) {
				onEach(t, func(t *testing.T, b *backend.Backend) {
					m := ml.Sequential(append([]contract.Layer{layers.Input(2)}, test.layers...)...)
					m.UseBackend(b)
					if err := m.Compile(test.o, losses.MeanSquaredError{}); err != nil {
						t.Fatal(err)
					}
					if err := m.Build(1); err != nil {
						t.Fatal(err)
					}
					eye(m)
					config := ml.FitConfig{BatchSize: 10, InOrder: true, Epochs: 3, Quiet: true, Callbacks: []ml.Callback{callbacks.TerminateOnNaN{}}}
					var px, py any = test.x, y
					if streamed {
						px, py = ml.Stream(func(int) iter.Seq2[ml.Batch, error] {
							return func(yield func(ml.Batch, error) bool) { yield(ml.Batch{X: test.x, Y: y}, nil) }
						}), nil
					}
					_, err := m.Fit(t.Context(), px, py, config)
					var found *ml.NotFiniteError
					if !errors.As(err, &found) {
						t.Fatalf("error: %v", err)
					}
					if test.step > 0 && (found.Epoch != 1 || found.Step != test.step) {
						t.Errorf("epoch %d, step %d. Expected 1 and %d", found.Epoch, found.Step, test.step)
					}
					if !strings.HasPrefix(found.Layer, test.layer) || !strings.Contains(found.Where, test.where) || found.NaN+found.Inf == 0 {
						t.Errorf("%q, %q: %v. Expected %q, %q", found.Layer, found.Where, err, test.layer, test.where)
					}
					if !strings.Contains(err.Error(), test.hint) {
						t.Errorf("%v. Expected %q", err, test.hint)
					}
					for v := range m.Store().IterVariables() {
						if values, ok := v.MustValue().Value().([][]float32); ok && slices.ContainsFunc(slices.Concat(values...), func(f float32) bool { return f != f }) {
							t.Errorf("%s has NaN. Expected the weights from before the step", v.Path())
						}
					}
				})
			})
		}
	}
}

// TestTerminateOnNaNChangesNothing compares a training that goes well with and without it.
func TestTerminateOnNaNChangesNothing(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		plain := fit(t, resumable(t, b), train, ml.FitConfig{Epochs: 2})
		watched := fit(t, resumable(t, b), train, ml.FitConfig{Epochs: 2, Callbacks: []ml.Callback{&callbacks.TerminateOnNaN{}}})
		if !slices.Equal(figures(plain), figures(watched)) {
			t.Errorf("watched:\n%v\nplain:\n%v", watched, plain)
		}
	})
}

// TestTerminateOnNaNGoesFarBack has a row of an embedding that becomes NaN in the fifth step, and is used again in the fiftieth: the loss shows it only then. What
// is made again to find the step is at most twice what there was.
func TestTerminateOnNaNGoesFarBack(t *testing.T) {
	x, y := make([]int, 60), make([]float32, 60)
	x[4], x[49] = 1, 1
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(1), layers.Embedding(2, 1), layers.Flatten(), sharp{})
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{LearningRate: 1e-3}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		if err := m.Build(1); err != nil {
			t.Fatal(err)
		}
		set(t, m.Store().GetVariable("/model/embedding/embeddings"), tensors.FromFlatDataAndDimensions([]float32{1, 0}, 2, 1))
		again := 0
		y[4] = 1
		_, err := m.Fit(t.Context(), x, y, ml.FitConfig{BatchSize: 1, InOrder: true, Quiet: true, Callbacks: []ml.Callback{callbacks.TerminateOnNaN{}, callbacks.Hooks{OnFitEnd: func(r *ml.Run, _ error) error {
			again = r.Again()
			return nil
		}}}})
		var found *ml.NotFiniteError
		if !errors.As(err, &found) {
			t.Fatalf("error: %v", err)
		}
		if found.Step != 5 || !strings.Contains(found.Where, "gradient") {
			t.Errorf("step %d: %v. Expected a gradient of step 5", found.Step, err)
		}
		if again < 49 || again > 2*49 {
			t.Errorf("%d steps were made again. Expected at least the 49 before the one with the loss, at most twice as many", again)
		}
		for _, v := range tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/embedding/embeddings").MustValue()) {
			if v != v {
				t.Error("the model was left with NaN")
			}
		}
	})
}

// TestTerminateOnNaNIsInterrupted interrupts the compilation of the step in which every layer is looked at.
func TestTerminateOnNaNIsInterrupted(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		layer := stuck{rotten{50}, new(atomic.Bool), make(chan struct{}), make(chan struct{}, 10)}
		m := ml.Sequential(layers.Input(1), layer, layers.Dense(1))
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{LearningRate: 1e-9}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-layer.inside
			cancel()
		}()
		late := time.AfterFunc(time.Minute, func() { close(layer.let) }) // in place of waiting for ever
		_, err := m.Fit(ctx, []float32{1, 2, 100}, []float32{1, 2, 3}, ml.FitConfig{BatchSize: 1, InOrder: true, Quiet: true, Callbacks: []ml.Callback{
			callbacks.TerminateOnNaN{}, callbacks.Hooks{OnEpochBegin: func(*ml.Run) error { layer.now.Store(true); return nil }},
		}})
		if !late.Stop() {
			t.Fatal("Fit waited for the compilation")
		}
		layer.now.Store(false)
		close(layer.let)
		if !errors.Is(err, ml.ErrInterrupted) || !strings.Contains(err.Error(), "Got a loss that is not, in epoch 1 at step 3 or before; looking for where it began was interrupted") {
			t.Errorf("error: %v", err)
		}
		if p := outputs(t, m, []float32{1}); p[0] != p[0] {
			t.Errorf("the model was left with NaN")
		}
	})
}
