package ml_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/progress"
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

func compiled(t testing.TB, b *backend.Backend, layers ...ml.Layer) *ml.Model {
	t.Helper()
	m := ml.Sequential(layers...)
	m.UseBackend(b)
	if err := m.Compile(ml.Adam{}, ml.SparseCategoricalCrossentropy{FromLogits: true}, ml.Accuracy{}); err != nil {
		t.Fatal(err)
	}
	return m
}

func digitsModel(t testing.TB, b *backend.Backend) *ml.Model {
	return compiled(t, b, ml.Input(64), ml.Dense(64, ml.ReLU), ml.Dense(10))
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

func TestDigitsAreLearned(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, seed := range []int64{0, 1, 2} {
			m := digitsModel(t, b)
			h := fit(t, m, train, ml.FitConfig{BatchSize: 32, Epochs: 20, Validation: test, Seed: seed})
			scores, err := m.Evaluate(context.Background(), test.X, test.Y)
			if err != nil {
				t.Fatal(err)
			}
			// Over seeds 0 to 9 the accuracy was between 0.9557 and 0.9712 on either backend.
			if a := scores.Accuracy(); a < 0.95 || a > 0.98 {
				t.Errorf("seed %d: accuracy %.4f. Expected 0.95 to 0.98", seed, a)
			}
			if val, _ := h.Last("val_accuracy"); val != scores.Accuracy() {
				t.Errorf("seed %d: the last val_accuracy is %v, Evaluate says %v", seed, val, scores.Accuracy())
			}
			losses := h.Values("loss")
			if len(losses) != 20 || losses[19] > losses[0]/5 {
				t.Errorf("seed %d: losses %v", seed, losses)
			}
		}
	})
}

func TestSameSeedSameNumbers(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		run := func(seed int64) ([]float64, []float32) {
			m := compiled(t, b, ml.Input(64), ml.Dense(32, ml.ReLU), ml.Dropout(0.2), ml.Dense(10))
			h := fit(t, m, train, ml.FitConfig{BatchSize: 50, Epochs: 3, Validation: test, Seed: seed})
			p, err := m.Predict(context.Background(), test.X)
			if err != nil {
				t.Fatal(err)
			}
			return slices.Concat(h.Values("loss"), h.Values("val_loss")), p.Values
		}
		losses, outputs := run(7)
		again, outputsAgain := run(7)
		if !slices.Equal(losses, again) || !slices.Equal(outputs, outputsAgain) {
			t.Errorf("the same seed gave other numbers: %v and %v", losses, again)
		}
		if other, _ := run(8); slices.Equal(losses, other) {
			t.Error("two seeds gave the same numbers")
		}
	})
}

// TestBackendsAgree shows that the loop on the device and the loop of single steps are the same training.
func TestBackendsAgree(t *testing.T) {
	train, test := digits(t)
	var first *ml.History
	for _, b := range backends {
		h := fit(t, digitsModel(t, b), train, ml.FitConfig{BatchSize: 64, Epochs: 3, Validation: test})
		if first == nil {
			first = h
			continue
		}
		for _, name := range h.Names() {
			for i, v := range h.Values(name) {
				if w := first.Values(name)[i]; math.Abs(v-w) > 1e-4*max(1, math.Abs(w)) {
					t.Errorf("%s of epoch %d: %g on the Go backend, %g on %s", name, i+1, w, v, b)
				}
			}
		}
	}
}

// TestLastPartialBatch checks that the last batch counts as the few examples it holds: an epoch over 70 examples in batches of
// 64 must be what two single Fits make of the two batches.
func TestLastPartialBatch(t *testing.T) {
	train, _ := digits(t)
	train = train.Head(70)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		one := digitsModel(t, b)
		h := fit(t, one, train, ml.FitConfig{BatchSize: 64, InOrder: true})
		two := digitsModel(t, b)
		tail := train.Rows([]int{64, 65, 66, 67, 68, 69})
		h1 := fit(t, two, train.Head(64), ml.FitConfig{BatchSize: 64, InOrder: true})
		h2 := fit(t, two, tail, ml.FitConfig{BatchSize: 64, InOrder: true})
		want := (64*h1.Values("loss")[0] + 6*h2.Values("loss")[0]) / 70
		if got := h.Values("loss")[0]; math.Abs(got-want) > 1e-5 {
			t.Errorf("loss %g. Expected %g", got, want)
		}
		p, err := one.Predict(context.Background(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		q, err := two.Predict(context.Background(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Values {
			if math.Abs(float64(p.Values[i]-q.Values[i])) > 1e-4 {
				t.Fatalf("output %d: %g. Expected %g", i, p.Values[i], q.Values[i])
			}
		}
	})
}

// counted is a layer that counts how often it is put into a graph: as often as something is traced or compiled.
type counted struct {
	ml.Layer
	built *int
}

func (c counted) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	*c.built++
	return c.Layer.Apply(scope, x)
}

func TestFitGoesOn(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		whole := digitsModel(t, b)
		h := fit(t, whole, train, ml.FitConfig{Epochs: 4, Seed: 5})
		built := 0
		parts := compiled(t, b, ml.Input(64), counted{ml.Dense(64, ml.ReLU), &built}, ml.Dense(10))
		first := fit(t, parts, train, ml.FitConfig{Epochs: 2, Seed: 5})
		before := built
		second := fit(t, parts, train, ml.FitConfig{Epochs: 2, Seed: 5})
		if got := append(first.Values("loss"), second.Values("loss")...); !slices.Equal(got, h.Values("loss")) {
			t.Errorf("two Fits of two epochs: %v. One of four: %v", got, h.Values("loss"))
		}
		if second.Epochs[1].Number != 4 {
			t.Errorf("the last epoch is number %d. Expected 4", second.Epochs[1].Number)
		}
		if built != before || built == 0 {
			t.Errorf("the second Fit built %d graphs, the first %d. Expected none and some", built-before, before)
		}
	})
}

// cancelAfter ends a context in the given epoch, once a part of it is done.
type cancelAfter struct {
	ml.NoCallback
	epoch  int
	cancel func()
	at     time.Time
}

func (c *cancelAfter) Progress(r *ml.Run) error {
	if r.Epoch == c.epoch && r.Step > 0 && c.at.IsZero() {
		c.at = time.Now()
		c.cancel()
	}
	return nil
}

func TestInterrupt(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		ctx, cancel := context.WithCancel(context.Background())
		c := &cancelAfter{epoch: 2, cancel: cancel}
		h, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{BatchSize: 4, Epochs: 1000, Quiet: true, Callbacks: []ml.Callback{c}})
		if took := time.Since(c.at); took > 200*time.Millisecond {
			t.Errorf("Fit went on for %v after the interrupt", took)
		}
		if !errors.Is(err, ml.ErrInterrupted) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped in epoch") {
			t.Errorf("error: %v", err)
		}
		// A fast device ends the second epoch in the execution after which the context is looked at.
		if h.Len() != 1 && h.Len() != 2 {
			t.Errorf("the history has %d epochs. Expected those that ended", h.Len())
		}
		scores, err := m.Evaluate(context.Background(), test.X, test.Y)
		if err != nil || scores.Accuracy() < 0.5 {
			t.Errorf("the model after the interrupt: %v, %v. Expected what an epoch teaches", scores, err)
		}
		fit(t, m, train, ml.FitConfig{Epochs: 1})
	})
}

func TestInterruptWhileCompiling(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		ctx, cancel := context.WithCancel(context.Background())
		c := &cancelWhenCompiling{cancel: cancel}
		_, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{Epochs: 1000, Quiet: true, Callbacks: []ml.Callback{c}})
		if took := time.Since(c.at); took > 200*time.Millisecond {
			t.Errorf("Fit went on for %v after the interrupt", took)
		}
		if !errors.Is(err, ml.ErrInterrupted) {
			t.Errorf("error: %v", err)
		}
		fit(t, m, train, ml.FitConfig{Epochs: 1})
	})
}

type cancelWhenCompiling struct {
	ml.NoCallback
	cancel func()
	at     time.Time
}

func (c *cancelWhenCompiling) Progress(r *ml.Run) error {
	if r.Phase == ml.Compiling {
		c.at = time.Now()
		c.cancel()
	}
	return nil
}

func TestCallbacks(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		c := &recorder{stopAt: 2}
		m := digitsModel(t, b)
		h, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Epochs: 5, Quiet: true, Callbacks: []ml.Callback{c}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.calls, " "); got != "fit epoch end epoch end done" {
			t.Errorf("calls: %s", got)
		}
		if h.Len() != 2 || h.Stopped != "enough" {
			t.Errorf("%d epochs, stopped: %q", h.Len(), h.Stopped)
		}
	})
}

type recorder struct {
	ml.NoCallback
	calls  []string
	stopAt int
}

func (r *recorder) say(s string) error {
	r.calls = append(r.calls, s)
	return nil
}
func (r *recorder) FitBegin(*ml.Run) error      { return r.say("fit") }
func (r *recorder) EpochBegin(*ml.Run) error    { return r.say("epoch") }
func (r *recorder) FitEnd(*ml.Run, error) error { return r.say("done") }
func (r *recorder) EpochEnd(run *ml.Run) error {
	if run.Epoch == r.stopAt {
		run.Stop("enough")
	}
	return r.say("end")
}

func TestProgressIsShown(t *testing.T) {
	train, test := digits(t)
	var b strings.Builder
	m := digitsModel(t, backends[0])
	_, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{BatchSize: 128, Epochs: 2, Validation: test, Progress: progress.NewText(&b, false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Training on GoMLX's Go backend", "Epoch 1/2\n11/11 [====================] - ", "ms/step - loss: ", " - accuracy: ", " - val_loss: ", " - val_accuracy: ", "Epoch 2/2"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("expected %q in\n%s", want, b.String())
		}
	}
}

// TestGradient compares the step that the optimiser is given with finite differences of the loss.
func TestGradient(t *testing.T) {
	x := [][]float32{{0.5, -1, 2}, {1, 0.25, -0.5}, {-2, 1, 0.75}, {0.1, 0.2, -0.3}}
	losses := []struct {
		name string
		loss ml.Loss
		last ml.Activation
		y    any
	}{
		{"from logits", ml.SparseCategoricalCrossentropy{FromLogits: true}, ml.Linear, []int{0, 2, 1, 1}},
		{"from probabilities", ml.SparseCategoricalCrossentropy{}, ml.Softmax, []int{0, 2, 1, 1}},
		{"squares", ml.MeanSquaredError{}, ml.Linear, [][]float32{{1, 0, 0.5}, {0, -1, 2}, {0.5, 0.5, 0.5}, {1, 2, 3}}},
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, l := range losses {
			for _, a := range []ml.Activation{ml.Tanh, ml.Sigmoid, ml.GELU, ml.SiLU, ml.SELU, ml.ELU, ml.LeakyReLU, ml.Softplus} {
				m := ml.Sequential(ml.Input(3), ml.Dense(4, a), ml.Dense(3, l.last))
				m.UseBackend(b)
				if err := m.Compile(ml.Adam{}, l.loss); err != nil {
					t.Fatal(err)
				}
				if err := m.Build(1); err != nil {
					t.Fatal(err)
				}
				checkGradient(t, l.name+"/"+string(a), b, m, l.loss, x, l.y)
			}
		}
	})
}

func checkGradient(t *testing.T, name string, b *backend.Backend, m *ml.Model, loss ml.Loss, x [][]float32, y any) {
	t.Helper()
	kernel := m.Store().GetVariable("/model/dense/kernel")
	exec, err := model.NewExec(b.GoMLX(), m.Store(), func(_ *model.Scope, x, y *graph.Node) *graph.Node {
		return graph.Gradient(graph.ReduceAllMean(loss.PerExample(y, m.Forward(x))), kernel.NodeValue(x))[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call1(x, y)
	if err != nil {
		t.Fatal(err)
	}
	gradient := tensors.MustCopyFlatData[float32](out)
	weights := tensors.MustCopyFlatData[float32](kernel.MustValue())
	at := func(i int, h float32) float64 {
		moved := slices.Clone(weights)
		moved[i] += h
		set(t, kernel, tensors.FromFlatDataAndDimensions(moved, 3, 4))
		s, err := m.Evaluate(t.Context(), x, y)
		if err != nil {
			t.Fatal(err)
		}
		return s.Loss
	}
	const h = 1e-2
	for _, i := range []int{0, 5, 11} {
		want := (at(i, h) - at(i, -h)) / (2 * h)
		if math.Abs(float64(gradient[i])-want) > 1e-3*max(1, math.Abs(want)) {
			t.Errorf("%s: gradient %g at weight %d. Finite differences: %g", name, gradient[i], i, want)
		}
	}
	set(t, kernel, tensors.FromFlatDataAndDimensions(weights, 3, 4))
}

// set gives a variable a value.
func set(t *testing.T, v *model.Variable, value *tensors.Tensor) {
	t.Helper()
	if err := v.SetValue(value); err != nil {
		t.Fatal(err)
	}
}

// TestAdamStep compares the first step with the one that the formula gives: against the gradient's sign, by the learning rate.
func TestAdamStep(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(ml.Input(1), ml.Dense(1))
		m.UseBackend(b)
		if err := m.Compile(ml.Adam{LearningRate: 0.25}, ml.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		if err := m.Build(0); err != nil {
			t.Fatal(err)
		}
		kernel := m.Store().GetVariable("/model/dense/kernel")
		set(t, kernel, tensors.FromFlatDataAndDimensions([]float32{1}, 1, 1))
		if _, err := m.Fit(t.Context(), [][]float32{{2}}, []float32{10}, ml.FitConfig{Quiet: true}); err != nil {
			t.Fatal(err)
		}
		if got := tensors.MustCopyFlatData[float32](kernel.MustValue())[0]; math.Abs(float64(got)-1.25) > 1e-5 {
			t.Errorf("weight 1 became %g. Expected 1.25", got)
		}
	})
}

func TestInitialWeights(t *testing.T) {
	m := digitsModel(t, backends[0])
	if err := m.Build(9); err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/kernel").MustValue())
	limit := float32(math.Sqrt(6. / (64 + 64)))
	var squares float64
	for _, v := range values {
		squares += float64(v) * float64(v)
	}
	if slices.Max(values) > limit || slices.Max(values) < 0.99*limit || slices.Min(values) < -limit {
		t.Errorf("weights from %g to %g. Expected uniform in ±%g", slices.Min(values), slices.Max(values), limit)
	}
	if got, want := squares/float64(len(values)), float64(limit*limit/3); math.Abs(got-want) > 0.05*want {
		t.Errorf("variance %g. Expected about %g", got, want)
	}
	for _, v := range tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/bias").MustValue()) {
		if v != 0 {
			t.Fatalf("a bias starts at %g. Expected 0", v)
		}
	}
}

func TestDropoutWorksOnlyInTraining(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(ml.Input(4), ml.Dropout(0.5))
		m.UseBackend(b)
		x := [][]float32{{1, 2, 3, 4}}
		p, err := m.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Values, x[0]) {
			t.Errorf("Predict gave %v. Expected %v", p.Values, x[0])
		}
	})
}

func TestPredictSizes(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		all, err := m.Predict(t.Context(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 3, 8, 1024, 1025} {
			p, err := m.Predict(t.Context(), train.Head(n).X)
			if err != nil {
				t.Fatal(err)
			}
			if p.Len() != n || len(p.Values) != n*10 {
				t.Fatalf("%d examples: %d outputs of shape %v", n, len(p.Values), p.Shape)
			}
			for i, v := range p.Values {
				if math.Abs(float64(v-all.Values[i])) > 1e-5 {
					t.Fatalf("%d examples: output %d is %g. Expected %g", n, i, v, all.Values[i])
				}
			}
		}
	})
}

func TestPredictions(t *testing.T) {
	p := ml.Predictions{Values: []float32{0, 2, 1, 100, 99, 98}, Shape: []int{2, 3}}
	if got := p.Classes(); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("classes: %v", got)
	}
	q := p.Softmax()
	want := 1 / (1 + math.Exp(-1) + math.Exp(-2))
	if got := float64(q.Row(1)[0]); math.Abs(got-want) > 1e-6 {
		t.Errorf("probability %g. Expected %g", got, want)
	}
}

func TestFormsOfData(t *testing.T) {
	m := digitsModel(t, backends[0])
	row := make([]float32, 64)
	for i := range row {
		row[i] = float32(i)
	}
	var bytes [2][8][8]uint8
	for i := range 64 {
		bytes[0][i/8][i%8], bytes[1][i/8][i%8] = uint8(i), uint8(i)
	}
	flat := ml.Sequential(ml.Flatten(), ml.Dense(10))
	flat.UseBackend(backends[0])
	flat.Compile(ml.Adam{}, ml.SparseCategoricalCrossentropy{FromLogits: true})
	tests := []struct {
		name string
		m    *ml.Model
		x, y any
	}{
		{"slices", m, [][]float32{row, row}, []int{1, 2}},
		{"float64", m, [][]float64{make([]float64, 64), make([]float64, 64)}, []uint8{1, 2}},
		{"tensors", m, tensors.FromValue([][]float32{row, row}), tensors.FromValue([]int64{1, 2})},
		{"column of classes", m, [][]float32{row, row}, [][]int32{{1}, {2}}},
		{"arrays of bytes", flat, bytes, []float64{1, 2}},
		{"array of package data", m, data.Array{Values: slices.Concat(row, row), Shape: []int{2, 64}}, []int64{1, 2}},
	}
	for _, test := range tests {
		if _, err := test.m.Evaluate(t.Context(), test.x, test.y); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestAccuracyOfOtherShapes(t *testing.T) {
	tests := []struct {
		name string
		p, y any
		want float64
	}{
		{"one output", [][]float32{{0.9}, {0.2}, {0.4}, {0.6}}, []int{1, 0, 1, 0}, 0.5},
		{"one-hot", [][]float32{{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}}, [][]float32{{1, 0}, {1, 0}, {1, 0}}, 2. / 3},
		{"classes", [][]float32{{1, 3, 2}, {5, 3, 2}}, []int{1, 2}, 0.5},
	}
	for _, test := range tests {
		m := ml.Sequential(ml.Dropout(0))
		m.UseBackend(backends[0])
		m.Compile(ml.Adam{}, ml.LossFunc("none", func(y, p *graph.Node) *graph.Node { return graph.ReduceSum(graph.ZerosLike(p), -1) }), ml.Accuracy{})
		s, err := m.Evaluate(t.Context(), test.p, test.y)
		if err != nil || math.Abs(s.Accuracy()-test.want) > 1e-7 {
			t.Errorf("%s: %v, %v. Expected %g", test.name, s, err, test.want)
		}
	}
}

func TestHistory(t *testing.T) {
	train, test := digits(t)
	h := fit(t, digitsModel(t, backends[0]), train, ml.FitConfig{Epochs: 2, Validation: test})
	var b strings.Builder
	if err := h.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); len(lines) != 3 || lines[0] != "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds" {
		t.Errorf("CSV:\n%s", b.String())
	}
	if html := h.HTML(); !strings.Contains(html, "val_accuracy") || !strings.Contains(html, "<svg") {
		t.Errorf("HTML: %s", html)
	}
	if svg := h.Plot().HTML(); !strings.Contains(svg, "<polyline") || strings.Contains(svg, "<table") {
		t.Errorf("curves: %s", svg)
	}
	b.Reset()
	if err := h.WriteStepsCSV(&b); err != nil {
		t.Fatal(err)
	}
	steps := h.Epochs[0].Steps
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 1+2*steps || lines[0] != "epoch,step,loss,accuracy" || !strings.HasPrefix(lines[1+steps], fmt.Sprintf("2,%d,", steps+1)) {
		t.Errorf("CSV of the steps:\n%s", b.String())
	}
	if got := h.Steps("accuracy"); len(got) != 2*steps || h.Steps("nothing") != nil {
		t.Errorf("accuracy of %d steps. Expected %d", len(got), 2*steps)
	}
	h.Epochs[0].Values[0].Value = math.NaN()
	text, err := h.MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"loss":[null,`) {
		t.Errorf("JSON: %s, %v", text, err)
	}
	if _, ok := h.Last("nothing"); ok || h.StepTime() <= 0 || h.Duration() <= 0 {
		t.Errorf("a figure that is not there was found, or a time is missing: %v %v", h.StepTime(), h.Duration())
	}
}

// BenchmarkFit measures steps of the article's model (784-64-10, batch 128) on random pictures.
func BenchmarkFit(b *testing.B) {
	for _, device := range backends {
		b.Run(string(device.Choice().Kind), func(b *testing.B) {
			const n = 128 * 100
			x := data.Array{Values: make([]float32, n*784), Shape: []int{n, 784}}
			y := make([]int, n)
			for i := range x.Values {
				x.Values[i] = float32(i%255) / 255
			}
			for i := range y {
				y[i] = i % 10
			}
			m := compiled(b, device, ml.Input(784), ml.Dense(64, ml.ReLU), ml.Dense(10))
			if _, err := m.Fit(b.Context(), x, y, ml.FitConfig{BatchSize: 128, Quiet: true}); err != nil { // compiles
				b.Fatal(err)
			}
			b.ResetTimer()
			h, err := m.Fit(b.Context(), x, y, ml.FitConfig{BatchSize: 128, Epochs: b.N, Quiet: true})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(h.StepTime().Nanoseconds())/1e6, "ms/step")
		})
	}
}

func BenchmarkPredictOne(b *testing.B) {
	for _, device := range backends {
		b.Run(string(device.Choice().Kind), func(b *testing.B) {
			m := compiled(b, device, ml.Input(784), ml.Dense(64, ml.ReLU), ml.Dense(10))
			x := data.Array{Values: make([]float32, 784), Shape: []int{1, 784}}
			if _, err := m.Predict(b.Context(), x); err != nil { // compiles
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := m.Predict(b.Context(), x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
