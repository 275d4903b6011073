package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func ExampleConv2D() {
	m := ml.Sequential(
		layers.Input(28, 28, 1),
		layers.Conv2D(32, 3, layers.ReLU), layers.MaxPooling2D(2),
		layers.Conv2D(64, 3, layers.ReLU, layers.Same, initializers.HeNormal, regularizers.L2(1e-4)), layers.BatchNormalization(), layers.GlobalAveragePooling(),
		layers.Dense(10),
	)
	if err := m.Build(0); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Store().GetVariable("/model/conv2d_1/kernel").Shape())
	// Output: (Float32)[3, 3, 32, 64]
}

func ExampleLSTM() {
	m := ml.Sequential(layers.Input(8), layers.Embedding(50, 4), layers.LSTM(16, layers.Sequences), layers.GRU(8), layers.Dense(1, layers.Sigmoid))
	p, err := m.Predict(context.Background(), [][]int{{1, 2, 3, 4, 5, 6, 7, 8}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	fmt.Println(p.Shape)
	// Output:
	// Sequential(Input(8), Embedding(50, 4), LSTM(16, sequences), GRU(8), Dense(1, sigmoid))
	// [1 1]
}

// TestPoolingTies compares with the plain operation where most places of a window share the largest value.
func TestPoolingTies(t *testing.T) {
	values := make([]float32, 2*6*7*3)
	for i := range values {
		values[i] = float32(i * 7 / 5 % 4 / 2)
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		x := tensors.FromFlatDataAndDimensions(values, 2, 6, 7, 3)
		for _, c := range []struct{ size, stride int }{{2, 2}, {3, 3}, {3, 2}} {
			out, err := graph.CallOnceN(b.GoMLX(), func(x *graph.Node) []*graph.Node {
				// The pull differs from place to place.
				pull := func(y *graph.Node) *graph.Node {
					return graph.ReduceAllSum(graph.Mul(y, graph.OnePlus(graph.IotaFull(y.Graph(), shapes.Make(dtypes.Float32, y.Shape().Dimensions...)))))
				}
				ours := layers.MaxPooling2D(c.size, layers.Strides(c.stride)).Apply(nil, x)
				plain := graph.MaxPool(x).Window(c.size).Strides(c.stride).Done()
				return []*graph.Node{ours, plain, graph.Gradient(pull(ours), x)[0], graph.Gradient(pull(plain), x)[0]}
			}, x)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < 4; i += 2 {
				ours, plain := tensors.MustCopyFlatData[float32](out[i]), tensors.MustCopyFlatData[float32](out[i+1])
				if !slices.Equal(ours, plain) {
					t.Errorf("size %d, stride %d, result %d: %v. The plain operation has %v", c.size, c.stride, i/2, ours, plain)
				}
			}
		}
	})
}

// TestConvnetLearns trains a convnet on the digits through Fit, with everything that a step has to carry: batch statistics, a penalty, dropout.
func TestConvnetLearns(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, layers.Input(64), layers.Reshape(8, 8, 1), layers.Conv2D(8, 3, layers.ReLU, regularizers.L2(1e-5)), layers.MaxPooling2D(2), layers.BatchNormalization(),
			layers.Flatten(), layers.Dropout(0.1), layers.Dense(10))
		fit(t, m, train, ml.FitConfig{BatchSize: 32, Epochs: 15})
		s, err := m.Evaluate(t.Context(), test.X, test.Y)
		if err != nil {
			t.Fatal(err)
		}
		// Seeds 0 to 4 gave 0.95 to 0.98.
		if s.Accuracy() < 0.93 {
			t.Errorf("accuracy %.4f. Expected at least 0.93", s.Accuracy())
		}
		loaded := reload(t, b, m, test.X)
		if got, err := loaded.Evaluate(t.Context(), test.X, test.Y); err != nil || got.Loss != s.Loss {
			t.Errorf("loaded: %v, %v. Saved: %v", got, err, s)
		}
	})
}

// TestStatisticsOfPartialBatch trains on five examples in batches of four: what the last batch is filled up with must not be in the averages.
func TestStatisticsOfPartialBatch(t *testing.T) {
	x := []float32{1, 2, 3, 4, 11}
	var twice [][][]float32
	for _, v := range x {
		twice = append(twice, [][]float32{{v}, {v}})
	}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for scope, test := range map[string]struct {
			x      any
			layers []contract.Layer
		}{
			"batch_normalization": {x, []contract.Layer{layers.Input(1), layers.BatchNormalization()}},
			"time_distributed":    {twice, []contract.Layer{layers.Input(2, 1), layers.TimeDistributed(layers.BatchNormalization())}},
		} {
			m := ml.Sequential(test.layers...)
			m.UseBackend(b)
			if err := m.Compile(optimizers.SGD{LearningRate: 1e-12}, losses.MeanSquaredError{}); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Fit(t.Context(), test.x, test.x, ml.FitConfig{BatchSize: 4, InOrder: true, Quiet: true}); err != nil {
				t.Fatal(err)
			}
			// Means 2.5 and 11, variances 1.25 and 0; each moves the average by a hundredth.
			for name, want := range map[string]float64{"moving_mean": 0.025*0.99 + 0.11, "moving_variance": (0.99+0.0125)*0.99 + 0} {
				got := tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/" + scope + "/" + name).MustValue())[0]
				if math.Abs(float64(got)-want) > 1e-5 {
					t.Errorf("%s of %s: %g. Expected %g", name, scope, got, want)
				}
			}
		}
	})
}

func TestPenaltyIsInTheLoss(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(1), layers.Dense(1, layers.NoBias, initializers.Ones, regularizers.Penalty{L1: 0.5, L2: 0.25}))
		m.UseBackend(b)
		if err := m.Compile(optimizers.SGD{LearningRate: 0.1}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		s, err := m.Evaluate(t.Context(), [][]float32{{1}}, []float32{1})
		if err != nil || math.Abs(s.Loss-0.75) > 1e-6 {
			t.Errorf("loss %v, %v. Expected 0.75", s.Loss, err)
		}
		if _, err := m.Fit(t.Context(), [][]float32{{1}}, []float32{1}, ml.FitConfig{Quiet: true}); err != nil {
			t.Fatal(err)
		}
		// The gradient is 0.5 + 2·0.25.
		if w := tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/kernel").MustValue())[0]; math.Abs(float64(w)-0.9) > 1e-6 {
			t.Errorf("weight %g after a step. Expected 0.9", w)
		}
	})
}

func TestFreeze(t *testing.T) {
	x, y := [][]float32{{1, 2}, {3, -1}, {0, 1}}, []float32{1, 0, 1}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(2), layers.Dense(3, layers.Tanh), layers.BatchNormalization(), layers.Dense(1))
		m.UseBackend(b)
		if err := m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{}); err != nil {
			t.Fatal(err)
		}
		weights := func() map[string][]float32 {
			all := map[string][]float32{}
			for v := range m.Scope().IterVariables() {
				all[v.Path()] = tensors.MustCopyFlatData[float32](v.MustValue())
			}
			return all
		}
		moved := func() string {
			t.Helper()
			before := weights()
			if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{Epochs: 2, Quiet: true}); err != nil {
				t.Fatal(err)
			}
			var names []string
			for path, w := range weights() {
				if !slices.Equal(w, before[path]) {
					names = append(names, strings.TrimPrefix(path, "/model/"))
				}
			}
			slices.Sort(names)
			return strings.Join(names, " ")
		}
		if err := m.Build(1); err != nil {
			t.Fatal(err)
		}
		all := "batch_normalization/beta batch_normalization/gamma batch_normalization/moving_mean batch_normalization/moving_variance " +
			"dense/bias dense/kernel dense_1/bias dense_1/kernel"
		if got := moved(); got != all {
			t.Errorf("training moved %s", got)
		}
		if err := m.Freeze("dense", "batch_normalization"); err != nil {
			t.Fatal(err)
		}
		if got := moved(); got != "dense_1/bias dense_1/kernel" {
			t.Errorf("with two layers frozen, training moved %s", got)
		}
		m = reload(t, b, m, x)
		if got := moved(); got != "dense_1/bias dense_1/kernel" {
			t.Errorf("loaded with two layers frozen, training moved %s", got)
		}
		if err := m.Unfreeze(); err != nil {
			t.Fatal(err)
		}
		if got := moved(); got != all {
			t.Errorf("after Unfreeze, training moved %s", got)
		}
		if err := m.Freeze("dens"); err == nil || !strings.Contains(err.Error(), `batch_normalization, dense_1. Got "dens"`) {
			t.Errorf("freezing an unknown layer: %v", err)
		}
	})
}

func TestInitializers(t *testing.T) {
	const in, out = 60, 40
	draw := func(i initializers.Initializer) []float32 {
		m := ml.Sequential(layers.Input(in), layers.Dense(out, i))
		if err := m.Build(5); err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/kernel").MustValue())
	}
	for _, c := range []struct {
		i initializers.Initializer
		// deviation, and the bound in deviations, of the distribution
		deviation, bound float64
	}{
		{initializers.GlorotUniform, math.Sqrt(2.0 / (in + out)), math.Sqrt(3)},
		{initializers.HeUniform, math.Sqrt(2.0 / in), math.Sqrt(3)},
		{initializers.LecunUniform, math.Sqrt(1.0 / in), math.Sqrt(3)},
		{initializers.GlorotNormal, math.Sqrt(2.0 / (in + out)), 2 / 0.87962566},
		{initializers.HeNormal, math.Sqrt(2.0 / in), 2 / 0.87962566},
		{initializers.LecunNormal, math.Sqrt(1.0 / in), 2 / 0.87962566},
		{initializers.RandomUniform, 0.05 / math.Sqrt(3), math.Sqrt(3)},
		{initializers.RandomNormal, 0.05, 5},
	} {
		var squares, largest float64
		w := draw(c.i)
		for _, v := range w {
			squares += float64(v) * float64(v)
			largest = max(largest, math.Abs(float64(v)))
		}
		if d := math.Sqrt(squares / float64(len(w))); math.Abs(d/c.deviation-1) > 0.05 {
			t.Errorf("%s: deviation %.4f. Expected %.4f", c.i, d, c.deviation)
		}
		if largest > c.bound*c.deviation*1.00001 || largest < c.bound*c.deviation/2 {
			t.Errorf("%s: largest value %.4f. Expected up to %.4f", c.i, largest, c.bound*c.deviation)
		}
	}
	w := draw(initializers.Orthogonal)
	for a := range out {
		for b := range out {
			var dot, want float64
			for i := range in {
				dot += float64(w[i*out+a]) * float64(w[i*out+b])
			}
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-4 {
				t.Fatalf("orthogonal: columns %d and %d have the product %g", a, b, dot)
			}
		}
	}
}

func TestLayerMistakes(t *testing.T) {
	for _, c := range []struct {
		in    []int
		layer contract.Layer
		want  string
	}{
		{[]int{28, 28}, layers.Conv2D(8, 3), "expected input [batch, height, width, channels]. Got [batch, 28, 28]; for images of one channel put layers.Reshape(28, 28, 1)"},
		{[]int{2, 2, 1}, layers.Conv2D(8, 3), "at least as large as the window, 3"},
		{[]int{8, 8, 1}, layers.Conv2D(0, 3), "positive number of filters"},
		{[]int{8, 8, 1}, layers.Conv2D(1, 3, layers.Strides(1, 2, 3)), "expected stride as one number or 2"},
		{[]int{8, 8, 1}, layers.Conv2D(1, 3, layers.Padding("full")), `Got "full"`},
		{[]int{8, 8, 1}, layers.Conv2D(1, 3, regularizers.L2(-1)), "penalties of 0 or more"},
		{[]int{8, 8, 1}, layers.Conv2D(1, 3, initializers.Initializer("magic")), `Got "magic"`},
		{[]int{8}, layers.Conv1D(1, 3), "expected input [batch, steps, channels]"},
		{[]int{8, 8, 1}, layers.MaxPooling2D(0), "positive window size"},
		{[]int{8}, layers.GlobalMaxPooling(), "expected input [batch, places, channels]"},
		{[]int{8}, layers.Reshape(3, 3), "expected examples of 9 numbers. Got [batch, 8], 8 numbers"},
		{[]int{8}, layers.LSTM(4), "expected input [batch, steps, features]"},
		{[]int{8, 2}, layers.GRU(0), "positive number of units"},
		{[]int{8}, layers.Embedding(0, 2), "positive number of words"},
		{[]int{8}, &layers.BatchNormalizationLayer{Momentum: 1}, "momentum from 0 to below 1"},
		{[]int{8}, &layers.LayerNormalizationLayer{Epsilon: -1}, "epsilon above 0"},
	} {
		err := ml.Sequential(layers.Input(c.in...), c.layer).Build(0)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v. Expected an error with %q", c.layer, err, c.want)
		}
	}
}

// BenchmarkConvnet reports the time of a step of the convnet of design notes and of bench/: batch 128 of 28x28.
func BenchmarkConvnet(b *testing.B) {
	const steps, batch = 20, 128
	x := make([]float32, steps*batch*28*28)
	y := make([]int32, steps*batch)
	for i := range x {
		x[i] = float32(i*i%97) / 97
	}
	for i := range y {
		y[i] = int32(i % 10)
	}
	data := tensors.FromFlatDataAndDimensions(x, steps*batch, 28, 28, 1)
	for _, on := range backends {
		b.Run(string(on.Choice().Kind), func(b *testing.B) {
			m := compiled(b, on, layers.Input(28, 28, 1), layers.Conv2D(32, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Conv2D(64, 3, layers.ReLU), layers.MaxPooling2D(2),
				layers.Flatten(), layers.Dense(64, layers.ReLU), layers.Dense(10))
			config := ml.FitConfig{BatchSize: batch, Epochs: 1, Quiet: true}
			if _, err := m.Fit(b.Context(), data, y, config); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				if _, err := m.Fit(b.Context(), data, y, config); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*steps), "ms/step")
		})
	}
}
