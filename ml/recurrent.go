package ml

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Recurrent is what LSTM and GRU have in common: layers over sequences [batch, steps, features]. The steps are written out in the graph, so
// that compiling takes the longer the longer sequences are, with XLA up to minutes for many dozens of steps. A loop on the device would not:
// but GoMLX 0.28.3's While has no gradient, and none can stand in another, as it would in the loop of Fit.
type Recurrent struct {
	// Units is the size of state and output.
	Units int `json:"units"`
	// Sequences returns the output of every step, [batch, steps, Units]; else that of the last, [batch, Units].
	Sequences bool `json:"sequences,omitempty"`
	// Backwards reads the sequence from its end; with Sequences, the outputs are in the order in which they were made, as in Keras.
	Backwards bool `json:"backwards,omitempty"`
	// Dropout and RecurrentDropout set a part of the inputs and of the state to zero while training; what is dropped is the same at all steps
	// of a sequence (Gal and Ghahramani 2016).
	Dropout          float64 `json:"dropout,omitempty"`
	RecurrentDropout float64 `json:"recurrent_dropout,omitempty"`
	// Initializer of the kernel is GlorotUniform by default; that of the recurrent kernel is Orthogonal.
	Initializer Initializer `json:"initializer,omitempty"`
	// Penalty of the kernel, and of the recurrent kernel; none by default.
	Penalty          Penalty `json:"penalty,omitzero"`
	RecurrentPenalty Penalty `json:"recurrent_penalty,omitzero"`
	// Name is the layer's name in the model; empty means lstm, gru, lstm_1, ...
	Name string `json:"name,omitempty"`
}

// RecurrentOption is a detail of a recurrent layer: Sequences, Backwards, InputDropout, RecurrentDropout, an Initializer, a Penalty or Named.
type RecurrentOption interface{ recurrent(*Recurrent) }

type recurrentOption func(*Recurrent)

func (o recurrentOption) recurrent(r *Recurrent) { o(r) }

// Sequences makes a recurrent layer return the output of every step, as the next recurrent layer needs it.
var Sequences RecurrentOption = recurrentOption(func(r *Recurrent) { r.Sequences = true })

// Backwards makes a recurrent layer read sequences from their end.
var Backwards RecurrentOption = recurrentOption(func(r *Recurrent) { r.Backwards = true })

// InputDropout drops this part of a recurrent layer's inputs while training, the same at all steps.
func InputDropout(rate float64) RecurrentOption {
	return recurrentOption(func(r *Recurrent) { r.Dropout = rate })
}

// RecurrentDropout drops this part of a recurrent layer's state while training, the same at all steps.
func RecurrentDropout(rate float64) RecurrentOption {
	return recurrentOption(func(r *Recurrent) { r.RecurrentDropout = rate })
}

func (i Initializer) recurrent(r *Recurrent) { r.Initializer = i }
func (p Penalty) recurrent(r *Recurrent)     { r.Penalty = p }

func newRecurrent(units int, options []RecurrentOption) Recurrent {
	r := Recurrent{Units: units}
	for _, o := range options {
		o.recurrent(&r)
	}
	return r
}

// text is the layer as its constructor was called.
func (r *Recurrent) text(kind string) string {
	s := fmt.Sprintf("%s(%d", kind, r.Units)
	if r.Sequences {
		s += ", sequences"
	}
	if r.Backwards {
		s += ", backwards"
	}
	return s + ")"
}

// OutputShape returns [Units], or [steps, Units].
func (r *Recurrent) OutputShape(in []int) ([]int, error) {
	if r.Units <= 0 {
		return nil, fmt.Errorf("expected a positive number of units. Got %d", r.Units)
	}
	for _, rate := range []float64{r.Dropout, r.RecurrentDropout} {
		if err := checkRate(rate); err != nil {
			return nil, err
		}
	}
	if err := checkAll(r.Initializer, r.Penalty, r.RecurrentPenalty); err != nil {
		return nil, err
	}
	if len(in) != 2 {
		return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s", dims(in))
	}
	if r.Sequences {
		return []int{in[0], r.Units}, nil
	}
	return []int{r.Units}, nil
}

func (r *Recurrent) penalty(scope *model.Scope, g *graph.Graph) *graph.Node {
	return sumOf(r.Penalty.of(scope.GetVariable("kernel"), g), r.RecurrentPenalty.of(scope.GetVariable("recurrent_kernel"), g))
}

// kernels are the kernels for the input and for the state.
func (r *Recurrent) kernels(scope *model.Scope, x *graph.Node, gates int) (kernel, recurrent *graph.Node) {
	kernel = r.Initializer.or(GlorotUniform).weight(scope, "kernel", x, x.Shape().Dim(-1), gates*r.Units)
	recurrent = Orthogonal.weight(scope, "recurrent_kernel", x, r.Units, gates*r.Units)
	return kernel, recurrent
}

// inputs multiplies all steps with the kernel at once, behind the dropout.
func (r *Recurrent) inputs(scope *model.Scope, x, kernel, bias *graph.Node) *graph.Node {
	batch, steps, features := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	if mask := dropMask(scope, x, r.Dropout, batch, 1, features); mask != nil {
		x = graph.Mul(x, mask)
	}
	flat := graph.MatMul(graph.Reshape(x, batch*steps, features), kernel)
	return graph.Add(graph.Reshape(flat, batch, steps, kernel.Shape().Dim(1)), graph.Reshape(bias, 1, 1, bias.Shape().Size()))
}

// unroll writes out the steps. Step is called with the inputs of each, [batch, width], and the state behind its dropout, from which it
// makes the next state. Behind the last, unroll returns that, or all of them along axis 1.
func (r *Recurrent) unroll(scope *model.Scope, inputs *graph.Node, step func(z, state, dropped *graph.Node) *graph.Node) *graph.Node {
	batch, steps := inputs.Shape().Dim(0), inputs.Shape().Dim(1)
	state := graph.Zeros(inputs.Graph(), shapes.Make(inputs.DType(), batch, r.Units))
	mask := dropMask(scope, inputs, r.RecurrentDropout, batch, r.Units)
	var all []*graph.Node
	for t := range steps {
		if r.Backwards {
			t = steps - 1 - t
		}
		z := graph.Squeeze(graph.Slice(inputs, graph.AxisRange(), graph.AxisElem(t), graph.AxisRange()), 1)
		dropped := state
		if mask != nil {
			dropped = graph.Mul(state, mask)
		}
		state = step(z, state, dropped)
		all = append(all, state)
	}
	if r.Sequences {
		return graph.Stack(all, 1)
	}
	return state
}

// columns returns the i-th block of columns of a matrix.
func columns(z *graph.Node, i, width int) *graph.Node {
	return graph.Slice(z, graph.AxisRange(), graph.AxisRange(i*width, (i+1)*width))
}

// LSTMLayer is the recurrent layer of Hochreiter and Schmidhuber 1997 with forget gates, over sequences [batch, steps, features]. Kernels start
// Glorot-uniform and orthogonal, biases 0, but 1 for the forget gate, as in Keras.
type LSTMLayer struct{ Recurrent }

// LSTM returns a long short-term memory of so many units. See LSTMLayer.
func LSTM(units int, options ...RecurrentOption) *LSTMLayer {
	return &LSTMLayer{newRecurrent(units, options)}
}

// Kind returns "LSTM".
func (*LSTMLayer) Kind() string { return "LSTM" }

// String returns the layer as LSTM was called.
func (l *LSTMLayer) String() string { return l.text("LSTM") }

// Apply computes the layer with the variables kernel [features, 4·Units], recurrent_kernel [Units, 4·Units] and bias [4·Units], the gates in the
// order input, forget, candidate, output.
func (l *LSTMLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := l.kernels(scope, x, 4)
	bias := graph.ConvertDType(scope.WithInitializer(func(g *graph.Graph, shape shapes.Shape) *graph.Node {
		part := func(value float64, n int) *graph.Node {
			return graph.FillScalar(g, shapes.Make(shape.DType, n*u), value)
		}
		return graph.Concatenate([]*graph.Node{part(0, 1), part(1, 1), part(0, 2)}, 0)
	}).VariableWithShape("bias", shapes.Make(master(x.DType()), 4*u)).NodeValue(x), x.DType())
	cell := graph.Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), u))
	return l.unroll(scope, l.inputs(scope, x, kernel, bias), func(z, _, dropped *graph.Node) *graph.Node {
		z = graph.Add(z, graph.MatMul(dropped, recurrent))
		in, forget, candidate, out := columns(z, 0, u), columns(z, 1, u), columns(z, 2, u), columns(z, 3, u)
		cell = graph.Add(graph.Mul(graph.Sigmoid(forget), cell), graph.Mul(graph.Sigmoid(in), graph.Tanh(candidate)))
		return graph.Mul(graph.Sigmoid(out), graph.Tanh(cell))
	})
}

// GRULayer is the gated recurrent unit of Cho et al. 2014 in the form with the reset gate behind the recurrent product, Keras's default, over
// sequences [batch, steps, features]. Kernels start Glorot-uniform and orthogonal, biases 0.
type GRULayer struct{ Recurrent }

// GRU returns a gated recurrent layer of so many units. See GRULayer.
func GRU(units int, options ...RecurrentOption) *GRULayer {
	return &GRULayer{newRecurrent(units, options)}
}

// Kind returns "GRU".
func (*GRULayer) Kind() string { return "GRU" }

// String returns the layer as GRU was called.
func (l *GRULayer) String() string { return l.text("GRU") }

// Apply computes the layer with the variables kernel [features, 3·Units], recurrent_kernel [Units, 3·Units] and bias [2, 3·Units], the gates in
// the order update, reset, candidate.
func (l *GRULayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := l.kernels(scope, x, 3)
	bias := ZeroWeights.weight(scope, "bias", x, 2, 3*u)
	row := func(i int) *graph.Node { return graph.Slice(bias, graph.AxisRange(i, i+1), graph.AxisRange()) }
	return l.unroll(scope, l.inputs(scope, x, kernel, row(0)), func(z, state, dropped *graph.Node) *graph.Node {
		inner := graph.Add(graph.MatMul(dropped, recurrent), row(1))
		update := graph.Sigmoid(graph.Add(columns(z, 0, u), columns(inner, 0, u)))
		reset := graph.Sigmoid(graph.Add(columns(z, 1, u), columns(inner, 1, u)))
		candidate := graph.Tanh(graph.Add(columns(z, 2, u), graph.Mul(reset, columns(inner, 2, u))))
		return graph.Add(graph.Mul(update, state), graph.Mul(graph.OneMinus(update), candidate))
	})
}

// master is the type in which weights are kept for a computation in the given type: at least float32.
func master(d dtypes.DType) dtypes.DType {
	if d == dtypes.BFloat16 || d == dtypes.Float16 {
		return dtypes.Float32
	}
	return d
}
