package strangers_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/internal/strangers"
	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// rows are so many examples of so many features, all different.
func rows(n, features int) [][]float32 {
	var all [][]float32
	for i := range n {
		row := make([]float32, features)
		for k := range row {
			row[k] = float32((i*7+k*5)%11)/4 - 1 + float32(i)/16
		}
		all = append(all, row)
	}
	return all
}

func targets(n int) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = float32((i*3)%5) / 2
	}
	return all
}

// case of a layer, with the shapes of a batch of its inputs.
type layerCase struct {
	name   string
	make   func() contract.Layer
	shapes [][]int
	// training checks the gradient as in training.
	training bool
}

var layerCases = []layerCase{
	{"scale", func() contract.Layer { return strangers.Scale(layers.Tanh, regularizers.L2(0.1)) }, [][]int{{3, 4}}, false},
	{"scale of pictures", func() contract.Layer { return strangers.Scale(initializers.RandomNormal) }, [][]int{{2, 3, 3, 2}}, false},
	{"moving norm", func() contract.Layer { return strangers.MovingNorm(0.9) }, [][]int{{4, 3}}, true},
	{"moving norm at rest", func() contract.Layer { return strangers.MovingNorm(0.9) }, [][]int{{4, 3}}, false},
	{"center", func() contract.Layer { return strangers.CenterLayer{} }, [][]int{{4, 3}}, true},
	{"pair", func() contract.Layer { return strangers.Pair(strangers.Scale(), layers.Dense(3, layers.Tanh)) }, [][]int{{4, 3}}, false},
	{"pair of sequences", func() contract.Layer {
		return strangers.Pair(layers.LSTM(2, layers.Sequences), layers.TimeDistributed(layers.Dense(2)))
	}, [][]int{{2, 3, 4}}, false},
	{"pair with a model", func() contract.Layer {
		return strangers.Pair(strangers.Scale(), ml.Sequential(layers.Input(3), layers.Dense(4, layers.Tanh), strangers.Scale(), layers.Dense(3)))
	}, [][]int{{4, 3}}, false},
	{"positions", func() contract.Layer { return &strangers.PositionsLayer{} }, [][]int{{2, 3, 4}}, false},
	{"times", func() contract.Layer { return strangers.TimesLayer{Factor: 3} }, [][]int{{2, 3}}, false},
	{"blend", func() contract.Layer { return &strangers.BlendLayer{} }, [][]int{{2, 3}, {2, 3}, {2, 3}}, false},
	{"blend of one", func() contract.Layer { return &strangers.BlendLayer{} }, [][]int{{2, 3}}, false},
}

func TestGradients(t *testing.T) {
	for _, c := range layerCases {
		t.Run(c.name, func(t *testing.T) {
			r, err := gradcheck.Layer(c.make(), gradcheck.Config{Seed: 3, Samples: -1, Training: c.training}, c.shapes...)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			if len(r.Elements) == 0 {
				t.Error("nothing was checked")
			}
		})
	}
	words := &strangers.WordsLayer{Count: 5, Dim: 3, Fill: strangers.Ramp{Step: 0.1}}
	ids := func(_ *model.Scope, x *graph.Node) *graph.Node { return graph.Iota(x.Graph(), x.Shape(), 0) }
	r, err := gradcheck.Layer(lookup{words, ids}, gradcheck.Config{Samples: -1}, []int{4})
	if err != nil || r.Err() != nil || len(r.Elements) != 4+15 {
		t.Errorf("words: %v, %v, %v", r, err, r.Err())
	}
}

// lookup gives a layer other input.
type lookup struct {
	contract.Layer
	input func(scope *model.Scope, x *graph.Node) *graph.Node
}

func (l lookup) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.Layer.Apply(scope, l.input(scope, x))
}

// TestTwins trains layers beside the built-in ones that do the same.
func TestTwins(t *testing.T) {
	x, y := rows(10, 3), targets(10)
	ids := [][]float32{{0, 3}, {1, 1}, {2, 0}, {3, 2}, {1, 0}, {0, 0}}
	dense := func() contract.Layer { return layers.Dense(1, initializers.Constant(0.3), layers.Named("last")) }
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, c := range []struct {
			name      string
			own, twin []contract.Layer
			x         [][]float32
			// own variables by the twin's, to be compared.
			weights map[string]string
		}{
			{"moving norm", []contract.Layer{layers.Input(3), strangers.MovingNorm(0.99), dense()}, []contract.Layer{layers.Input(3), layers.BatchNormalization(), dense()}, x,
				map[string]string{"batch_normalization/moving_mean": "moving_norm/moving_mean", "batch_normalization/moving_variance": "moving_norm/moving_variance",
					"batch_normalization/gamma": "moving_norm/gamma", "last/kernel": "last/kernel"}},
			{"moving norm in steps", []contract.Layer{layers.Input(3), layers.Reshape(3, 1), layers.TimeDistributed(strangers.MovingNorm(0.99)), layers.Flatten(), dense()},
				[]contract.Layer{layers.Input(3), layers.Reshape(3, 1), layers.BatchNormalization(), layers.Flatten(), dense()}, x,
				map[string]string{"batch_normalization/moving_mean": "time_distributed/moving_mean", "batch_normalization/moving_variance": "time_distributed/moving_variance"}},
			{"words", []contract.Layer{layers.Input(2), &strangers.WordsLayer{Count: 4, Dim: 3, Fill: strangers.Ramp{First: 0.2}}, layers.Flatten(), dense()},
				[]contract.Layer{layers.Input(2), layers.Embedding(4, 3, initializers.Constant(0.2)), layers.Flatten(), dense()}, ids,
				map[string]string{"embedding/embeddings": "words/table"}},
			{"pair", []contract.Layer{layers.Input(3), strangers.Pair(layers.Dense(2, initializers.Constant(0.1)), layers.Dense(2, initializers.Constant(0.2))), dense()},
				[]contract.Layer{layers.Input(3), ml.Sequential(layers.Input(3), layers.Dense(4, initializers.Constant(0.15)), layers.Dense(2, initializers.Constant(0.5), layers.NoBias)), dense()}, x, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				config := ml.FitConfig{Epochs: 3, BatchSize: 4, Seed: 1} // the last batch is filled up
				n := len(c.x)
				rate := optimizers.SGD{LearningRate: 0.05}
				own := compiled(t, b, ml.Sequential(c.own...), losses.MeanSquaredError{}, rate)
				twin := compiled(t, b, ml.Sequential(c.twin...), losses.MeanSquaredError{}, rate)
				if c.weights == nil { // only what both compute before the training is the same
					own.Build(0)
					twin.Build(0)
					near(t, "outputs", predict(t, own, c.x), predict(t, twin, c.x), 1e-5)
					return
				}
				h, want := fit(t, own, c.x, y[:n], config), fit(t, twin, c.x, y[:n], config)
				for i := range h.Epochs {
					near(t, "loss", []float32{float32(h.Epochs[i].Values[0].Value)}, []float32{float32(want.Epochs[i].Values[0].Value)}, 1e-5)
				}
				for theirs, ours := range c.weights {
					near(t, ours, values(t, own, ours), values(t, twin, theirs), 1e-5)
				}
				near(t, "outputs", predict(t, own, c.x), predict(t, twin, c.x), 1e-4)
			})
		}
	})
}

// TestByHand compares what layers make with what a pencil does.
func TestByHand(t *testing.T) {
	half := ml.In("half", 2)
	other := ml.In("other", 2)
	blend := ml.Functional(ml.Tensors{half, other}, ml.Tensors{new(strangers.BlendLayer).On(half, other)})
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, c := range []struct {
			m    *ml.Model
			x    any
			want []float32
		}{
			{ml.Sequential(layers.Input(2), strangers.Scale(layers.ReLU, initializers.Constant(2))), [][]float32{{1, -3}}, []float32{2, 0}},
			{ml.Sequential(layers.Input(2), strangers.CenterLayer{}), [][]float32{{1, 5}, {3, 1}}, []float32{-1, 2, 1, -2}},
			{ml.Sequential(layers.Input(1, 4), &strangers.PositionsLayer{}), [][][]float32{{{1, 1, 1, 1}}}, []float32{1, 2, 1, 2}},
			{ml.Sequential(layers.Input(1), strangers.TimesLayer{Factor: 3}, strangers.TimesLayer{Factor: 4}), []float32{2}, []float32{24}},
			{ml.Sequential(layers.Input(2), &strangers.WordsLayer{Count: 3, Dim: 2, Fill: strangers.Ramp{First: 1, Step: 1}}), [][]float32{{2, 0}}, []float32{5, 6, 1, 2}},
			{blend, ml.Arrays{"half": [][]float32{{1, 2}}, "other": [][]float32{{10, 20}}}, []float32{21, 42}},
		} {
			if err := c.m.UseBackend(b); err != nil {
				t.Fatal(err)
			}
			near(t, c.m.String(), predict(t, c.m, c.x), c.want, 1e-6)
		}
	})
}

// TestMaskLeavesOutWhatFillsUp trains in batches of which the last is filled up.
func TestMaskLeavesOutWhatFillsUp(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, ml.Sequential(layers.Input(1), strangers.CenterLayer{}), losses.MeanSquaredError{}, nil)
		x := []float32{1, 3, 5, 10, 20}
		// 1, 3, 5 become -2, 0, 2; 10 and 20 become -5 and 5.
		h := fit(t, m, x, []float32{0, 0, 0, 0, 0}, ml.FitConfig{BatchSize: 3, Epochs: 1, InOrder: true})
		if loss, _ := h.Epochs[0].Value("loss"); math.Abs(loss-(4+0+4+25+25)/5.0) > 1e-5 {
			t.Errorf("loss %v. Expected %v", loss, 58/5.0)
		}
	})
}

// fusing counts how often a layer is computed with the one behind it.
type fusing struct {
	strangers.TimesLayer
	fused *int
}

func (l fusing) Fuse(next contract.Layer) func(*model.Scope, *graph.Node) *graph.Node {
	other, ok := next.(fusing)
	if !ok {
		return nil
	}
	*l.fused++
	return l.TimesLayer.Fuse(other.TimesLayer)
}

func TestFuse(t *testing.T) {
	var n int
	double := fusing{strangers.TimesLayer{Factor: 2}, &n}
	x := ml.In("x", 1)
	first := contract.On(double, x)
	second := contract.On(double, first)
	for _, c := range []struct {
		m     *ml.Model
		want  []float32
		fused bool
	}{
		{ml.Sequential(layers.Input(1), double, double), []float32{12}, true},
		{ml.Sequential(layers.Input(1), double, double, double), []float32{24}, true},
		{ml.Sequential(layers.Input(1), double, strangers.TimesLayer{Factor: 5}), []float32{30}, false},
		// Its result is wanted by itself: as an output, and by two layers.
		{ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Concatenate().On(first, second)}), []float32{6, 12}, false},
		// Twice the same in a model that stands in a model.
		{ml.Sequential(ml.Sequential(layers.Input(1), double, double)), []float32{12}, true},
	} {
		n = 0
		if err := c.m.UseBackend(backends[0]); err != nil {
			t.Fatal(err)
		}
		near(t, c.m.String(), predict(t, c.m, []float32{3}), c.want, 0)
		if n > 0 != c.fused {
			t.Errorf("%s: fused %d times", c.m, n)
		}
	}
}

// TestOptions takes what constructors of built-in layers take.
func TestOptions(t *testing.T) {
	l := strangers.Scale(layers.ReLU, layers.Named("n"), initializers.Zeros, regularizers.L1L2(1, 2))
	equal(t, "options", fmt.Sprintf("%+v", *l), "{Activation:relu Initializer:zeros Penalty:{L1:1 L2:2} Name:n}")
	equal(t, "name", strangers.MovingNorm(0.5, layers.Named("norm")).Name, "norm")
	if err := ml.Sequential(layers.Input(2), strangers.Scale(layers.Activation("bent"))).Build(0); err == nil {
		t.Error("an activation that there is none of is taken")
	}
}

// TestPenaltyCountsOnce has a layer with a penalty of 0.5·(1² + 1²) = 1 at many places.
func TestPenaltyCountsOnce(t *testing.T) {
	scale := func() *strangers.ScaleLayer { return strangers.Scale(regularizers.L2(0.5)) }
	still := func() contract.Layer { return strangers.TimesLayer{Factor: 0} }
	shared := scale()
	x := ml.In("x", 2)
	inner := ml.Sequential(layers.Input(2), scale())
	alone := ml.Sequential(layers.Input(2), scale())
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, c := range []struct {
			name string
			m    *ml.Model
			want float64
		}{
			{"alone", ml.Sequential(layers.Input(2), scale(), still()), 1},
			{"twice", ml.Sequential(layers.Input(2), scale(), scale(), still()), 2},
			{"shared", ml.Functional(ml.Tensors{x}, ml.Tensors{contract.On(still(), shared.On(shared.On(x)))}), 1},
			{"composite", ml.Sequential(layers.Input(2), strangers.Pair(scale(), scale()), still()), 2},
			{"composite in composite", ml.Sequential(layers.Input(2), strangers.Pair(scale(), strangers.Pair(scale(), scale())), still()), 3},
			{"each step", ml.Sequential(layers.Input(1, 2), layers.TimeDistributed(scale()), layers.Flatten(), still()), 1},
			{"model", ml.Sequential(ml.Sequential(layers.Input(2), scale()), still()), 1},
			{"model of models", ml.Sequential(ml.Sequential(ml.Sequential(layers.Input(2), scale()), scale()), still()), 2},
			{"model in composite", ml.Sequential(layers.Input(2), strangers.Pair(alone, scale()), still()), 2},
			{"shared model", ml.Functional(ml.Tensors{x}, ml.Tensors{contract.On(still(), inner.On(inner.On(x)))}), 1},
			{"shared composite with a built-in layer", ml.Sequential(layers.Input(2),
				strangers.Pair(layers.Dense(2, initializers.Ones, regularizers.L2(0.25)), scale()), still()), 2},
		} {
			m := compiled(t, b, c.m, losses.MeanSquaredError{}, nil)
			in := any([][]float32{{1, 2}, {3, 4}})
			if c.name == "each step" {
				in = [][][]float32{{{1, 2}}, {{3, 4}}}
			}
			s, err := m.Evaluate(t.Context(), in, [][]float32{{0, 0}, {0, 0}})
			if err != nil || s.Loss != c.want {
				t.Errorf("%s: loss %v, %v. Expected %v", c.name, s.Loss, err, c.want)
			}
		}
	})
}

func TestSummaryCounts(t *testing.T) {
	m := ml.Sequential(layers.Input(3), strangers.Scale(), strangers.MovingNorm(0.9),
		strangers.Pair(strangers.MovingNorm(0.9), ml.Sequential(layers.Input(3), strangers.MovingNorm(0.9), layers.Dense(3))))
	count := func(what string, trained, fixed int, rows ...[2]int) {
		t.Helper()
		s, err := m.Summary()
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]int
		for _, r := range s.Rows[1:] {
			got = append(got, [2]int{r.Trainable, r.Fixed})
		}
		if s.Trainable != trained || s.Fixed != fixed || !slices.Equal(got, rows) {
			t.Errorf("%s: %d trained, %d fixed, %v. Expected %d, %d, %v", what, s.Trainable, s.Fixed, got, trained, fixed, rows)
		}
	}
	count("before it is built", 33, 18, [2]int{3, 0}, [2]int{6, 6}, [2]int{24, 12})
	if err := m.Build(0); err != nil {
		t.Fatal(err)
	}
	count("built", 33, 18, [2]int{3, 0}, [2]int{6, 6}, [2]int{24, 12})
	if err := m.Freeze("moving_norm"); err != nil {
		t.Fatal(err)
	}
	count("frozen", 27, 24, [2]int{3, 0}, [2]int{0, 12}, [2]int{24, 12})
	if err := m.Unfreeze(); err != nil {
		t.Fatal(err)
	}
	count("thawed", 33, 18, [2]int{3, 0}, [2]int{6, 6}, [2]int{24, 12})
}
