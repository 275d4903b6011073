package layers

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
)

func init() {
	Register("GRU", func() contract.Layer { return new(GRULayer) })
}

// GRULayer is the gated recurrent unit of Cho et al. 2014 over sequences, [batch, steps, features].
// The reset gate is applied after the recurrent product, which is Keras's default (reset_after).
// The kernel starts Glorot-uniform, the recurrent kernel orthogonal, the bias zero.
type GRULayer struct{ Recurrent }

// GRU returns a gated recurrent layer with the given number of units. See GRULayer.
func GRU(units int, options ...RecurrentOption) *GRULayer {
	return &GRULayer{newRecurrent(units, options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *GRULayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "GRU".
func (*GRULayer) Kind() string { return "GRU" }

// String returns the layer as GRU was called.
func (l *GRULayer) String() string { return l.text("GRU") }

// Apply computes the layer with the variables kernel, [features, 3·Units], recurrent_kernel,
// [Units, 3·Units], and bias, [2, 3·Units]. The blocks of each are in the order update gate, reset
// gate, candidate.
func (l *GRULayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	u := l.Units
	kernel, recurrent := l.kernels(scope, x, 3)
	bias := contract.Weight(scope, "bias", initializers.Zeros, x, 2, 3*u)
	row := func(i int) *graph.Node {
		return graph.Slice(bias, graph.AxisRange(i, i+1), graph.AxisRange())
	}
	p := l.passage(scope, x, kernel, row(0))
	p.Cell, p.Kernel, p.Bias = gruCell{u}, recurrent, row(1)
	return l.output(p)
}

// gruCell has the output as its only state. Its notes are the gates and the candidate, and the
// block of the product that the reset gate is applied to. The second note is replaced by the
// adjoint of that block, which differs from the adjoint of the inputs' block.
type gruCell struct{ units int }

func (gruCell) States() int { return 1 }
func (gruCell) Notes() int  { return 1 }

func (c gruCell) Forward(z, inner *graph.Node, states []*graph.Node) (next, saved []*graph.Node) {
	u, h := c.units, states[0]
	two := func(x *graph.Node) *graph.Node { return columns(x, 0, 2*u) }
	gates := graph.Sigmoid(graph.Add(two(z), two(inner)))
	update, reset := columns(gates, 0, u), columns(gates, 1, u)
	product := columns(inner, 2, u)
	candidate := graph.Tanh(graph.Add(columns(z, 2, u), graph.Mul(reset, product)))
	next = []*graph.Node{graph.Add(candidate, graph.Mul(update, graph.Sub(h, candidate)))}
	return next, []*graph.Node{graph.Concatenate([]*graph.Node{gates, candidate}, 1), product}
}

func (c gruCell) Backward(
	notes, states, adjoints []*graph.Node,
) (replaced []*graph.Node, inner *graph.Node, before []*graph.Node) {
	un := c.units
	update, reset := columns(notes[0], 0, un), columns(notes[0], 1, un)
	candidate, product := columns(notes[0], 2, un), notes[1]
	h := adjoints[0]
	kept := graph.Mul(h, update)
	u := sigmoidBack(update, graph.Mul(h, graph.Sub(states[0], candidate)))
	n := tanhBack(candidate, graph.Sub(h, kept))
	r := sigmoidBack(reset, graph.Mul(n, product))
	product = graph.Mul(n, reset)
	return []*graph.Node{graph.Concatenate([]*graph.Node{u, r, n}, 1), product},
		graph.Concatenate([]*graph.Node{u, r, product}, 1), []*graph.Node{kept}
}

func (c gruCell) OverSteps(notes []*graph.Node, f func(*graph.Node) *graph.Node) *graph.Node {
	return graph.Concatenate([]*graph.Node{columns(f(notes[0]), 0, 2*c.units), f(notes[1])}, 1)
}
