package ml_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// broken is a layer of a user's own that makes a mistake in the graph.
type broken struct{}

func (broken) Kind() string                        { return "Broken" }
func (broken) String() string                      { return "Broken()" }
func (broken) OutputShape(in []int) ([]int, error) { return in, nil }
func (broken) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.Add(x, graph.Const(x.Graph(), [][]float32{{1, 2, 3}}))
}

// wrongShape is a layer that does not do what it says.
type wrongShape struct{ broken }

func (wrongShape) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return graph.ReduceSum(x, -1) }

func TestErrorsNameThePlace(t *testing.T) {
	train, _ := digits(t)
	small := train.Head(20)
	b := backends[0]
	fitError := func(m *ml.Model, x, y any) error {
		_, err := m.Fit(t.Context(), x, y, ml.FitConfig{Quiet: true})
		return err
	}
	compileError := func(parts ...contract.Layer) error {
		return ml.Sequential(parts...).Compile(optimizers.Adam{}, losses.MeanSquaredError{})
	}
	tests := []struct {
		name string
		err  error
		want []string
	}{
		{"input", fitError(compiled(t, b, layers.Input(784), layers.Dense(10)), small.X, small.Y), []string{"[batch, 784]", "Input(784)", "[20 64]"}},
		{"input of the same size", fitError(compiled(t, b, layers.Input(8, 8), layers.Flatten(), layers.Dense(10)), small.X, small.Y), []string{"reshape x", "[20 64]"}},
		{"examples", fitError(digitsModel(t, b), small.X, small.Y[:19]), []string{"as many examples in y as in x, 20. Got 19"}},
		{"class", fitError(compiled(t, b, layers.Input(64), layers.Dense(5)), small.X, small.Y), []string{"class numbers from 0 to 4", "5 outputs", "for example"}},
		{"not whole", fitError(digitsModel(t, b), small.X, make([]float64, 19, 20)[:19:20]), []string{"y as in x"}},
		{"fraction", fitError(digitsModel(t, b), small.X, slices.Repeat([]float64{0.5}, 20)), []string{"whole class numbers", "0.5"}},
		{"x of strings", fitError(digitsModel(t, b), []string{"a"}, small.Y), []string{"numbers in x", "[]string"}},
		{"nil", fitError(digitsModel(t, b), nil, small.Y), []string{"expected x as", "nil"}},
		{"ragged", fitError(digitsModel(t, b), [][]float32{{1, 2}, {3}}, small.Y), []string{"rows of 2 values in x", "row 1"}},
		{"not compiled", fitError(ml.Sequential(layers.Input(64), layers.Dense(10)), small.X, small.Y), []string{"Call m.Compile"}},
		{"a layer's own mistake", fitError(compiled(t, b, layers.Input(64), layers.Dense(32), broken{}, layers.Dense(10)), small.X, small.Y), []string{"layer 2 Broken()", "[batch, 32]", "3"}},
		{"a layer's wrong shape", fitError(compiled(t, b, layers.Input(64), wrongShape{}), small.X, small.Y), []string{"layer 1 Broken()", "expected to return [batch, 64]", "got [batch]"}},
		{"units", compileError(layers.Input(4), layers.Dense(0)), []string{"layer 1 Dense(0)", "[batch, 4]", "positive number of units"}},
		{"activation", compileError(layers.Input(4), layers.Dense(3, layers.Activation("rely"))), []string{"layer 1 Dense(3, rely)", `"relu"`, `Got "rely"`}},
		{"dropout", compileError(layers.Input(4), layers.Dense(3), layers.Dropout(1.5)), []string{"layer 2 Dropout(1.5)", "from 0 to below 1"}},
		{"input in the middle", compileError(layers.Dense(3), layers.Input(4)), []string{"Input(4) as the first layer"}},
		{"nil", compileError(layers.Dense(3), nil, layers.Dense(2)), []string{"expected layers in Sequential. Got nil at place 2"}},
		{"no layers", compileError(), []string{"at least one layer"}},
		{"two names", compileError(layers.Dense(3, layers.Named("a")), layers.Dense(3, layers.Named("a/b"))), []string{"layer 2", `"a/b"`}},
		{"optimizer", ml.Sequential(layers.Dense(1)).Compile(optimizers.Adam{Beta1: 2}, losses.MeanSquaredError{}), []string{"betas from 0 to below 1"}},
		{"epochs", func() error {
			_, err := digitsModel(t, b).Fit(t.Context(), small.X, small.Y, ml.FitConfig{Epochs: -1})
			return err
		}(), []string{"epochs above 0"}},
		{"loss", func() error {
			m := ml.Sequential(layers.Input(64), layers.Dense(3))
			m.Compile(optimizers.Adam{}, losses.LossFunc("mine", func(y, p *graph.Node) *graph.Node { return graph.ReduceAllSum(p) }))
			m.UseBackend(b)
			return fitError(m, small.X, small.Y)
		}(), []string{"mine", "one number for each example"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(test.err.Error(), want) {
					t.Errorf("got %q. Expected %q in it", test.err, want)
				}
			}
			if strings.Contains(test.err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", test.err)
			}
		})
	}
}

func TestCompileMistakeIsReportedByFit(t *testing.T) {
	m := ml.Sequential(layers.Input(4), layers.Dense(-1))
	m.Compile(optimizers.Adam{}, losses.MeanSquaredError{})
	_, err := m.Fit(t.Context(), [][]float32{{1, 2, 3, 4}}, []float32{1}, ml.FitConfig{Quiet: true})
	if err == nil || !strings.Contains(err.Error(), "Dense(-1)") {
		t.Errorf("Fit after a failed Compile: %v", err)
	}
}

// TestCompileMistakeCanBePutRight compiles wrongly, which Fit reports, and then again.
func TestCompileMistakeCanBePutRight(t *testing.T) {
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.UseBackend(backends[0])
	x, y := []float32{1, 2}, []float32{2, 4}
	for _, o := range []contract.Optimizer{nil, optimizers.Adam{Beta1: 2}} {
		if err := m.Compile(o, losses.MeanSquaredError{}); err == nil {
			t.Errorf("Compile took the optimizer %v", o)
		}
		if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{Quiet: true}); err == nil || !strings.Contains(err.Error(), "Compile: expected") {
			t.Errorf("Fit after a failed Compile: %v", err)
		}
	}
	if err := m.Compile(optimizers.Adam{}, losses.MeanSquaredError{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{Quiet: true}); err != nil {
		t.Error(err)
	}
}
