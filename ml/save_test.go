package ml_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
)

// reload saves a model and loads it; the loaded one must be called the same and predict the same values for x.
func reload(t *testing.T, b *backend.Backend, m *ml.Model, x any) *ml.Model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "models", "m")
	for range 2 { // the second time over the first
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("%d entries beside the model's folder, %v. Expected none", len(entries)-1, err)
	}
	loaded, err := ml.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	loaded.UseBackend(b)
	if loaded.String() != m.String() {
		t.Errorf("loaded %s. Expected %s", loaded, m)
	}
	sameOutputs(t, m, loaded, x)
	return loaded
}

// sameOutputs compares all outputs of two models.
func sameOutputs(t *testing.T, one, two *ml.Model, x any) {
	t.Helper()
	want, err := one.PredictAll(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	got, err := two.PredictAll(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		if !slices.Equal(got[name].Values, want[name].Values) || len(got[name].Values) == 0 {
			t.Errorf("output %s: %v. Expected %v", name, got[name].Values, want[name].Values)
		}
	}
}

// trainsAlike trains a model and the loaded one on, and compares the figures that train returns, and the outputs after it: optimiser, random numbers and order of
// examples must have been saved, too.
func trainsAlike(t *testing.T, m, loaded *ml.Model, x any, train func(m *ml.Model) []float64) {
	t.Helper()
	if want, got := train(m), train(loaded); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("training on after Load: %v. Expected %v", got, want)
	}
	sameOutputs(t, m, loaded, x)
}

func TestSaveAndLoad(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, layers.Input(64), layers.Dense(32, layers.ReLU, layers.Named("hidden")), layers.Dropout(0.1), layers.Dense(10))
		fit(t, m, train, ml.FitConfig{Epochs: 2})
		trainsAlike(t, m, reload(t, b, m, test.X), test.X, func(m *ml.Model) []float64 {
			return fit(t, m, train, ml.FitConfig{Epochs: 2}).Values("loss")
		})
	})
}

func TestSaveErrors(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(dir+"/thesis.txt", []byte("three years"), 0o666)
	m := digitsModel(t, backends[0])
	if err := m.Save(dir + "/model"); err == nil || !strings.Contains(err.Error(), "call Fit or Build") {
		t.Errorf("saving without weights: %v", err)
	}
	if err := m.Build(0); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(dir); err == nil || !strings.Contains(err.Error(), "1 other files") {
		t.Errorf("saving over a folder of other things: %v", err)
	}
	if _, err := os.Stat(dir + "/thesis.txt"); err != nil {
		t.Error("Save removed a file that is not its own")
	}
	for _, bad := range []string{dir, dir + "/nothing"} {
		if _, err := ml.Load(bad); err == nil || !strings.Contains(err.Error(), "Model.Save") {
			t.Errorf("loading %s: %v", bad, err)
		}
	}
	if err := m.Save(dir + "/model"); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(dir + "/model/weights")
	if _, err := ml.Load(dir + "/model"); err == nil || !strings.Contains(err.Error(), "weights") {
		t.Errorf("loading without weights: %v", err)
	}
}
