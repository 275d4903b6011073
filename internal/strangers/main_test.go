package strangers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
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
	os.Exit(m.Run())
}

// onEach runs the test on each backend.
func onEach(t *testing.T, f func(t *testing.T, b *backend.Backend)) {
	for _, b := range backends {
		t.Run(string(b.Choice().Kind), func(t *testing.T) { f(t, b) })
	}
}

// compiled prepares a model for training on a backend.
func compiled(t *testing.T, b *backend.Backend, m *ml.Model, l contract.Loss, o contract.Optimizer, all ...contract.Metric) *ml.Model {
	t.Helper()
	if o == nil {
		o = optimizers.SGD{LearningRate: 0.1}
	}
	for _, err := range []error{m.UseBackend(b), m.Compile(o, l, all...)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func fit(t *testing.T, m *ml.Model, x, y any, config ml.FitConfig) *ml.History {
	t.Helper()
	config.Quiet = true
	h, err := m.Fit(context.Background(), x, y, config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func predict(t *testing.T, m *ml.Model, x any) []float32 {
	t.Helper()
	p, err := m.Predict(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	return p.Values
}

// reload saves a model and loads it again.
func reload(t *testing.T, b *backend.Backend, m *ml.Model) *ml.Model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "m")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := ml.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.UseBackend(b); err != nil {
		t.Fatal(err)
	}
	return loaded
}

// variable finds a layer's variable, by its path below /model.
func variable(t *testing.T, m *ml.Model, path string) *model.Variable {
	t.Helper()
	v := m.Store().GetVariable("/model/" + path)
	if v == nil {
		var all []string
		for v := range m.Store().IterVariables() {
			all = append(all, v.Path())
		}
		t.Fatalf("no variable %s among %s", path, strings.Join(all, ", "))
	}
	return v
}

// values are a variable's numbers.
func values(t *testing.T, m *ml.Model, path string) []float32 {
	t.Helper()
	value, err := variable(t, m, path).Value()
	if err != nil {
		t.Fatal(err)
	}
	all, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// all are the numbers of all of a model's variables, the optimiser's and the random numbers' too.
func all(t *testing.T, m *ml.Model) map[string]string {
	t.Helper()
	found := map[string]string{}
	for v := range m.Store().IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		found[v.Path()] = fmt.Sprintf("%v %v", v.Trainable, value.Value())
	}
	return found
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	same := slices.EqualFunc(got, want, func(a, b float32) bool {
		return math.Abs(float64(a-b)) <= tolerance*max(1, math.Abs(float64(b)))
	})
	if !same {
		t.Errorf("%s: got %v. Expected %v", what, got, want)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v. Expected %v", what, got, want)
	}
}

// edit changes the description of a saved model.
func edit(t *testing.T, dir string, change func(text string) string) {
	t.Helper()
	file := filepath.Join(dir, "model.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(string(text))
	if changed == string(text) || !json.Valid([]byte(changed)) {
		t.Fatalf("the change of the description is none: %s", text)
	}
	if err := os.WriteFile(file, []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
}
