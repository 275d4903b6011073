package ml_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// backends are what the tests run on: the Go backend, and XLA where a plugin is found.
var backends []*backend.Backend

func TestMain(m *testing.M) {
	b, err := backend.NewGo()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	backends = append(backends, b)
	if b, err := backend.Default(); err == nil && b.XLA() {
		backends = append(backends, b)
	}
	for _, b := range backends {
		fmt.Println("testing on", b)
	}
	os.Exit(m.Run())
}

// onEach runs the test on each backend.
func onEach(t *testing.T, f func(t *testing.T, b *backend.Backend)) {
	for _, b := range backends {
		t.Run(string(b.Choice().Kind), func(t *testing.T) { f(t, b) })
	}
}

// digits returns the small digits, scaled and split.
func digits(t testing.TB) (train, test data.Dataset) {
	t.Helper()
	d, err := data.Digits()
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := data.FitRange(d.X)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = scaler.Apply(d); err != nil {
		t.Fatal(err)
	}
	train, test, err = d.Split(0.25, data.SplitConfig{Seed: 3, Stratified: true})
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

func compiled(t testing.TB, b *backend.Backend, parts ...contract.Layer) *ml.Model {
	t.Helper()
	m := ml.Sequential(parts...)
	m.UseBackend(b)
	if err := m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{}); err != nil {
		t.Fatal(err)
	}
	return m
}

func digitsModel(t testing.TB, b *backend.Backend) *ml.Model {
	return compiled(t, b, layers.Input(64), layers.Dense(64, layers.ReLU), layers.Dense(10))
}

func fit(t testing.TB, m *ml.Model, d data.Dataset, config ml.FitConfig) *ml.History {
	t.Helper()
	config.Quiet = true
	h, err := m.Fit(context.Background(), d.X, d.Y, config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// set gives a variable a value.
func set(t *testing.T, v *model.Variable, value *tensors.Tensor) {
	t.Helper()
	if err := v.SetValue(value); err != nil {
		t.Fatal(err)
	}
}
