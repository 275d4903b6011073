package ml_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// ExampleModel_On puts a trained model under a new head and trains that alone.
func ExampleModel_On() {
	base := ml.Sequential(layers.Input(2), layers.Dense(8, layers.Tanh))
	base.Name = "base"
	base.Build(1) // or ml.Load

	m := ml.Sequential(base, layers.Dense(1))
	m.Freeze("base")
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{})
	x, y := [][]float32{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, []float32{0, 1, 1, 2}
	if _, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 200, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	s, err := m.Evaluate(context.Background(), x, y)
	fmt.Printf("loss %.1f, %v\n", s.Loss, err)
	summary, _ := m.Summary()
	fmt.Print(summary)
	// Output:
	// loss 0.0, <nil>
	// name   layer                  output shape  weights  trained
	// input  Input(2)               [batch, 2]    0        -
	// base   Sequential of a layer  [batch, 8]    24       no
	// dense  Dense(1)               [batch, 1]    9        yes
	// 33 weights, 9 of them trained, 0.1 KB as float32
}

// autoencoder is a model of two that are trained together.
func autoencoder(t *testing.T, b *backend.Backend) (whole, encoder, decoder *ml.Model) {
	t.Helper()
	encoder = ml.Sequential(layers.Input(64), layers.Dense(8, layers.Tanh))
	decoder = ml.Sequential(layers.Input(8), layers.Dense(16, layers.ReLU), layers.Dense(64))
	x := ml.In("x", 64)
	whole = ml.Functional(ml.Tensors{x}, ml.Tensors{decoder.On(encoder.On(x))})
	for _, m := range []*ml.Model{whole, encoder, decoder} {
		m.UseBackend(b)
	}
	if err := whole.Compile(optimizers.Adam{}, losses.MeanSquaredError{}); err != nil {
		t.Fatal(err)
	}
	return whole, encoder, decoder
}

// TestModelsAreTrainedTogether trains two models as layers of a third, then one of them in a fourth: all have the weights at all times.
func TestModelsAreTrainedTogether(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		whole, encoder, decoder := autoencoder(t, b)
		same := func(when string) {
			t.Helper()
			codes, err := encoder.Predict(t.Context(), test.X)
			if err != nil {
				t.Fatal(err)
			}
			pictures, err := decoder.Predict(t.Context(), codes)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range outputs(t, whole, test.X) {
				if math.Abs(float64(v-pictures.Values[i])) > 1e-5 {
					t.Fatalf("%s: output %d is %g. The two models one behind the other have %g", when, i, v, pictures.Values[i])
				}
			}
		}
		same("before any training")
		before := outputs(t, encoder, test.X)
		h, err := whole.Fit(t.Context(), train.X, train.X, ml.FitConfig{Epochs: 3, Quiet: true})
		if err != nil || h.Values("loss")[2] > 0.8*h.Values("loss")[0] {
			t.Fatalf("%v, %v. Expected a loss that falls", h.Values("loss"), err)
		}
		same("after a Fit")
		coded := outputs(t, encoder, test.X)
		if slices.Equal(coded, before) {
			t.Error("the encoder was not trained with the autoencoder")
		}
		classifier := compiled(t, b, encoder, layers.Dense(10))
		fit(t, classifier, train, ml.FitConfig{Epochs: 2})
		if slices.Equal(outputs(t, encoder, test.X), coded) {
			t.Error("the encoder was not trained with the classifier")
		}
		same("after another model has trained the encoder")
		if err := encoder.Compile(optimizers.SGD{}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		if _, err := encoder.Fit(t.Context(), test.X, make([][8]float32, test.Len()), ml.FitConfig{Quiet: true}); err != nil {
			t.Fatal(err)
		}
		same("after a Fit of the encoder itself")
	})
}

// TestModelAsLayerIsFrozen has batch normalization in the frozen model, whose averages must not move either.
func TestModelAsLayerIsFrozen(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		base := compiled(t, b, layers.Input(64), layers.Dense(16, layers.ReLU), layers.BatchNormalization(), layers.Dense(10))
		fit(t, base, train, ml.FitConfig{})
		m := compiled(t, b, base, layers.Dense(10))
		trained := func(freeze func() error) bool {
			t.Helper()
			if err := freeze(); err != nil {
				t.Fatal(err)
			}
			before, head := outputs(t, base, test.X), outputs(t, m, test.X)
			fit(t, m, train, ml.FitConfig{})
			if slices.Equal(head, outputs(t, m, test.X)) {
				t.Error("the head was not trained")
			}
			return !slices.Equal(before, outputs(t, base, test.X))
		}
		weights := func() string {
			t.Helper()
			s, err := m.Summary()
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(s.Rows[1].Name, s.Rows[1].Layer, s.Rows[1].Trainable, " ", s.Rows[1].Fixed)
		}
		for _, step := range []struct {
			what    string
			f       func() error
			trained bool
			summary string
		}{
			{"frozen as a layer", func() error { return m.Freeze("sequential") }, false, "sequentialSequential of 3 layers0 1274"},
			{"free", func() error { return m.Unfreeze() }, true, "sequentialSequential of 3 layers1242 32"},
			{"frozen by itself", func() error { return base.Freeze() }, false, "sequentialSequential of 3 layers0 1274"},
			{"free but for a layer", func() error { return errors.Join(base.Unfreeze(), base.Freeze("dense")) }, true, "sequentialSequential of 3 layers202 1072"},
		} {
			if got := trained(step.f); got != step.trained {
				t.Errorf("%s: trained %t. Expected %t", step.what, got, step.trained)
			}
			if got := weights(); got != step.summary {
				t.Errorf("%s: summary %q. Expected %q", step.what, got, step.summary)
			}
		}
	})
}

// TestModelOfModelsIsSaved has a model in a model in a model, one applied to each step of a sequence, a frozen layer and one that serves two inputs.
func TestModelOfModelsIsSaved(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		innermost := ml.Sequential(layers.Dense(3, layers.Tanh), layers.BatchNormalization(), layers.Dropout(0.2))
		innermost.Name = "innermost"
		x := ml.In("x", 2)
		inner := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Add().On(innermost.On(x), layers.Dense(3).On(x))})
		step := ml.Sequential(layers.Input(2), layers.Dense(2, layers.ReLU))
		a, c := ml.In("a", 4, 2), ml.In("c", 2)
		h := layers.GlobalAveragePooling().On(layers.TimeDistributed(step).On(a))
		m := ml.Functional(ml.Tensors{a, c}, ml.Tensors{layers.Dense(1).On(layers.Subtract().On(inner.On(h), inner.On(c)))})
		m.UseBackend(b)
		if err := innermost.Freeze("dense"); err != nil {
			t.Fatal(err)
		}
		if err := m.Compile(optimizers.Adam{}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		data := ml.Arrays{"a": [][4][2]float32{{{1, 2}, {3, 4}}, {{0, 1}, {-1, 0}}, {{5, 5}, {1, 0}}}, "c": [][]float32{{1, 2}, {3, 4}, {0, 1}}}
		train := func(m *ml.Model) []float64 {
			t.Helper()
			h, err := m.Fit(t.Context(), data, []float32{1, 2, 3}, ml.FitConfig{Epochs: 3, Quiet: true})
			if err != nil {
				t.Fatal(err)
			}
			return h.Values("loss")
		}
		train(m)
		loaded := reload(t, b, m, data)
		trainsAlike(t, m, loaded, data, train)
		one, err := m.Summary()
		if err != nil {
			t.Fatal(err)
		}
		two, err := loaded.Summary()
		// Frozen are the innermost model's kernel of 6 and bias of 3; of the normalization's four times 3 weights half are averages.
		if err != nil || one.String() != two.String() || !strings.Contains(one.String(), "Functional of 3 layers") || one.Fixed != 6+3+2*3 {
			t.Errorf("%v, loaded:\n%s\nExpected\n%s", err, two, one)
		}
		got := loaded.Layers()
		i := slices.IndexFunc(got, func(l contract.Layer) bool { return l.Kind() == "Functional" })
		if i < 0 {
			t.Fatalf("layers %v", got)
		}
		if !slices.Equal(outputs(t, got[i].(*ml.Model), data["c"]), outputs(t, inner, data["c"])) {
			t.Error("the inner model was loaded with other weights")
		}
	})
}

func TestModelAsLayerIsSummed(t *testing.T) {
	inner := ml.Sequential(layers.Input(3), layers.Dense(2, regularizers.L2(0.5), initializers.Ones))
	m := ml.Sequential(inner, layers.Activate(layers.Linear))
	m.UseBackend(backends[0])
	if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}); err != nil {
		t.Fatal(err)
	}
	s, err := m.Evaluate(t.Context(), [][]float32{{0, 0, 0}}, [][]float32{{0, 0}})
	if err != nil || s.Loss != 3 {
		t.Errorf("%v, %v. Expected the penalty of 6 weights of 1, 3", s, err)
	}
	d, err := m.Plot()
	if svg := d.SVG(); err != nil || !strings.Contains(svg, "Sequential of a layer") {
		t.Errorf("%v, %s", err, svg)
	}
}

func TestModelAsLayerMistakes(t *testing.T) {
	x := ml.In("x", 2)
	two := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1, layers.Named("a")).On(x), layers.Dense(1, layers.Named("b")).On(x)})
	pair := ml.Functional(ml.Tensors{x, ml.In("y", 2)}, ml.Tensors{layers.Dense(1).On(x)})
	y := ml.In("y", 2)
	joined := ml.Functional(ml.Tensors{x, y}, ml.Tensors{layers.Add().On(x, y)})
	one := ml.Sequential(layers.Input(2), layers.Dense(2))
	bad := ml.Sequential(layers.Input(2), layers.Dense(2), layers.Dense(0))
	z := ml.In("z", 4, 2)
	for _, test := range []struct {
		m    *ml.Model
		want string
	}{
		{ml.Sequential(layers.Input(2), two), "layer 1 Functional of 2 layers, given [batch, 2]: expected a model of one output as a layer. Got one of a, b"},
		{ml.Sequential(layers.Input(2), pair), "None depends on"},
		{ml.Sequential(layers.Input(2), joined), "expected a value for each input, x, y. Got 1"},
		{ml.Sequential(layers.Input(2), bad), "layer 1 Sequential of 2 layers, given [batch, 2]: layer 2 Dense(0), given [batch, 2]: expected a positive number of units"},
		{ml.Sequential(layers.Input(3), one), "expected examples of shape [batch, 2]. Got [batch, 3]"},
		{ml.Sequential(one, one), "It stands in it twice"},
		{ml.Sequential(one, ml.Sequential(one)), "It stands in it twice"},
		{ml.Functional(ml.Tensors{x, z}, ml.Tensors{one.On(x), layers.TimeDistributed(one).On(z)}), "It stands in it twice"},
	} {
		if err := test.m.Compile(optimizers.Adam{}, losses.MeanSquaredError{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v. Expected %q", err, test.want)
		}
	}
}

// TestTerminateOnNaNNamesLayersOfModels names the layer and the model that it is of.
func TestTerminateOnNaNNamesLayersOfModels(t *testing.T) {
	inner := ml.Sequential(layers.Input(1), rotten{50}, layers.Activate(layers.Linear))
	m := ml.Sequential(inner, layers.Dense(1))
	m.UseBackend(backends[0])
	if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}); err != nil {
		t.Fatal(err)
	}
	_, err := m.Fit(t.Context(), []float32{1, 2, 100}, []float32{1, 2, 3}, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{callbacks.TerminateOnNaN{}}})
	if err == nil || !strings.Contains(err.Error(), "the output of layer 1 Rotten of layer 1 Sequential of 2 layers has 1 NaN") {
		t.Errorf("%v", err)
	}
}
