package ml_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
)

// network makes a model that make.py builds, too, from its input.
type network func(x *ml.Tensor) *ml.Tensor

// chain applies layers one behind the other.
func chain(layers ...ml.Layer) network {
	return func(x *ml.Tensor) *ml.Tensor {
		for _, l := range layers {
			x = ml.On(l, x)
		}
		return x
	}
}

// joined applies a layer to the input and what a Dense layer makes of it.
func joined(l ml.Layer, units int) network {
	return func(x *ml.Tensor) *ml.Tensor { return ml.On(l, x, ml.Dense(units, ml.Named("a")).On(x)) }
}

func layerCases() map[string]network {
	multiplied := ml.DepthwiseConv2D(3, ml.Strides(2), ml.Same)
	multiplied.Multiplier = 2
	separable := ml.SeparableConv2D(4, 2, ml.Same, ml.L2(0.02))
	separable.Multiplier = 2
	sum := ml.Bidirectional(ml.GRU(3, ml.Sequences))
	sum.Merge = "sum"
	wide := ml.MultiHeadAttention(2, 3)
	wide.Features = 5
	steps := ml.Concatenate()
	steps.Axis = 1
	cases := map[string]network{
		"dense":                chain(ml.Dense(3, ml.Tanh)),
		"dense penalty":        chain(ml.Dense(3, ml.Penalty{L1: 0.01, L2: 0.02})),
		"conv2d":               chain(ml.Conv2D(4, 3, ml.ReLU)),
		"conv2d same":          chain(ml.Conv2D(4, 3, ml.Same)),
		"conv2d strides":       chain(ml.Conv2D(4, 3, ml.KernelSize(3, 2), ml.Strides(2, 3), ml.Same)),
		"conv2d strides valid": chain(ml.Conv2D(2, 3, ml.Strides(2))),
		"conv2d one":           chain(ml.Conv2D(5, 1, ml.NoBias)),
		"conv1d":               chain(ml.Conv1D(3, 3, ml.ReLU)),
		"conv1d same":          chain(ml.Conv1D(3, 4, ml.Strides(2), ml.Same)),
		"max pool":             chain(ml.MaxPooling2D(2)),
		"max pool odd":         chain(ml.MaxPooling2D(2)),
		"max pool same":        chain(ml.MaxPooling2D(2, ml.Same)),
		"max pool overlap":     chain(ml.MaxPooling2D(3, ml.Strides(2))),
		"average pool":         chain(ml.AveragePooling2D(2)),
		"average pool same":    chain(ml.AveragePooling2D(2, ml.Same)),
		"global average":       chain(ml.GlobalAveragePooling()),
		"global max":           chain(ml.GlobalMaxPooling()),
		"reshape":              chain(ml.Reshape(4, 8)),
		"batch norm":           chain(ml.BatchNormalization()),
		"batch norm image":     chain(ml.BatchNormalization()),
		"layer norm":           chain(ml.LayerNormalization()),
		"embedding":            chain(ml.Embedding(7, 3)),
		"lstm":                 chain(ml.LSTM(4)),
		"lstm sequences":       chain(ml.LSTM(4, ml.Sequences)),
		"gru":                  chain(ml.GRU(4)),
		"gru sequences":        chain(ml.GRU(4, ml.Sequences)),
		"convnet":              chain(ml.Conv2D(4, 3, ml.ReLU), ml.MaxPooling2D(2), ml.Flatten(), ml.Dense(3)),

		"prelu":                chain(ml.PReLU()),
		"prelu shared":         chain(&ml.PReLULayer{Shared: true}),
		"max pool 1d":          chain(ml.MaxPooling1D(2)),
		"average pool 1d":      chain(ml.AveragePooling1D(3, ml.Strides(2), ml.Same)),
		"global average 1d":    chain(ml.GlobalAveragePooling()),
		"global max 1d":        chain(ml.GlobalMaxPooling()),
		"depthwise":            chain(ml.DepthwiseConv2D(3, ml.ReLU)),
		"depthwise multiplier": chain(multiplied),
		"separable":            chain(ml.SeparableConv2D(5, 3, ml.ReLU)),
		"separable multiplier": chain(separable),
		"separable 1d":         chain(ml.SeparableConv1D(4, 3, ml.Strides(2))),
		"transpose":            chain(ml.Conv2DTranspose(3, 3)),
		"transpose strides":    chain(ml.Conv2DTranspose(3, 3, ml.Strides(2), ml.ReLU)),
		"transpose same":       chain(ml.Conv2DTranspose(3, 3, ml.Strides(2), ml.Same)),
		"transpose wide":       chain(ml.Conv2DTranspose(2, 0, ml.KernelSize(4, 5), ml.Strides(3, 2), ml.Same)),
		"transpose gaps":       chain(ml.Conv2DTranspose(2, 2, ml.Strides(3))),
		"transpose gaps same":  chain(ml.Conv2DTranspose(2, 2, ml.Strides(3), ml.Same)),
		"transpose 1d":         chain(ml.Conv1DTranspose(3, 4, ml.Strides(2), ml.Same)),
		"lstm backwards":       chain(ml.LSTM(4, ml.Sequences, ml.Backwards)),
		"lstm penalty":         chain(ml.LSTM(4, ml.L2(0.01))),

		"bidirectional":           chain(ml.Bidirectional(ml.LSTM(3))),
		"bidirectional sequences": chain(ml.Bidirectional(ml.GRU(3, ml.Sequences))),
		"bidirectional sum":       chain(sum),
		"time distributed":        chain(ml.TimeDistributed(ml.Conv1D(2, 2))),
		"embedding penalty":       chain(ml.Embedding(7, 3, ml.L1(0.01))),
		"translation":             chain(&ml.RandomTranslationLayer{Down: ml.Range{Low: 0.2, High: 0.2}, Right: ml.Range{Low: -0.3, High: -0.3}}),
		"translation nearest":     chain(&ml.RandomTranslationLayer{Down: ml.Range{Low: -0.4, High: -0.4}, Right: ml.Range{Low: 0.15, High: 0.15}, Fill: ml.Nearest}),
		"translation black":       chain(&ml.RandomTranslationLayer{Down: ml.Range{Low: 0.2, High: 0.2}, Right: ml.Range{Low: -0.3, High: -0.3}, Fill: ml.Black}),
		"rotation":                chain(&ml.RandomRotationLayer{Turns: ml.Range{Low: 0.07, High: 0.07}}),
		"rotation black":          chain(&ml.RandomRotationLayer{Turns: ml.Range{Low: -0.2, High: -0.2}, Fill: ml.Black}),
		"attention":               chain(ml.MultiHeadAttention(2, 3)),
		"attention causal":        chain(ml.MultiHeadAttention(2, 3, ml.ValueDim(4), ml.NoBias, ml.Causal)),
		"attention value":         joined(ml.MultiHeadAttention(2, 3), 3),
		"attention other": func(x *ml.Tensor) *ml.Tensor {
			return wide.On(x, ml.Dense(3, ml.Named("a")).On(x), ml.Dense(2, ml.Named("b")).On(x))
		},
		"position":         chain(ml.PositionalEmbedding(12)),
		"sinusoid":         chain(ml.SinusoidalEmbedding()),
		"add":              joined(ml.Add(), 5),
		"subtract":         joined(ml.Subtract(), 5),
		"multiply":         joined(ml.Multiply(), 5),
		"average":          joined(ml.Mean(), 5),
		"maximum":          joined(ml.Maximum(), 5),
		"minimum":          joined(ml.Minimum(), 5),
		"concatenate":      joined(ml.Concatenate(), 5),
		"concatenate axis": joined(steps, 4),
		"add three": func(x *ml.Tensor) *ml.Tensor {
			return ml.Add().On(x, ml.Dense(1, ml.Named("a")).On(x), x)
		},
		"group": func(x *ml.Tensor) *ml.Tensor {
			shared := ml.Dense(5, ml.Tanh, ml.Named("shared"))
			h := ml.Add().On(shared.On(shared.On(x)), x)
			h = ml.Concatenate().On(h, ml.Dense(2, ml.Named("a")).On(h))
			return ml.LayerNormalization().On(h)
		},
	}
	for name := range parity.Layers {
		if a, ok := strings.CutPrefix(name, "activation "); ok {
			cases[name] = chain(ml.Activate(ml.Activation(a)))
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
