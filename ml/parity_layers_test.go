package ml_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// network makes a model that make.py builds, too, from its input.
type network func(x *ml.Tensor) *ml.Tensor

// chain applies layers one behind the other.
func chain(parts ...contract.Layer) network {
	return func(x *ml.Tensor) *ml.Tensor {
		for _, l := range parts {
			x = contract.On(l, x)
		}
		return x
	}
}

// joined applies a layer to the input and what a Dense layer makes of it.
func joined(l contract.Layer, units int) network {
	return func(x *ml.Tensor) *ml.Tensor { return contract.On(l, x, layers.Dense(units, layers.Named("a")).On(x)) }
}

func layerCases() map[string]network {
	multiplied := layers.DepthwiseConv2D(3, layers.Strides(2), layers.Same)
	multiplied.Multiplier = 2
	separable := layers.SeparableConv2D(4, 2, layers.Same, regularizers.L2(0.02))
	separable.Multiplier = 2
	sum := layers.Bidirectional(layers.GRU(3, layers.Sequences))
	sum.Merge = "sum"
	wide := layers.MultiHeadAttention(2, 3)
	wide.Features = 5
	steps := layers.Concatenate()
	steps.Axis = 1
	cases := map[string]network{
		"dense":                chain(layers.Dense(3, layers.Tanh)),
		"dense penalty":        chain(layers.Dense(3, regularizers.Penalty{L1: 0.01, L2: 0.02})),
		"conv2d":               chain(layers.Conv2D(4, 3, layers.ReLU)),
		"conv2d same":          chain(layers.Conv2D(4, 3, layers.Same)),
		"conv2d strides":       chain(layers.Conv2D(4, 3, layers.KernelSize(3, 2), layers.Strides(2, 3), layers.Same)),
		"conv2d strides valid": chain(layers.Conv2D(2, 3, layers.Strides(2))),
		"conv2d one":           chain(layers.Conv2D(5, 1, layers.NoBias)),
		"conv1d":               chain(layers.Conv1D(3, 3, layers.ReLU)),
		"conv1d same":          chain(layers.Conv1D(3, 4, layers.Strides(2), layers.Same)),
		"max pool":             chain(layers.MaxPooling2D(2)),
		"max pool odd":         chain(layers.MaxPooling2D(2)),
		"max pool same":        chain(layers.MaxPooling2D(2, layers.Same)),
		"max pool overlap":     chain(layers.MaxPooling2D(3, layers.Strides(2))),
		"average pool":         chain(layers.AveragePooling2D(2)),
		"average pool same":    chain(layers.AveragePooling2D(2, layers.Same)),
		"global average":       chain(layers.GlobalAveragePooling()),
		"global max":           chain(layers.GlobalMaxPooling()),
		"reshape":              chain(layers.Reshape(4, 8)),
		"batch norm":           chain(layers.BatchNormalization()),
		"batch norm image":     chain(layers.BatchNormalization()),
		"layer norm":           chain(layers.LayerNormalization()),
		"embedding":            chain(layers.Embedding(7, 3)),
		"lstm":                 chain(layers.LSTM(4)),
		"lstm sequences":       chain(layers.LSTM(4, layers.Sequences)),
		"gru":                  chain(layers.GRU(4)),
		"gru sequences":        chain(layers.GRU(4, layers.Sequences)),
		"convnet":              chain(layers.Conv2D(4, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(3)),

		"prelu":                chain(layers.PReLU()),
		"prelu shared":         chain(&layers.PReLULayer{Shared: true}),
		"max pool 1d":          chain(layers.MaxPooling1D(2)),
		"average pool 1d":      chain(layers.AveragePooling1D(3, layers.Strides(2), layers.Same)),
		"global average 1d":    chain(layers.GlobalAveragePooling()),
		"global max 1d":        chain(layers.GlobalMaxPooling()),
		"depthwise":            chain(layers.DepthwiseConv2D(3, layers.ReLU)),
		"depthwise multiplier": chain(multiplied),
		"separable":            chain(layers.SeparableConv2D(5, 3, layers.ReLU)),
		"separable multiplier": chain(separable),
		"separable 1d":         chain(layers.SeparableConv1D(4, 3, layers.Strides(2))),
		"transpose":            chain(layers.Conv2DTranspose(3, 3)),
		"transpose strides":    chain(layers.Conv2DTranspose(3, 3, layers.Strides(2), layers.ReLU)),
		"transpose same":       chain(layers.Conv2DTranspose(3, 3, layers.Strides(2), layers.Same)),
		"transpose wide":       chain(layers.Conv2DTranspose(2, 0, layers.KernelSize(4, 5), layers.Strides(3, 2), layers.Same)),
		"transpose gaps":       chain(layers.Conv2DTranspose(2, 2, layers.Strides(3))),
		"transpose gaps same":  chain(layers.Conv2DTranspose(2, 2, layers.Strides(3), layers.Same)),
		"transpose 1d":         chain(layers.Conv1DTranspose(3, 4, layers.Strides(2), layers.Same)),
		"lstm backwards":       chain(layers.LSTM(4, layers.Sequences, layers.Backwards)),
		"lstm penalty":         chain(layers.LSTM(4, regularizers.L2(0.01))),

		"bidirectional":           chain(layers.Bidirectional(layers.LSTM(3))),
		"bidirectional sequences": chain(layers.Bidirectional(layers.GRU(3, layers.Sequences))),
		"bidirectional sum":       chain(sum),
		"time distributed":        chain(layers.TimeDistributed(layers.Conv1D(2, 2))),
		"embedding penalty":       chain(layers.Embedding(7, 3, regularizers.L1(0.01))),
		"translation":             chain(&layers.RandomTranslationLayer{Down: layers.Range{Low: 0.2, High: 0.2}, Right: layers.Range{Low: -0.3, High: -0.3}}),
		"translation nearest":     chain(&layers.RandomTranslationLayer{Down: layers.Range{Low: -0.4, High: -0.4}, Right: layers.Range{Low: 0.15, High: 0.15}, Fill: layers.Nearest}),
		"translation black":       chain(&layers.RandomTranslationLayer{Down: layers.Range{Low: 0.2, High: 0.2}, Right: layers.Range{Low: -0.3, High: -0.3}, Fill: layers.Black}),
		"rotation":                chain(&layers.RandomRotationLayer{Turns: layers.Range{Low: 0.07, High: 0.07}}),
		"rotation black":          chain(&layers.RandomRotationLayer{Turns: layers.Range{Low: -0.2, High: -0.2}, Fill: layers.Black}),
		"attention":               chain(layers.MultiHeadAttention(2, 3)),
		"attention causal":        chain(layers.MultiHeadAttention(2, 3, layers.ValueDim(4), layers.NoBias, layers.Causal)),
		"attention value":         joined(layers.MultiHeadAttention(2, 3), 3),
		"attention other": func(x *ml.Tensor) *ml.Tensor {
			return wide.On(x, layers.Dense(3, layers.Named("a")).On(x), layers.Dense(2, layers.Named("b")).On(x))
		},
		"position":         chain(layers.PositionalEmbedding(12)),
		"sinusoid":         chain(layers.SinusoidalEmbedding()),
		"add":              joined(layers.Add(), 5),
		"subtract":         joined(layers.Subtract(), 5),
		"multiply":         joined(layers.Multiply(), 5),
		"average":          joined(layers.Mean(), 5),
		"maximum":          joined(layers.Maximum(), 5),
		"minimum":          joined(layers.Minimum(), 5),
		"concatenate":      joined(layers.Concatenate(), 5),
		"concatenate axis": joined(steps, 4),
		"add three": func(x *ml.Tensor) *ml.Tensor {
			return layers.Add().On(x, layers.Dense(1, layers.Named("a")).On(x), x)
		},
		"group": func(x *ml.Tensor) *ml.Tensor {
			shared := layers.Dense(5, layers.Tanh, layers.Named("shared"))
			h := layers.Add().On(shared.On(shared.On(x)), x)
			h = layers.Concatenate().On(h, layers.Dense(2, layers.Named("a")).On(h))
			return layers.LayerNormalization().On(h)
		},
	}
	for name := range parity.Layers {
		if a, ok := strings.CutPrefix(name, "activation "); ok {
			cases[name] = chain(layers.Activate(layers.Activation(a)))
		}
	}
	return cases
}

// TestLayersAsKeras compares outputs in training and outside it, gradients with respect to weights and input, and what a step leaves in
// variables that are not trained.
func TestLayersAsKeras(t *testing.T) {
	fixtures(t)
	cases := layerCases()
	sameCases(t, parity.Layers, cases)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, build := range cases {
			t.Run(name, func(t *testing.T) { compareLayer(t, b, build, parity.Layers[name]) })
		}
	})
}

func compareLayer(t *testing.T, b *backend.Backend, build network, want layerCase) {
	x := ml.In("x", want.X.Shape[1:]...)
	m := ml.Functional(ml.Tensors{x}, ml.Tensors{build(x)})
	m.UseBackend(b)
	if err := m.Build(1); err != nil {
		t.Fatal(err)
	}
	for path, value := range want.Weights {
		v := m.Store().GetVariable("/model/" + path)
		if v == nil {
			t.Fatalf("no variable %s", path)
		}
		set(t, v, value.tensor())
	}
	if !b.XLA() { // where compiling once more takes long
		p, err := m.Predict(t.Context(), want.X.tensor())
		if err != nil {
			t.Fatal(err)
		}
		near(t, "output of Predict", p.Values, want.Output)
	}
	var names []string
	exec, err := model.NewExec(b.GoMLX(), m.Store(), func(scope *model.Scope, x, pull *graph.Node) []*graph.Node {
		names = nil
		m.Store().SetTraining(x.Graph(), false)
		output := m.Forward(x)
		m.Store().SetTraining(x.Graph(), true)
		y := m.Forward(x)
		var sources []*graph.Node
		for v := range m.Scope().IterVariables() {
			if v.Trainable {
				sources = append(sources, v.NodeValue(x))
				names = append(names, strings.TrimPrefix(v.Path(), "/model/"))
			}
		}
		moves := len(want.Weights) == 0 && len(want.Gradients) == 0
		if _, ok := want.Gradients["x"]; ok || moves {
			sources, names = append(sources, x), append(names, "x")
		}
		loss := graph.ReduceAllSum(graph.Mul(y, pull))
		if penalty := m.Penalty(x.Graph()); penalty != nil {
			loss = graph.Add(loss, penalty)
		}
		return append([]*graph.Node{output, y, loss}, graph.Gradient(loss, sources...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(want.X.tensor(), want.Pull.tensor())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "output", tensors.MustCopyFlatData[float32](out[0]), want.Output)
	near(t, "output in training", tensors.MustCopyFlatData[float32](out[1]), want.Training)
	near(t, "loss", tensors.MustCopyFlatData[float32](out[2]), want.Loss)
	if len(want.Gradients) == 0 {
		// Moved pictures, for which TensorFlow has no derivative. They are linear in x: the loss is the product of gradient and x.
		var product float64
		for i, g := range tensors.MustCopyFlatData[float32](out[3]) {
			product += float64(g) * want.X.Values[i]
		}
		near(t, "gradient times x", []float32{float32(product)}, want.Loss)
		return
	}
	if len(names) != len(want.Gradients) {
		t.Errorf("gradients of %v. Keras has %d", names, len(want.Gradients))
	}
	for i, name := range names {
		near(t, "gradient of "+name, tensors.MustCopyFlatData[float32](out[3+i]), want.Gradients[name])
	}
	for path, value := range want.After {
		near(t, path+" after the step", tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/"+path).MustValue()), value)
	}
}
