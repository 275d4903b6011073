package ml

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// cell is what a recurrent layer does at a step. All its values are [batch, units], or that several times side by side: inputs and products with the
// state have a block for each gate. It may use no scalars of GoMLX's, which keeps one for the whole graph, where a loop's body can use only its own.
type cell interface {
	// states is how many states a step hands to the next; the first is the output.
	states() int
	// notes is how many notes a step leaves besides the first.
	notes() int
	// forward makes the next states of the step's inputs z, the product of the state with the recurrent kernel (inner), and the states. It notes what
	// backward needs: the first note has the shape of z, others are [batch, units].
	forward(z, inner *graph.Node, states []*graph.Node) (next, notes []*graph.Node)
	// backward turns the adjoints of the next states into those of the product and of the states, without what reaches these through the product.
	// A state that nothing else reaches has nil. It replaces the notes by others of the same shapes: the first is the adjoint of z.
	backward(notes, states, adjoints []*graph.Node) (replaced []*graph.Node, inner *graph.Node, before []*graph.Node)
	// overSteps applies f, a sum over rows that leaves columns apart, to the adjoint of the product, which it takes from the replaced notes of all steps.
	overSteps(notes []*graph.Node, f func(inner *graph.Node) *graph.Node) *graph.Node
}

// passage is the way of a recurrent layer through a sequence.
type passage struct {
	cell cell
	// z are the inputs of all steps, [steps, batch, gates·units]; kernel is the recurrent one, [units, gates·units]; bias is added to its product,
	// [1, gates·units], or nil.
	z, kernel, bias *graph.Node
	// mask is what the state is multiplied with before the kernel, [batch, units], or nil.
	mask *graph.Node
	// units is the size of the state.
	units int
	// backwards begins at the sequence's end.
	backwards bool
	// all returns the outputs of all steps, [steps, batch, units], in the order in which they were made; turned, the last comes first.
	all, turned bool
}

// output returns the output: that of the last step, [batch, units], or of all. The gradient is made by hand: where the steps are a loop, which has no
// gradient in GoMLX, it is a loop too, and the recurrent kernel's is one product over all steps.
//
// On XLA the steps are a loop, because compiling them one by one takes it up to minutes. GoMLX's Go backend compiles nothing and runs loops slowly:
// there they are written out.
func (p *passage) output() *graph.Node {
	inputs := []*graph.Node{p.z, p.kernel}
	if p.bias != nil {
		inputs = append(inputs, p.bias)
	}
	return withPullback(inputs, func(held []*graph.Node) (*graph.Node, func(*graph.Node) []*graph.Node) {
		q := *p
		q.z, q.kernel = held[0], held[1]
		if q.bias != nil {
			q.bias = held[2]
		}
		if onGo(q.z.Graph()) {
			return q.unrolled()
		}
		return q.looped()
	})
}

func (p *passage) steps() int { return p.z.Shape().Dim(0) }
func (p *passage) batch() int { return p.z.Shape().Dim(1) }

// begin returns the states before the first step.
func (p *passage) begin() []*graph.Node {
	var all []*graph.Node
	for range p.cell.states() {
		all = append(all, graph.Zeros(p.z.Graph(), shapes.Make(p.z.DType(), p.batch(), p.units)))
	}
	return all
}

// step makes a step with the inputs z, [batch, gates·units].
func (p *passage) step(z *graph.Node, states []*graph.Node) (next, notes []*graph.Node) {
	h := states[0]
	if p.mask != nil {
		h = graph.Mul(h, p.mask)
	}
	inner := graph.MatMul(h, p.kernel)
	if p.bias != nil {
		inner = graph.Add(inner, graph.BroadcastToShape(p.bias, inner.Shape()))
	}
	return p.cell.forward(z, inner, states)
}

// back turns the adjoints of the states after a step into those of the states before it.
func (p *passage) back(notes, states, adjoints []*graph.Node) (replaced, before []*graph.Node) {
	replaced, inner, before := p.cell.backward(notes, states, adjoints)
	through := graph.DotGeneral(inner, []int{1}, nil, p.kernel, []int{1}, nil)
	if p.mask != nil {
		through = graph.Mul(through, p.mask)
	}
	before[0] = sumOf(before[0], through)
	return replaced, before
}

// adjoints returns those of z, kernel and bias, given the replaced notes of all steps and the outputs before each, [steps, batch, width] in the
// order of the sequence.
func (p *passage) adjoints(notes []*graph.Node, h *graph.Node) []*graph.Node {
	rows := p.steps() * p.batch()
	if p.mask != nil {
		h = graph.Mul(h, graph.BroadcastToShape(graph.InsertAxes(p.mask, 0), h.Shape()))
	}
	h = graph.Reshape(h, rows, p.units)
	z := notes[0]
	flat := make([]*graph.Node, len(notes))
	for i, n := range notes {
		flat[i] = graph.Reshape(n, rows, n.Shape().Dim(-1))
	}
	all := []*graph.Node{z, p.cell.overSteps(flat, func(inner *graph.Node) *graph.Node {
		return graph.DotGeneral(h, []int{0}, nil, inner, []int{0}, nil)
	})}
	if p.bias != nil {
		all = append(all, p.cell.overSteps(flat, func(inner *graph.Node) *graph.Node {
			return graph.Reshape(graph.ReduceSum(inner, 0), 1, inner.Shape().Dim(1))
		}))
	}
	return all
}
