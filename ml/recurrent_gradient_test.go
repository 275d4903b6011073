package ml_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// plain is a recurrent layer as its formulas say, step by step, with GoMLX's own gradients: what the layer must be equal to.
type plain struct{ contract.Layer }

// Apply computes the layer.
func (p plain) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	switch l := p.Layer.(type) {
	case *layers.LSTMLayer:
		return plainLSTM(scope, x, l)
	case *layers.GRULayer:
		return plainGRU(scope, x, l)
	case *layers.BidirectionalLayer:
		forward := *l.Layer.(*layers.LSTMLayer)
		backward := forward
		backward.Backwards = !forward.Backwards
		a, b := plainLSTM(scope.At("forward"), x, &forward), plainLSTM(scope.At("backward"), x, &backward)
		if l := b.Shape().Dim(1); forward.Sequences {
			var turned []*graph.Node
			for i := range l {
				turned = append(turned, graph.SliceAxis(b, 1, graph.AxisElem(l-1-i)))
			}
			b = graph.Concatenate(turned, 1)
		}
		return graph.Concatenate([]*graph.Node{a, b}, -1)
	}
	return p.Layer.Apply(scope, x)
}

func block(z *graph.Node, i, width int) *graph.Node {
	return graph.Slice(z, graph.AxisRange(), graph.AxisRange(i*width, (i+1)*width))
}

// variable makes one of the layer's variables or finds it.
func variable(scope *model.Scope, x *graph.Node, name string, dimensions ...int) *graph.Node {
	return scope.VariableWithShape(name, shapes.Make(dtypes.Float32, dimensions...)).NodeValue(x)
}

// kept is a mask of dropout.
func kept(scope *model.Scope, x *graph.Node, rate float64, dimensions ...int) *graph.Node {
	if rate == 0 {
		return graph.Ones(x.Graph(), shapes.Make(dtypes.Float32, dimensions...))
	}
	u := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, dimensions...))
	return graph.MulScalar(graph.ConvertDType(graph.GreaterOrEqual(u, graph.ConstAs(u, rate)), dtypes.Float32), 1/(1-rate))
}

// steps calls step with the product of each step's inputs and the kernel, and the state with and without dropout.
func steps(scope *model.Scope, x, kernel, bias *graph.Node, r layers.Recurrent, step func(z, state, dropped *graph.Node) *graph.Node) *graph.Node {
	batch, n := x.Shape().Dim(0), x.Shape().Dim(1)
	x = graph.Mul(x, kept(scope, x, r.Dropout, batch, 1, x.Shape().Dim(2)))
	mask := kept(scope, x, r.RecurrentDropout, batch, r.Units)
	state := graph.Zeros(x.Graph(), shapes.Make(dtypes.Float32, batch, r.Units))
	var all []*graph.Node
	for t := range n {
		if r.Backwards {
			t = n - 1 - t
		}
		z := graph.MatMul(graph.Squeeze(graph.Slice(x, graph.AxisRange(), graph.AxisElem(t)), 1), kernel)
		state = step(graph.Add(z, bias), state, graph.Mul(state, mask))
		all = append(all, state)
	}
	if r.Sequences {
		return graph.Stack(all, 1)
	}
	return state
}

func plainLSTM(scope *model.Scope, x *graph.Node, l *layers.LSTMLayer) *graph.Node {
	u := l.Units
	kernel, recurrent := variable(scope, x, "kernel", x.Shape().Dim(2), 4*u), variable(scope, x, "recurrent_kernel", u, 4*u)
	bias := graph.Reshape(variable(scope, x, "bias", 4*u), 1, 4*u)
	cell := graph.Zeros(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0), u))
	return steps(scope, x, kernel, bias, l.Recurrent, func(z, _, dropped *graph.Node) *graph.Node {
		z = graph.Add(z, graph.MatMul(dropped, recurrent))
		in, forget, candidate, out := block(z, 0, u), block(z, 1, u), block(z, 2, u), block(z, 3, u)
		cell = graph.Add(graph.Mul(graph.Sigmoid(forget), cell), graph.Mul(graph.Sigmoid(in), graph.Tanh(candidate)))
		return graph.Mul(graph.Sigmoid(out), graph.Tanh(cell))
	})
}

func plainGRU(scope *model.Scope, x *graph.Node, l *layers.GRULayer) *graph.Node {
	u := l.Units
	kernel, recurrent := variable(scope, x, "kernel", x.Shape().Dim(2), 3*u), variable(scope, x, "recurrent_kernel", u, 3*u)
	bias := variable(scope, x, "bias", 2, 3*u)
	row := func(i int) *graph.Node { return graph.Slice(bias, graph.AxisRange(i, i+1), graph.AxisRange()) }
	return steps(scope, x, kernel, row(0), l.Recurrent, func(z, state, dropped *graph.Node) *graph.Node {
		inner := graph.Add(graph.MatMul(dropped, recurrent), row(1))
		update := graph.Sigmoid(graph.Add(block(z, 0, u), block(inner, 0, u)))
		reset := graph.Sigmoid(graph.Add(block(z, 1, u), block(inner, 1, u)))
		candidate := graph.Tanh(graph.Add(block(z, 2, u), graph.Mul(reset, block(inner, 2, u))))
		return graph.Add(graph.Mul(update, state), graph.Mul(graph.OneMinus(update), candidate))
	})
}

// recurrentCase is a chain of layers with the shape of their input.
type recurrentCase struct {
	layers []contract.Layer
	shape  []int
	// fast is left out on XLA, which compiles each case for a second.
	fast bool
}

// recurrentCases has LSTM and GRU with all options, for one step and several, one sequence and several. Those for XLA have every two of these together.
func recurrentCases() (all []recurrentCase) {
	dropouts := [][]layers.RecurrentOption{nil, {layers.InputDropout(0.4)}, {layers.RecurrentDropout(0.4)}, {layers.InputDropout(0.3), layers.RecurrentDropout(0.4)}}
	for o, order := range [][]layers.RecurrentOption{nil, {layers.Sequences}, {layers.Backwards}, {layers.Sequences, layers.Backwards}} {
		for d, dropout := range dropouts {
			options := slices.Concat(order, dropout)
			for s, shape := range [][]int{{1, 1, 2}, {3, 1, 2}, {1, 7, 2}, {3, 7, 2}} {
				for k, layer := range []contract.Layer{layers.LSTM(3, options...), layers.GRU(3, options...)} {
					all = append(all, recurrentCase{[]contract.Layer{layer}, shape, s != (o+d)%4 || k != (o/2+d)%2})
				}
			}
		}
	}
	shape := []int{3, 7, 2}
	return append(all,
		recurrentCase{[]contract.Layer{layers.LSTM(3, layers.Sequences, layers.RecurrentDropout(0.3)), layers.LSTM(4)}, shape, false},
		recurrentCase{[]contract.Layer{layers.GRU(4, layers.Sequences, layers.Backwards), layers.LSTM(2, layers.Sequences)}, shape, false},
		recurrentCase{[]contract.Layer{layers.Bidirectional(layers.LSTM(3))}, shape, false},
		recurrentCase{[]contract.Layer{layers.Bidirectional(layers.LSTM(3, layers.Sequences)), layers.GRU(2)}, shape, false},
		recurrentCase{[]contract.Layer{layers.Bidirectional(layers.LSTM(3, layers.Sequences, layers.Backwards))}, shape, false},
	)
}

// TestRecurrentGradients compares outputs in training and gradients, which are made by hand, with those of GoMLX for the steps written out.
func TestRecurrentGradients(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, c := range recurrentCases() {
			if c.fast && b.XLA() {
				continue
			}
			var parts []contract.Layer
			for _, l := range c.layers {
				parts = append(parts, plain{l})
			}
			want, got := recurrentGradients(t, b, parts, c.shape), recurrentGradients(t, b, c.layers, c.shape)
			name := fmt.Sprintf("%+v on %v", c.layers[0], c.shape)
			if len(got) != len(want) || len(want) < 5 {
				t.Fatalf("%s: gradients of %v. Expected those of %v", name, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
			for what, w := range want {
				bound := 1.0
				for _, v := range w {
					bound = max(bound, math.Abs(float64(v)))
				}
				for i, v := range w {
					if d := math.Abs(float64(got[what][i] - v)); !(d <= 1e-5*bound) {
						t.Errorf("%s: %s %d is %.9g. Expected %.9g", name, what, i, got[what][i], v)
						break
					}
				}
			}
		}
	})
}

// recurrentGradients returns the output of a chain of layers in training, and the gradients of all its variables and its input.
func recurrentGradients(t *testing.T, b *backend.Backend, parts []contract.Layer, shape []int) map[string][]float32 {
	t.Helper()
	m := ml.Sequential(append([]contract.Layer{layers.Input(shape[1:]...)}, parts...)...)
	m.UseBackend(b)
	if err := m.Build(1); err != nil {
		t.Fatal(err)
	}
	wave := func(shift float64, dimensions ...int) *tensors.Tensor {
		v := make([]float32, shapes.Make(dtypes.Float32, dimensions...).Size())
		for i := range v {
			v[i] = float32(0.8 * math.Sin(shift+1.7*float64(i)+0.1*float64(i*i)))
		}
		return tensors.FromFlatDataAndDimensions(v, dimensions...)
	}
	for v := range m.Scope().IterVariables() {
		set(t, v, wave(float64(len(v.Path())), v.Shape().Dimensions...))
	}
	if err := m.Store().SetRNGStateFromSeed(5); err != nil {
		t.Fatal(err)
	}
	var names []string
	exec, err := model.NewExec(b.GoMLX(), m.Store(), func(_ *model.Scope, x, pull *graph.Node) []*graph.Node {
		m.Store().SetTraining(x.Graph(), true)
		y := m.Forward(x)
		names = []string{"output", "input"}
		sources := []*graph.Node{x}
		for v := range m.Scope().IterVariables() {
			sources, names = append(sources, v.NodeValue(x)), append(names, v.Path())
		}
		pull = graph.Reshape(graph.Slice(pull, graph.AxisRange(0, y.Shape().Size())), y.Shape().Dimensions...)
		return append([]*graph.Node{y}, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, pull)), sources...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(wave(1, shape...), wave(2, 1000))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for i, name := range names {
		all[name] = tensors.MustCopyFlatData[float32](out[i])
	}
	return all
}
