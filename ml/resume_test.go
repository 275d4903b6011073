package ml_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/layers"
)

// The model has everything that a cut could lose: dropout's random numbers, statistics of batch normalisation, Adam's moments.
func resumable(t *testing.T, b *backend.Backend) *ml.Model {
	return compiled(t, b, layers.Input(64), layers.Dense(32, layers.ReLU), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(10))
}

// figures are all numbers of a history but the times.
func figures(h *ml.History) []float64 {
	var all []float64
	for _, e := range h.Epochs {
		all = append(all, float64(e.Number), e.LearningRate)
		for _, v := range e.Values {
			all = append(all, v.Value)
		}
		for _, s := range e.Batches {
			all = append(all, s.Loss, s.Accuracy())
		}
	}
	return all
}

// TestResumeIsBitEqual cuts a training in many ways and compares what came of it with one that was never cut.
func TestResumeIsBitEqual(t *testing.T) {
	train, test := digits(t)
	const epochs = 6
	fresh := func() []ml.Callback {
		return []ml.Callback{
			&callbacks.ReduceLROnPlateau{Monitor: "loss", Patience: 2, MinDelta: 0.2, Factor: 0.5},
			&callbacks.EarlyStopping{Patience: 3, MinDelta: 0.02},
		}
	}
	config := func(more ...ml.Callback) ml.FitConfig {
		return ml.FitConfig{Epochs: epochs, BatchSize: 50, Seed: 4, Validation: test, Quiet: true, Callbacks: append(fresh(), more...)}
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		whole := resumable(t, b)
		h, err := whole.Fit(t.Context(), train.X, train.Y, config())
		if err != nil {
			t.Fatal(err)
		}
		check := func(t *testing.T, m *ml.Model, config ml.FitConfig) {
			t.Helper()
			config.Resume, config.Epochs = true, epochs
			again, err := m.Fit(t.Context(), train.X, train.Y, config)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(figures(again), figures(h), func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
				t.Errorf("resumed:\n%v\nnever cut:\n%v", again, h)
			}
			if again.Stopped != h.Stopped || again.Restored != h.Restored {
				t.Errorf("resumed: %q, %q. Never cut: %q, %q", again.Stopped, again.Restored, h.Stopped, h.Restored)
			}
			if !slices.Equal(outputs(t, m, test.X), outputs(t, whole, test.X)) {
				t.Error("the models' outputs differ")
			}
		}
		load := func(t *testing.T, dir string) *ml.Model {
			t.Helper()
			m, err := ml.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			m.UseBackend(b)
			return m
		}
		t.Run("fewer epochs, saved", func(t *testing.T) {
			m := resumable(t, b)
			c := config()
			c.Epochs = 3
			if _, err := m.Fit(t.Context(), train.X, train.Y, c); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir() + "/m"
			if err := m.Save(dir); err != nil {
				t.Fatal(err)
			}
			check(t, load(t, dir), config())
		})
		t.Run("checkpoint within an epoch", func(t *testing.T) {
			dir := t.TempDir() + "/m"
			crash := errors.New("crash")
			saver := &callbacks.ModelCheckpoint{Path: dir, Steps: 37}
			bad := callbacks.Hooks{OnEpochEnd: func(r *ml.Run) error {
				if r.Epoch == 4 {
					return crash
				}
				return nil
			}}
			if _, err := resumable(t, b).Fit(t.Context(), train.X, train.Y, config(saver, bad)); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			check(t, load(t, dir), config(&callbacks.ModelCheckpoint{Path: dir, Steps: 37}))
		})
		t.Run("interrupt, same process", func(t *testing.T) {
			m := resumable(t, b)
			ctx, cancel := context.WithCancel(t.Context())
			stop := &every{n: 70, f: func(*ml.Run) { cancel() }} // in the third epoch
			if _, err := m.Fit(ctx, train.X, train.Y, config(stop)); !errors.Is(err, ml.ErrInterrupted) {
				t.Fatal(err)
			}
			check(t, m, config())
		})
		t.Run("interrupt, saved with the best weights", func(t *testing.T) {
			m := resumable(t, b)
			ctx, cancel := context.WithCancel(t.Context())
			stop := &every{n: 97, f: func(*ml.Run) { cancel() }}
			if _, err := m.Fit(ctx, train.X, train.Y, config(stop)); !errors.Is(err, ml.ErrInterrupted) {
				t.Fatal(err)
			}
			dir := t.TempDir() + "/m"
			if err := m.Save(dir); err != nil {
				t.Fatal(err)
			}
			check(t, load(t, dir), config())
		})
	})
}

func TestResumeErrors(t *testing.T) {
	train, _ := digits(t)
	m := digitsModel(t, backends[0])
	run := func(c ml.FitConfig, n int) error {
		c.Quiet = true
		d := train.Head(n)
		_, err := m.Fit(t.Context(), d.X, d.Y, c)
		return err
	}
	if err := run(ml.FitConfig{Resume: true}, 100); err == nil || !strings.Contains(err.Error(), "Got one without a Fit to go on with") {
		t.Errorf("no Fit before: %v", err)
	}
	stop := &every{n: 3, f: func(r *ml.Run) { r.Stop("enough") }}
	if err := run(ml.FitConfig{Callbacks: []ml.Callback{stop, &callbacks.EarlyStopping{}}}, 200); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		c    ml.FitConfig
		n    int
		want string
	}{
		{ml.FitConfig{BatchSize: 10, Callbacks: []ml.Callback{stop, &callbacks.EarlyStopping{}}}, 200, "expected the BatchSize, Seed and InOrder of the Fit to go on with, 32, 0 and false. Got 10, 0 and false"},
		{ml.FitConfig{}, 200, "a *callbacks.EarlyStopping at place 1"},
		{ml.FitConfig{Callbacks: []ml.Callback{stop, &callbacks.EarlyStopping{}}}, 100, "200 examples. Got 100"},
	} {
		test.c.Resume = true
		if err := run(test.c, test.n); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v. Expected %q", err, test.want)
		}
	}
}
