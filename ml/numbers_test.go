package ml_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// through is a model that returns its input, compiled with the loss and metrics.
func through(t *testing.T, b *backend.Backend, shape []int, loss contract.Loss, judges ...contract.Metric) *ml.Model {
	t.Helper()
	m := ml.Sequential(layers.Input(shape...), layers.Activate(layers.Linear))
	m.UseBackend(b)
	if err := m.Compile(optimizers.SGD{}, loss, judges...); err != nil {
		t.Fatal(err)
	}
	return m
}

func close4(got, want float64) bool { return math.Abs(got-want) <= 1e-4*max(1, math.Abs(want)) }

// TestNumbersThatDoNotFit gives whole numbers beyond 32 bits and numbers beyond float32: they are right, or
// an error, and never others.
func TestNumbersThatDoNotFit(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(1), layers.Dense(1, initializers.Ones))
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}, metrics.MeanAbsoluteError{}); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]any{
			"int64": []int64{3_000_000_000}, "int": []int{3_000_000_000}, "uint32": []uint32{3_000_000_000}, "uint64": []uint64{3_000_000_000},
			"nested": [][]int64{{3_000_000_000}}, "array": [1]int64{3_000_000_000}, "tensor": tensors.FromValue([]int64{3_000_000_000}),
		} {
			if p, err := m.Predict(t.Context(), x); err != nil || p.Values[0] != 3e9 {
				t.Errorf("%s: predicted %v, %v. Expected 3e9", name, p.Values, err)
			}
		}
		if s, err := m.Evaluate(t.Context(), []float32{0}, []int{-5_000_000_000}); err != nil || !close4(s.Metric("mean_absolute_error"), 5e9) {
			t.Errorf("targets: %v, %v. Expected an error of 5e9", s, err)
		}
		for name, x := range map[string]any{
			"float64": []float64{1e300}, "nested": [][]float64{{-1e300}}, "tensor": tensors.FromValue([]float64{1e300}), "uint64": []uint64{math.MaxUint64},
		} {
			if _, err := m.Predict(t.Context(), x); err == nil || !strings.Contains(err.Error(), "expected numbers of up to") {
				t.Errorf("%s: %v. Expected an error", name, err)
			}
		}
		if p, err := m.Predict(t.Context(), []float64{math.Inf(1)}); err != nil || !math.IsInf(float64(p.Values[0]), 1) {
			t.Errorf("infinity: %v, %v", p.Values, err)
		}
		c := through(t, b, []int{3}, losses.SparseCategoricalCrossentropy{FromLogits: true})
		for _, y := range []any{[]int64{1 << 32}, []int64{1<<32 + 1}, []float64{math.NaN()}, []float32{float32(math.Inf(1))}} {
			if _, err := c.Evaluate(t.Context(), [][]float32{{1, 2, 3}}, y); err == nil || !strings.Contains(err.Error(), "class numbers") {
				t.Errorf("class %v: %v. Expected an error", y, err)
			}
		}
	})
}

// TestR2FarFromZero has targets whose variance is a millionth of their squares: 0.49998 by scikit-learn.
func TestR2FarFromZero(t *testing.T) {
	x, y := make([]float32, 20000), make([]float32, 20000)
	for i := range y {
		y[i] = float32(300000 + 100*math.Sin(float64(i)))
		x[i] = y[i] + 50
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := through(t, b, []int{1}, losses.MeanSquaredError{}, metrics.R2{})
		if s, err := m.Evaluate(t.Context(), x, y); err != nil || math.Abs(s.Metric("r2_score")-0.49998) > 1e-4 {
			t.Errorf("%v, %v. Expected 0.49998", s, err)
		}
		same := []float32{.1, .1, .1, .1, .1, .1, .1}
		if s, err := m.Evaluate(t.Context(), []float32{.1, .2, .3, .4, .1, .1, .1}, same); err != nil || !math.IsNaN(s.Metric("r2_score")) {
			t.Errorf("targets that do not vary: %v, %v. Expected NaN", s, err)
		}
	})
}

// TestLabelsThatDoNotExcludeOneAnother judges outputs that are labels by a threshold each, as Keras does.
func TestLabelsThatDoNotExcludeOneAnother(t *testing.T) {
	y := [][]float32{{1, 1, 0}, {0, 1, 1}, {1, 0, 0}, {0, 0, 0}}
	p := [][]float32{{.9, .8, .1}, {.2, .7, .6}, {.9, .1, .2}, {.1, .2, .3}}
	var logits [][]float32
	for _, row := range p {
		var l []float32
		for _, v := range row {
			l = append(l, float32(math.Log(float64(v/(1-v)))))
		}
		logits = append(logits, l)
	}
	judges := []contract.Metric{metrics.Precision{}, metrics.Recall{}, metrics.F1{}, metrics.Weighted(metrics.F1{}), metrics.Named("labels", metrics.F1{Average: metrics.Micro})}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, c := range map[string]struct {
			x      [][]float32
			loss   contract.Loss
			judges []contract.Metric
		}{
			"probabilities": {p, losses.BinaryCrossentropy{}, judges},
			"logits":        {logits, losses.BinaryCrossentropy{FromLogits: true}, judges},
			"said so":       {p, losses.MeanSquaredError{}, []contract.Metric{metrics.Precision{MultiLabel: true}, metrics.Recall{MultiLabel: true}, metrics.F1{MultiLabel: true}}},
		} {
			m := through(t, b, []int{3}, c.loss, c.judges...)
			s, err := m.Evaluate(t.Context(), c.x, y)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range s.Metrics {
				if v.Value != 1 {
					t.Errorf("%s: %s is %g. Expected 1", name, v.Name, v.Value)
				}
			}
			loaded := reload(t, b, m, c.x)
			if again, err := loaded.Evaluate(t.Context(), c.x, y); err != nil || again.String() != s.String() {
				t.Errorf("%s: loaded: %v, %v. Saved: %v", name, again, err, s)
			}
		}
	})
}

// TestMaskedClasses has logits of -Inf, as masked actions and tokens have them.
func TestMaskedClasses(t *testing.T) {
	x := [][]float32{{1, 2, float32(math.Inf(-1))}, {0, 1, 2}}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := through(t, b, []int{3}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Perplexity{FromLogits: true})
		if s, err := m.Evaluate(t.Context(), x, []int{0, 1}); err != nil || !close4(s.Loss, 1.3604) || !close4(s.Metric("perplexity"), 3.8979) {
			t.Errorf("%v, %v. Expected 1.3604 and 3.8979", s, err)
		}
	})
}

// TestShapesOfTargets gives targets of other shapes to losses and metrics: the error names the part and
// both shapes. Only axes of length 1 are free.
func TestShapesOfTargets(t *testing.T) {
	crossed := [][2][3]float32{{{1, 3, 5}, {2, 4, 6}}}
	b := backends[0]
	for name, loss := range map[string]contract.Loss{
		"mean squared error": losses.MeanSquaredError{}, "mean absolute error": losses.MeanAbsoluteError{}, "Huber loss (delta 1)": losses.Huber{},
		"binary cross-entropy": losses.BinaryCrossentropy{}, "categorical cross-entropy": losses.CategoricalCrossentropy{}, "hinge loss": losses.Hinge{},
		"Kullback-Leibler divergence": losses.KLDivergence{}, "contrastive": losses.Contrastive{},
	} {
		m := through(t, b, []int{3, 2}, loss)
		_, err := m.Evaluate(t.Context(), [][3][2]float32{{}}, crossed)
		if err == nil || !strings.Contains(err.Error(), name+":") || !strings.Contains(err.Error(), "[batch, 3, 2]") || !strings.Contains(err.Error(), "[batch, 2, 3]") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		metric contract.Metric
		want   string
	}{
		{metrics.CategoricalAccuracy{}, "categorical_accuracy: expected one-hot targets of shape [batch, 3]. Got [batch]; for class numbers use metrics.Accuracy"},
		{metrics.BinaryAccuracy{}, "binary_accuracy: expected targets of shape [batch, 3]"},
		{metrics.AUC{}, "auc: expected targets of shape [batch, 3]"},
		{metrics.MeanSquaredError{}, "mean_squared_error: expected targets"},
		{metrics.R2{}, "r2_score: expected targets"},
		{metrics.Weighted(metrics.MeanAbsoluteError{}), "mean_absolute_error: expected targets"},
		{metrics.Named("mine", metrics.RootMeanSquaredError{}), "root_mean_squared_error: expected targets"},
	} {
		m := through(t, b, []int{3}, losses.SparseCategoricalCrossentropy{FromLogits: true}, c.metric)
		if _, err := m.Evaluate(t.Context(), [][]float32{{1, 2, 3}, {3, 4, 5}}, []int{0, 2}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v. Expected %q", c.metric.Name(), err, c.want)
		}
	}
	for _, metric := range []contract.Metric{metrics.Accuracy{}, metrics.TopKAccuracy{}, metrics.F1{}, metrics.Precision{}, metrics.Recall{}} {
		m := through(t, b, []int{3}, losses.LossFunc("none", losses.MeanSquaredError{}.PerExample), metric)
		if _, err := m.Evaluate(t.Context(), [][]float32{{1, 2, 3}}, [][]float32{{0, 1}}); err == nil || !strings.Contains(err.Error(), metric.Name()+": expected") {
			t.Errorf("%s: %v", metric.Name(), err)
		}
		if _, err := m.Evaluate(t.Context(), [][]float32{{1, 2, 3}}, [][]float32{{0, 1, 0}}); err != nil {
			t.Errorf("%s with one-hot targets: %v", metric.Name(), err)
		}
	}
	m := through(t, b, []int{3, 1}, losses.MeanSquaredError{}, metrics.R2{}, metrics.MeanAbsoluteError{})
	if _, err := m.Evaluate(t.Context(), [][3][1]float32{{}}, [][]float32{{1, 2, 3}}); err != nil {
		t.Errorf("an axis of length 1 left out: %v", err)
	}
}

// TestAMetricSaysWhichWayItGetsBetter watches figures whose outputs' names say something else.
func TestAMetricSaysWhichWayItGetsBetter(t *testing.T) {
	x, y := make([][]float32, 200), make([]int, 200)
	for i := range x {
		x[i] = []float32{float32(math.Sin(float64(i))), float32(math.Sin(1.7 * float64(i)))}
		if x[i][0] > x[i][1] {
			y[i] = 1
		}
	}
	in := ml.In("x", 2)
	m := ml.Functional(ml.Tensors{in}, ml.Tensors{layers.Dense(2, layers.Named("error_type")).On(in), layers.Dense(1, layers.Named("accuracy_of")).On(in)})
	m.UseBackend(backends[0])
	if err := m.Compile(optimizers.SGD{LearningRate: .05}, ml.Outputs{
		"error_type":  {Loss: losses.SparseCategoricalCrossentropy{FromLogits: true}, Metrics: ml.Metrics{metrics.Accuracy{}, metrics.Named("loss_like", metrics.F1{})}},
		"accuracy_of": {Loss: losses.MeanSquaredError{}, Metrics: ml.Metrics{metrics.MeanAbsoluteError{}}},
	}); err != nil {
		t.Fatal(err)
	}
	data := ml.Arrays{"error_type": y, "accuracy_of": make([]float32, 200)}
	for figure, best := range map[string]func(a, b float64) float64{
		"error_type_accuracy": math.Max, "error_type_loss_like": math.Max, "accuracy_of_loss": math.Min, "accuracy_of_mean_absolute_error": math.Min,
	} {
		stop := &callbacks.EarlyStopping{Patience: 50, Monitor: figure}
		h, err := m.Fit(t.Context(), x, data, ml.FitConfig{Epochs: 4, Quiet: true, Callbacks: []ml.Callback{stop}})
		if err != nil {
			t.Fatal(err)
		}
		want := h.Values(figure)[0]
		for _, v := range h.Values(figure) {
			want = best(want, v)
		}
		if stop.Best() != want {
			t.Errorf("%s: best of %v is %g. Expected %g", figure, h.Values(figure), stop.Best(), want)
		}
	}
}

// TestNamesOfMetrics has the same metric three times, with names that tell them apart.
func TestNamesOfMetrics(t *testing.T) {
	m := through(t, backends[0], []int{3}, losses.SparseCategoricalCrossentropy{FromLogits: true},
		metrics.Named("macro", metrics.F1{}), metrics.Named("micro", metrics.F1{Average: metrics.Micro}), metrics.F1{Average: metrics.PerClass},
		metrics.Named("each", metrics.F1{Average: metrics.PerClass}))
	x, y := [][]float32{{1, 2, 3}, {3, 2, 1}}, []int{2, 0}
	s, err := m.Evaluate(t.Context(), x, y)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range s.Metrics {
		names = append(names, v.Name)
	}
	if got := strings.Join(names, " "); got != "macro micro f1_0 f1_1 f1_2 each_0 each_1 each_2" {
		t.Errorf("figures %s", got)
	}
	if again, err := reload(t, backends[0], m, x).Evaluate(t.Context(), x, y); err != nil || again.String() != s.String() {
		t.Errorf("loaded: %v, %v. Saved: %v", again, err, s)
	}
}

func TestSaveAndLoadNeedAFolder(t *testing.T) {
	m := through(t, backends[0], []int{2}, losses.MeanSquaredError{})
	if err := m.Build(0); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(""); err == nil || !strings.Contains(err.Error(), "expected a folder's name. Got none") {
		t.Errorf("Save: %v", err)
	}
	if _, err := ml.Load(""); err == nil || !strings.Contains(err.Error(), "expected a folder's name. Got none") {
		t.Errorf("Load: %v", err)
	}
}
