package ml_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
)

func TestSaveAndLoad(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		dir := t.TempDir() + "/models/digits"
		m := compiled(t, b, ml.Input(64), ml.Dense(32, ml.ReLU, ml.Named("hidden")), ml.Dropout(0.1), ml.Dense(10))
		fit(t, m, train, ml.FitConfig{Epochs: 2})
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
		loaded, err := ml.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		loaded.UseBackend(b)
		if loaded.String() != m.String() {
			t.Errorf("loaded %s. Expected %s", loaded, m)
		}
		outputs := func(m *ml.Model) []float32 {
			p, err := m.Predict(t.Context(), test.X)
			if err != nil {
				t.Fatal(err)
			}
			return p.Values
		}
		if !slices.Equal(outputs(m), outputs(loaded)) {
			t.Error("the loaded model predicts other values")
		}
		// Training goes on as if it had not been interrupted: optimiser, random numbers and order are saved, too.
		one, two := fit(t, m, train, ml.FitConfig{Epochs: 2}), fit(t, loaded, train, ml.FitConfig{Epochs: 2})
		if !slices.Equal(one.Values("loss"), two.Values("loss")) || !slices.Equal(outputs(m), outputs(loaded)) {
			t.Errorf("training on after Load: %v. Expected %v", two.Values("loss"), one.Values("loss"))
		}
		if err := m.Save(dir); err != nil {
			t.Errorf("saving over a saved model: %v", err)
		}
		entries, _ := os.ReadDir(dir + "/..")
		if len(entries) != 1 {
			t.Errorf("%d entries beside the model's folder. Expected none", len(entries)-1)
		}
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
