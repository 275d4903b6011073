package layers

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("LSTM", func() contract.Layer { return new(LSTMLayer) })
}

// LSTMLayer is the recurrent layer of Hochreiter and Schmidhuber 1997, with forget gates, over
// sequences, [batch, steps, features]. As in Keras, the kernel starts Glorot-uniform, the recurrent
// kernel orthogonal, and the bias zero, except that of the forget gate, which starts at 1.
type LSTMLayer struct{ Recurrent }

// LSTM returns a long short-term memory with the given number of units. See LSTMLayer.
func LSTM(units int, options ...RecurrentOption) *LSTMLayer {
	return &LSTMLayer{newRecurrent(units, options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *LSTMLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "LSTM".
func (*LSTMLayer) Kind() string { return "LSTM" }

// String returns the layer as LSTM was called.
func (l *LSTMLayer) String() string { return l.text("LSTM") }

// Apply computes the layer with the variables kernel, [features, 4·Units], recurrent_kernel,
// [Units, 4·Units], and bias, [4·Units]. The blocks of each are in the order input gate, forget
// gate, candidate, output gate.
func (l *LSTMLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := l.kernels(scope, x, 4)
	start := func(g *graph.Graph, shape shapes.Shape) *graph.Node {
		part := func(value float64, n int) *graph.Node {
			return graph.FillScalar(g, shapes.Make(shape.DType, n*u), value)
		}
		return graph.Concatenate([]*graph.Node{part(0, 1), part(1, 1), part(0, 2)}, 0)
	}
	shape := shapes.Make(contract.WeightType(x.DType()), 4*u)
	variable := scope.WithInitializer(start).VariableWithShape("bias", shape)
	bias := graph.ConvertDType(variable.NodeValue(x), x.DType())
	p := l.passage(scope, x, kernel, bias)
	p.Cell, p.Kernel = lstmCell{u}, recurrent
	return l.output(p)
}

// lstmCell has the output and the cell as its states. Its note is the gates and the candidate.
type lstmCell struct{ units int }

func (lstmCell) States() int { return 2 }
func (lstmCell) Notes() int  { return 0 }

func (c lstmCell) Forward(z, inner *graph.Node, states []*graph.Node) (next, notes []*graph.Node) {
	z = graph.Add(z, inner)
	u := c.units
	g := z.Graph()
	// The sigmoids are hyperbolic tangents too, so that all blocks are computed at once: σ(z) = ½
	// tanh(½z) + ½.
	row := func(gate, candidate float32) *graph.Node {
		r := make([][]float32, 1)
		for k := range 4 * u {
			v := gate
			if k/u == 2 {
				v = candidate
			}
			r[0] = append(r[0], v)
		}
		return graph.BroadcastToShape(graph.ConstAsDType(g, z.DType(), r), z.Shape())
	}
	z = graph.Add(graph.Mul(graph.Tanh(graph.Mul(z, row(0.5, 1))), row(0.5, 1)), row(0.5, 0))
	in, forget := columns(z, 0, u), columns(z, 1, u)
	candidate, out := columns(z, 2, u), columns(z, 3, u)
	cell := graph.Add(graph.Mul(forget, states[1]), graph.Mul(in, candidate))
	return []*graph.Node{graph.Mul(out, graph.Tanh(cell)), cell}, []*graph.Node{z}
}

func (c lstmCell) Backward(
	notes, states, adjoints []*graph.Node,
) (replaced []*graph.Node, inner *graph.Node, before []*graph.Node) {
	u := c.units
	z, state := notes[0], states[1]
	in, forget := columns(z, 0, u), columns(z, 1, u)
	candidate, out := columns(z, 2, u), columns(z, 3, u)
	bent := graph.Tanh(graph.Add(graph.Mul(forget, state), graph.Mul(in, candidate)))
	h, cell := adjoints[0], adjoints[1]
	cell = graph.Add(cell, tanhBack(bent, graph.Mul(h, out)))
	z = graph.Concatenate([]*graph.Node{
		sigmoidBack(in, graph.Mul(cell, candidate)),
		sigmoidBack(forget, graph.Mul(cell, state)),
		tanhBack(candidate, graph.Mul(cell, in)),
		sigmoidBack(out, graph.Mul(h, bent)),
	}, 1)
	return []*graph.Node{z}, z, []*graph.Node{nil, graph.Mul(cell, forget)}
}

func (lstmCell) OverSteps(notes []*graph.Node, f func(*graph.Node) *graph.Node) *graph.Node {
	return f(notes[0])
}
