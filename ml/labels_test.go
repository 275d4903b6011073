package ml_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func named(name string) contract.Metric {
	return metrics.MetricFunc(name, func(y, p *graph.Node) *graph.Node { return graph.ReduceSum(p, -1) })
}

// TestMetricsOfOneName trains with metrics of one name: as in Keras the later ones are numbered, everywhere alike.
func TestMetricsOfOneName(t *testing.T) {
	m := ml.Sequential(layers.Input(1), layers.Dense(1, initializers.Ones))
	m.UseBackend(backends[0])
	err := m.Compile(optimizers.SGD{LearningRate: 1e-12}, losses.MeanSquaredError{}, metrics.BinaryAccuracy{}, metrics.BinaryAccuracy{Threshold: 1.5}, metrics.BinaryAccuracy{Threshold: 9}, metrics.F1{}, metrics.F1{Average: metrics.PerClass})
	if err != nil {
		t.Fatal(err)
	}
	x, y := []float32{0, 1, 2, 3}, []int{0, 0, 1, 1}
	d := ml.Pair(x, y)
	h, err := m.Fit(t.Context(), x, y, ml.FitConfig{Quiet: true, Validation: d})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"binary_accuracy": 0.75, "binary_accuracy_1": 1, "binary_accuracy_2": 0.5, "f1": 0.8, "f1_0": 0.8} {
		for _, name := range []string{name, "val_" + name} {
			if got, ok := h.Last(name); !ok || max(got-want, want-got) > 1e-6 {
				t.Errorf("%s: %g. Expected %g", name, got, want)
			}
		}
		if got := h.Steps(name); len(got) != 1 || max(got[0]-want, want-got[0]) > 1e-6 {
			t.Errorf("%s of the step: %v. Expected %g", name, got, want)
		}
	}
	text, err := json.Marshal(h)
	if err != nil || strings.Count(string(text), `"binary_accuracy":[0.75]`) != 1 || strings.Count(string(text), `"binary_accuracy_1":[1]`) != 1 {
		t.Errorf("JSON %s, %v", text, err)
	}
	dir := t.TempDir() + "/model"
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := ml.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := loaded.EvaluateExamples(t.Context(), d); err != nil || s.Metric("binary_accuracy_1") != 1 {
		t.Errorf("loaded: %v, %v", s, err)
	}
}

// TestMetricsOfSeveralOutputs has metrics whose names meet only once they carry those of their outputs.
func TestMetricsOfSeveralOutputs(t *testing.T) {
	x := ml.In("x", 1)
	m := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1, layers.Named("a")).On(x), layers.Dense(1, layers.Named("a_b")).On(x)})
	m.UseBackend(backends[0])
	err := m.Compile(optimizers.SGD{}, ml.Outputs{
		"a":   {Loss: losses.MeanSquaredError{}, Metrics: ml.Metrics{named("b_c"), named("c")}},
		"a_b": {Loss: losses.MeanSquaredError{}, Metrics: ml.Metrics{named("c"), named("c")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Evaluate(t.Context(), []float32{1}, ml.Arrays{"a": []float32{1}, "a_b": []float32{1}})
	var names []string
	for _, v := range s.Metrics {
		names = append(names, v.Name)
	}
	if want := []string{"a_loss", "a_b_loss", "a_b_c", "a_c", "a_b_c_1", "a_b_c_2"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, %v. Expected %v", names, err, want)
	}
}

func TestMetricNameMistakes(t *testing.T) {
	classes := metrics.F1{Average: metrics.PerClass}
	for _, test := range []struct {
		metrics ml.Metrics
		want    string // nothing if all is well
	}{
		{ml.Metrics{named("loss")}, `Got "loss" for two of them`},
		{ml.Metrics{named("seconds")}, `Got "seconds" for two of them`},
		{ml.Metrics{named("val_a")}, `does not begin with val_`},
		{ml.Metrics{named("a"), named("a"), named("a_1")}, `Got "a_1" for two of them`},
		{ml.Metrics{named("a_1"), named("a"), named("a")}, `Got "a_1" for two of them`},
		{ml.Metrics{classes, metrics.F1{}, metrics.F1{Average: metrics.Micro}}, `Got "f1_1" for two of them: f1 reports a figure for each class`},
		{ml.Metrics{classes, named("f1_12")}, `Got "f1_12" for two of them`},
		{ml.Metrics{classes, classes, named("f1_0_1")}, `Got "f1_0_1" for two of them`},
		{ml.Metrics{classes, classes, metrics.F1{}, metrics.Weighted(metrics.F1{}), metrics.Weighted(classes), named("f1_max")}, ""},
	} {
		m := ml.Sequential(layers.Input(1), layers.Dense(1))
		m.UseBackend(backends[0])
		err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}, test.metrics...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%v. Expected %q", err, test.want)
		}
	}
	x := ml.In("x", 1)
	m := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1, layers.Named("a")).On(x), layers.Dense(1, layers.Named("b")).On(x)})
	if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}, named("loss")); err == nil || !strings.Contains(err.Error(), `Got "a_loss" for two of them`) {
		t.Errorf("%v. Expected the name of an output's loss to be refused", err)
	}
}
