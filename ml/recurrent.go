package ml

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LSTMLayer is the recurrent layer of Hochreiter and Schmidhuber 1997 with forget gates, over sequences [batch, steps, features]. Kernels start
// Glorot-uniform and orthogonal, biases 0, but 1 for the forget gate, as in Keras. The steps are written out in the graph, so that compiling
// takes the longer the longer sequences are.
type LSTMLayer struct {
	// Units is the size of state and output.
	Units int `json:"units"`
	// Sequences returns the output of every step, [batch, steps, Units]; else that of the last, [batch, Units].
	Sequences bool `json:"sequences,omitempty"`
}

// RecurrentOption is a detail of a recurrent layer: Sequences.
type RecurrentOption struct{ sequences bool }

// Sequences makes a recurrent layer return the output of every step, as the next recurrent layer needs it.
var Sequences = RecurrentOption{sequences: true}

// LSTM returns a long short-term memory of so many units. See LSTMLayer.
func LSTM(units int, options ...RecurrentOption) *LSTMLayer {
	return &LSTMLayer{units, sequences(options)}
}

func sequences(options []RecurrentOption) bool {
	for _, o := range options {
		if o.sequences {
			return true
		}
	}
	return false
}

// Kind returns "LSTM".
func (*LSTMLayer) Kind() string { return "LSTM" }

// String returns the layer as LSTM was called.
func (l *LSTMLayer) String() string { return recurrentString("LSTM", l.Units, l.Sequences) }

func recurrentString(kind string, units int, sequences bool) string {
	if sequences {
		return fmt.Sprintf("%s(%d, sequences)", kind, units)
	}
	return fmt.Sprintf("%s(%d)", kind, units)
}

// OutputShape returns [Units], or [steps, Units].
func (l *LSTMLayer) OutputShape(in []int) ([]int, error) {
	return recurrentShape(in, l.Units, l.Sequences)
}

func recurrentShape(in []int, units int, sequences bool) ([]int, error) {
	if units <= 0 {
		return nil, fmt.Errorf("expected a positive number of units. Got %d", units)
	}
	if len(in) != 2 {
		return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s", dims(in))
	}
	if sequences {
		return []int{in[0], units}, nil
	}
	return []int{units}, nil
}

// Apply computes the layer with the variables kernel [features, 4·Units], recurrent_kernel [Units, 4·Units] and bias [4·Units], the gates in the
// order input, forget, candidate, output.
func (l *LSTMLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := recurrentKernels(scope, x, u, 4)
	bias := scope.WithInitializer(func(g *graph.Graph, shape shapes.Shape) *graph.Node {
		part := func(value float64, n int) *graph.Node {
			return graph.FillScalar(g, shapes.Make(shape.DType, n*u), value)
		}
		return graph.Concatenate([]*graph.Node{part(0, 1), part(1, 1), part(0, 2)}, 0)
	}).VariableWithShape("bias", shapes.Make(x.DType(), 4*u)).NodeValue(x)
	inputs := graph.Add(project(x, kernel), graph.Reshape(bias, 1, 1, 4*u))
	state := graph.Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), u))
	cell := state
	return unroll(inputs, l.Sequences, func(z *graph.Node) *graph.Node {
		z = graph.Add(z, graph.MatMul(state, recurrent))
		in, forget, candidate, out := columns(z, 0, u), columns(z, 1, u), columns(z, 2, u), columns(z, 3, u)
		cell = graph.Add(graph.Mul(graph.Sigmoid(forget), cell), graph.Mul(graph.Sigmoid(in), graph.Tanh(candidate)))
		state = graph.Mul(graph.Sigmoid(out), graph.Tanh(cell))
		return state
	})
}

// GRULayer is the gated recurrent unit of Cho et al. 2014 in the form with the reset gate behind the recurrent product, Keras's default, over
// sequences [batch, steps, features]. Kernels start Glorot-uniform and orthogonal, biases 0. See LSTMLayer about long sequences.
type GRULayer struct {
	// Units is the size of state and output.
	Units int `json:"units"`
	// Sequences returns the output of every step, [batch, steps, Units]; else that of the last, [batch, Units].
	Sequences bool `json:"sequences,omitempty"`
}

// GRU returns a gated recurrent layer of so many units. See GRULayer.
func GRU(units int, options ...RecurrentOption) *GRULayer {
	return &GRULayer{units, sequences(options)}
}

// Kind returns "GRU".
func (*GRULayer) Kind() string { return "GRU" }

// String returns the layer as GRU was called.
func (l *GRULayer) String() string { return recurrentString("GRU", l.Units, l.Sequences) }

// OutputShape returns [Units], or [steps, Units].
func (l *GRULayer) OutputShape(in []int) ([]int, error) {
	return recurrentShape(in, l.Units, l.Sequences)
}

// Apply computes the layer with the variables kernel [features, 3·Units], recurrent_kernel [Units, 3·Units] and bias [2, 3·Units], the gates in
// the order update, reset, candidate.
func (l *GRULayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := recurrentKernels(scope, x, u, 3)
	bias := ZeroWeights.variable(scope, "bias", shapes.Make(x.DType(), 2, 3*u)).NodeValue(x)
	row := func(i int) *graph.Node { return graph.Slice(bias, graph.AxisRange(i, i+1), graph.AxisRange()) }
	inputs := graph.Add(project(x, kernel), graph.Reshape(row(0), 1, 1, 3*u))
	state := graph.Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), u))
	return unroll(inputs, l.Sequences, func(z *graph.Node) *graph.Node {
		inner := graph.Add(graph.MatMul(state, recurrent), row(1))
		update := graph.Sigmoid(graph.Add(columns(z, 0, u), columns(inner, 0, u)))
		reset := graph.Sigmoid(graph.Add(columns(z, 1, u), columns(inner, 1, u)))
		candidate := graph.Tanh(graph.Add(columns(z, 2, u), graph.Mul(reset, columns(inner, 2, u))))
		state = graph.Add(graph.Mul(update, state), graph.Mul(graph.OneMinus(update), candidate))
		return state
	})
}

// recurrentKernels are the kernels for the input and for the state.
func recurrentKernels(scope *model.Scope, x *graph.Node, units, gates int) (kernel, recurrent *graph.Node) {
	kernel = GlorotUniform.variable(scope, "kernel", shapes.Make(x.DType(), x.Shape().Dim(-1), gates*units)).NodeValue(x)
	recurrent = Orthogonal.variable(scope, "recurrent_kernel", shapes.Make(x.DType(), units, gates*units)).NodeValue(x)
	return kernel, recurrent
}

// project multiplies all steps with the kernel at once.
func project(x, kernel *graph.Node) *graph.Node {
	batch, steps, features := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	return graph.Reshape(graph.MatMul(graph.Reshape(x, batch*steps, features), kernel), batch, steps, kernel.Shape().Dim(1))
}

// columns returns the i-th block of columns of a matrix.
func columns(z *graph.Node, i, width int) *graph.Node {
	return graph.Slice(z, graph.AxisRange(), graph.AxisRange(i*width, (i+1)*width))
}

// unroll calls step with the inputs of each step, [batch, width], and returns what it returned last, or all of it along axis 1.
func unroll(inputs *graph.Node, sequences bool, step func(z *graph.Node) *graph.Node) *graph.Node {
	var all []*graph.Node
	for t := range inputs.Shape().Dim(1) {
		z := graph.Slice(inputs, graph.AxisRange(), graph.AxisElem(t), graph.AxisRange())
		all = append(all, step(graph.Squeeze(z, 1)))
	}
	if sequences {
		return graph.Stack(all, 1)
	}
	return all[len(all)-1]
}
