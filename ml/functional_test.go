package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// ExampleFunctional has two inputs, a branch that goes around a layer, and two outputs with losses and metrics of their own.
func ExampleFunctional() {
	image, hint := ml.In("image", 2, 2), ml.In("hint", 1)
	flat := layers.Flatten().On(image)
	h := layers.Dense(4, layers.Tanh).On(flat)
	h = layers.Add().On(flat, h)
	h = layers.Concatenate().On(h, hint)
	bright := layers.Dense(1, layers.Sigmoid, layers.Named("bright")).On(h)
	sum := layers.Dense(1, layers.Named("sum")).On(h)
	m := ml.Functional(ml.Tensors{image, hint}, ml.Tensors{bright, sum})
	m.Compile(optimizers.Adam{LearningRate: 0.05}, ml.Outputs{
		"bright": {Loss: losses.BinaryCrossentropy{}, Metrics: ml.Metrics{metrics.BinaryAccuracy{}}},
		"sum":    {Loss: losses.MeanSquaredError{}, Weight: 0.5},
	})
	x := ml.Arrays{
		"image": [][][]float32{{{1, 0}, {1, 1}}, {{0, 0}, {0, 1}}, {{1, 1}, {1, 1}}, {{0, 0}, {0, 0}}},
		"hint":  []float32{1, 0, 1, 0},
	}
	y := ml.Arrays{"bright": []int{1, 0, 1, 0}, "sum": []float32{3, 1, 4, 0}}
	h2, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 300, Quiet: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := m.PredictAll(context.Background(), x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	fmt.Println(strings.Join(h2.Names(), " "))
	fmt.Printf("%.1f\n", p["sum"].Row(2)[0])
	// Output:
	// Functional(image, hint -> bright, sum)
	// loss bright_loss sum_loss bright_binary_accuracy
	// 4.0
}

// twoTowers compares two values by one shared layer.
func twoTowers() *ml.Model {
	a, b := ml.In("a", 2), ml.In("b", 2)
	shared := layers.Dense(3, layers.Tanh, layers.Named("tower"), regularizers.L2(0.01))
	return ml.Functional(ml.Tensors{a, b}, ml.Tensors{layers.Dense(1, layers.Named("same")).On(layers.Multiply().On(shared.On(a), shared.On(b)))})
}

func TestSharedLayer(t *testing.T) {
	type examples struct {
		B      [][]float32 `ml:"b"`
		A      [][]float32
		Ignore string `ml:"-"`
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := twoTowers()
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		if err := m.Build(0); err != nil {
			t.Fatal(err)
		}
		if n := len(slices.Collect(m.Scope().IterVariables())); n != 4 {
			t.Errorf("%d variables. Expected a kernel and a bias of two layers", n)
		}
		set := func(name string, values []float32, dims ...int) {
			t.Helper()
			v := m.Store().GetVariable("/model/" + name)
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, dims...)); err != nil {
				t.Fatal(err)
			}
		}
		set("tower/kernel", []float32{1, 0, 0, 0, 1, 0}, 2, 3)
		set("same/kernel", []float32{1, 1, 1}, 3, 1)
		p, err := m.Predict(t.Context(), examples{A: [][]float32{{0.5, -1}}, B: [][]float32{{2, 1}}})
		if err != nil {
			t.Fatal(err)
		}
		want := math.Tanh(0.5)*math.Tanh(2) + math.Tanh(-1)*math.Tanh(1)
		if got := float64(p.Values[0]); math.Abs(got-want) > 1e-6 {
			t.Errorf("output %g. Expected %g", got, want)
		}
		// The penalty of a shared layer counts once: 0.01·2.
		s, err := m.Evaluate(t.Context(), examples{A: [][]float32{{0.5, -1}}, B: [][]float32{{2, 1}}}, []float32{float32(want)})
		if err != nil || math.Abs(s.Loss-0.02) > 1e-6 {
			t.Errorf("loss %v, %v. Expected 0.02", s.Loss, err)
		}
	})
}

func TestFunctionalIsSequential(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		x := ml.In("x", 64)
		y := layers.Dense(10).On(layers.MaxPooling2D(2).On(layers.Conv2D(4, 3, layers.ReLU).On(layers.Reshape(8, 8, 1).On(x))))
		if shape, err := y.Shape(); err != nil || !slices.Equal(shape, []int{3, 3, 10}) {
			t.Errorf("shape %v, %v. Expected [3 3 10]", shape, err)
		}
		y = layers.GlobalAveragePooling().On(y)
		functional := ml.Functional(ml.Tensors{x}, ml.Tensors{y})
		functional.UseBackend(b)
		if err := functional.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{}); err != nil {
			t.Fatal(err)
		}
		chain := compiled(t, b, layers.Input(64), layers.Reshape(8, 8, 1), layers.Conv2D(4, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Dense(10), layers.GlobalAveragePooling())
		config := ml.FitConfig{Epochs: 2, Validation: test}
		one, two := fit(t, functional, train, config), fit(t, chain, train, config)
		for _, name := range []string{"loss", "accuracy", "val_loss", "val_accuracy"} {
			if !slices.Equal(one.Values(name), two.Values(name)) || one.Values(name) == nil {
				t.Errorf("%s: %v. Sequential has %v", name, one.Values(name), two.Values(name))
			}
		}
	})
}

// TestConvolutionBeforePooling looks at a convolution whose result is wanted beside that of the pooling behind it: the two must not become one.
func TestConvolutionBeforePooling(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		x := ml.In("x", 4, 4, 1)
		c := layers.Conv2D(1, 1, layers.ReLU, initializers.Ones, layers.Named("conv")).On(x)
		m := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.MaxPooling2D(2, layers.Named("pool")).On(c), c, layers.Add(layers.Named("sum")).On(c, x)})
		m.UseBackend(b)
		p, err := m.PredictAll(t.Context(), numbered(1, 4, 4))
		if err != nil {
			t.Fatal(err)
		}
		conv := p["conv"].Values
		if want := []float32{conv[5], conv[7], conv[13], conv[15]}; !slices.Equal(p["pool"].Values, want) {
			t.Errorf("pool %v. Expected %v", p["pool"].Values, want)
		}
		for i, v := range p["sum"].Values {
			if v != conv[i]+float32(i+1) {
				t.Fatalf("sum %v of %v", p["sum"].Values, conv)
			}
		}
	})
}

func TestFunctionalIsSaved(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		a, c := ml.In("a", 2), ml.In("b", 2)
		shared := layers.Dense(2, layers.Named("shared"))
		left, right := shared.On(a), shared.On(c)
		m := ml.Functional(ml.Tensors{c, a}, ml.Tensors{
			layers.Dense(1).On(layers.Concatenate().On(left, right)), layers.Dense(1).On(layers.Flatten().On(left)), layers.Dense(2, layers.Named("free")).On(layers.Flatten().On(right)),
		})
		m.UseBackend(b)
		outputs := ml.Outputs{
			"dense":   {Loss: losses.MeanSquaredError{}, Metrics: ml.Metrics{metrics.MeanAbsoluteError{}}},
			"dense_1": {Loss: losses.Huber{}, Weight: 2},
		}
		if err := m.Compile(optimizers.Adam{}, outputs); err != nil {
			t.Fatal(err)
		}
		if err := m.Freeze("dense_1"); err != nil {
			t.Fatal(err)
		}
		x := ml.Arrays{"a": [][]float32{{1, 2}, {3, 4}}, "b": [][]float32{{-1, 0}, {0, 1}}}
		y := ml.Arrays{"dense": []float32{1, 2}, "dense_1": []float32{3, 4}}
		train := func(m *ml.Model) []float64 {
			t.Helper()
			h, err := m.Fit(t.Context(), x, y, ml.FitConfig{Epochs: 3, Quiet: true})
			if err != nil {
				t.Fatal(err)
			}
			return slices.Concat(h.Values("loss"), h.Values("dense_1_loss"), h.Values("dense_mean_absolute_error"))
		}
		train(m)
		if want := "Functional(b, a -> dense, dense_1, free)"; m.String() != want {
			t.Errorf("%s. Expected %s", m, want)
		}
		trainsAlike(t, m, reload(t, b, m, x), x, train)
	})
}

// TestSeveralOutputs compares the whole loss with the losses of its parts.
func TestSeveralOutputs(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		x := ml.In("x", 1)
		m := ml.Functional(ml.Tensors{x}, ml.Tensors{
			layers.Dense(1, layers.NoBias, initializers.Ones, layers.Named("up")).On(x), layers.Dense(1, layers.NoBias, initializers.Ones, layers.Named("down")).On(x)})
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{}, ml.Outputs{"up": {Loss: losses.MeanSquaredError{}, Weight: 0.5}, "down": {Loss: losses.MeanAbsoluteError{}, Metrics: ml.Metrics{metrics.R2{}}}}); err != nil {
			t.Fatal(err)
		}
		y := ml.Arrays{"up": []float32{3, 4}, "down": []float32{0, 1}}
		s, err := m.Evaluate(t.Context(), []float32{1, 2}, y)
		if err != nil {
			t.Fatal(err)
		}
		if want := "loss: 3.0000 - up_loss: 4.0000 - down_loss: 1.0000 - down_r2_score: -3.0000"; s.String() != want {
			t.Errorf("got %s. Expected %s", s, want)
		}
	})
}

func TestFunctionalMistakes(t *testing.T) {
	x := ml.In("x", 4)
	other := ml.In("other", 4)
	compile := func(inputs, outputs ml.Tensors) error {
		return ml.Functional(inputs, outputs).Compile(optimizers.Adam{}, losses.MeanSquaredError{})
	}
	in := ml.Tensors{x}
	double := layers.Dense(3, layers.Named("double")).On(x)
	fitError := func(x, y any) error {
		a, b := ml.In("a", 1), ml.In("b", 2)
		m := ml.Functional(ml.Tensors{a, b}, ml.Tensors{layers.Dense(1, layers.Named("c")).On(a), layers.Dense(1, layers.Named("d")).On(b)})
		m.Compile(optimizers.Adam{}, losses.MeanSquaredError{})
		_, err := m.Fit(t.Context(), x, y, ml.FitConfig{Quiet: true})
		return err
	}
	good := ml.Arrays{"a": []float32{1, 2}, "b": [][]float32{{1, 2}, {3, 4}}}
	targets := ml.Arrays{"c": []float32{1, 2}, "d": []float32{1, 2}}
	if err := fitError(good, targets); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{compile(in, ml.Tensors{layers.Dense(0).On(x)}), "layer dense, Dense(0), given [batch, 4]: expected a positive number of units"},
		{compile(in, ml.Tensors{layers.Add().On(x, double)}), "layer add, Add(), given [batch, 4] and [batch, 3]: expected values of one shape"},
		{compile(in, ml.Tensors{contract.On(layers.Dense(1), x, x)}), "expected one value. Got 2"},
		{compile(in, ml.Tensors{layers.Subtract().On(x)}), "expected two values. Got 1"},
		{compile(in, ml.Tensors{layers.Concatenate().On(x, layers.Reshape(2, 2).On(x))}), "differ only along axis 1. Got [batch, 4] and [batch, 2, 2]"},
		{compile(in, nil), "at least one output"},
		{compile(in, ml.Tensors{nil}), "Got nil"},
		{compile(in, ml.Tensors{double, double}), "each output once"},
		{compile(nil, ml.Tensors{double}), `"x" is not`},
		{compile(ml.Tensors{x, other}, ml.Tensors{double}), `None depends on In("other", 4)`},
		{compile(ml.Tensors{double}, ml.Tensors{double}), "made by ml.In"},
		{ml.Functional(in, ml.Tensors{double}).Compile(optimizers.Adam{}, ml.Outputs{"d": {Loss: losses.MeanSquaredError{}}}), `outputs among double. Got "d"`},
		{ml.Functional(in, ml.Tensors{double}).Compile(optimizers.Adam{}, ml.Outputs{"double": {}}), "a loss for at least one output"},
		{ml.Functional(in, ml.Tensors{double}).Compile(optimizers.Adam{}, ml.Outputs{"double": {Loss: losses.Hinge{}}}, metrics.R2{}), "metrics of several outputs in ml.Outputs"},
		{fitError([]float32{1, 2}, targets), "expected x with an array for each of a, b, as a map or a struct. Got []float32"},
		{fitError(ml.Arrays{"a": []float32{1, 2}}, targets), "expected x with an array for each of a, b. Got a"},
		{fitError(ml.Arrays{"a": []float32{1, 2}, "b": [][]float32{{1, 2}, {3, 4}}, "e": []int{1, 2}}, targets), "Got e, too"},
		{fitError(ml.Arrays{"a": []float32{1, 2}, "b": []float32{1, 2}}, targets), `expected x b of shape [batch, 2], as In("b", 2) says. Got [2]`},
		{fitError(ml.Arrays{"a": []float32{1, 2, 3}, "b": [][]float32{{1, 2}, {3, 4}}}, targets), "as many examples in x b as in x, 3. Got 2"},
		{fitError(good, ml.Arrays{"c": []float32{1, 2}, "d": [][]float32{{1, 2}, {3, 4}}}), "output d: mean squared error"},
		{fitError(good, map[string][]float32{}), "Got an empty map"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v. Expected an error with %q", c.err, c.want)
		}
	}
}

func ExampleFitConfig_sampleWeights() {
	m := ml.Sequential(layers.Input(1), layers.Dense(1, layers.NoBias))
	m.Compile(optimizers.SGD{LearningRate: 0.1}, losses.MeanSquaredError{})
	// Two examples contradict each other; the one that counts decides.
	m.Fit(context.Background(), []float32{1, 1}, []float32{2, -2}, ml.FitConfig{Epochs: 100, Quiet: true, SampleWeights: []float32{1, 0}})
	p, err := m.Predict(context.Background(), []float32{1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", p.Values[0])
	// Output: 2.00
}

func TestWeights(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(1), layers.Dense(1, layers.NoBias, initializers.Ones))
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{LearningRate: 1e-12}, losses.MeanSquaredError{}, metrics.MeanAbsoluteError{}, metrics.Weighted(metrics.MeanAbsoluteError{})); err != nil {
			t.Fatal(err)
		}
		x, y := []float32{0, 0, 0}, []int{0, 1, 2}
		h, err := m.Fit(t.Context(), x, y, ml.FitConfig{
			Quiet: true, SampleWeights: []float64{5, 2, 1}, ClassWeights: map[int]float64{2: 3}, Validation: ml.PairWeighted(x, y, []int{1, 0, 0}),
		})
		if err != nil {
			t.Fatal(err)
		}
		// The loss is (5·0 + 2·1 + 1·3·4)/3; metrics divide by the weights if they use them.
		for name, want := range map[string]float64{
			"loss": 14.0 / 3, "mean_absolute_error": 1, "weighted_mean_absolute_error": 8.0 / 10,
			"val_loss": 0, "val_mean_absolute_error": 1, "val_weighted_mean_absolute_error": 0,
		} {
			if got, _ := h.Last(name); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: %g. Expected %g", name, got, want)
			}
		}
		for want, config := range map[string]ml.FitConfig{
			"one number for each example, 3. Got shape [2]":    {SampleWeights: []float32{1, 2}},
			`weights for outputs among ["dense"]. Got "other"`: {SampleWeights: ml.Arrays{"other": []float32{1, 2, 3}}},
		} {
			config.Quiet = true
			if _, err := m.Fit(t.Context(), x, y, config); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v. Expected an error with %q", err, want)
			}
		}
	})
}
