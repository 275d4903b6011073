package recurrence

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Cell is what a recurrent layer does at a step. All its values are [batch, units], or that several times side by side: inputs and products with the
// state have a block for each gate. It may use no scalars of GoMLX's, which keeps one for the whole graph, where a loop's body can use only its own.
type Cell interface {
	// States is how many states a step hands to the next; the first is the output.
	States() int
	// Notes is how many notes a step leaves besides the first.
	Notes() int
	// Forward makes the next states of the step's inputs z, the product of the state with the recurrent kernel (inner), and the states. It notes what
	// Backward needs: the first note has the shape of z, others are [batch, units].
	Forward(z, inner *graph.Node, states []*graph.Node) (next, notes []*graph.Node)
	// Backward turns the adjoints of the next states into those of the product and of the states, without what reaches these through the product.
	// A state that nothing else reaches has nil. It replaces the notes by others of the same shapes: the first is the adjoint of z.
	Backward(notes, states, adjoints []*graph.Node) (replaced []*graph.Node, inner *graph.Node, before []*graph.Node)
	// OverSteps applies f, a sum over rows that leaves columns apart, to the adjoint of the product, which it takes from the replaced notes of all steps.
	OverSteps(notes []*graph.Node, f func(inner *graph.Node) *graph.Node) *graph.Node
}

// Passage is the way of a recurrent layer through a sequence.
type Passage struct {
	Cell Cell
	// z are the inputs of all steps, [steps, batch, gates·units]; kernel is the recurrent one, [units, gates·units]; bias is added to its product,
	// [1, gates·units], or nil.
	Z, Kernel, Bias *graph.Node
	// mask is what the state is multiplied with before the kernel, [batch, units], or nil.
	Mask *graph.Node
	// units is the size of the state.
	Units int
	// backwards begins at the sequence's end.
	Backwards bool
	// all returns the outputs of all steps, [steps, batch, units], in the order in which they were made; turned, the last comes first.
	All, Turned bool
}

// output returns the output: that of the last step, [batch, units], or of all. The gradient is made by hand: where the steps are a loop, which has no
// gradient in GoMLX, it is a loop too, and the recurrent kernel's is one product over all steps.
//
// On XLA the steps are a loop, because compiling them one by one takes it up to minutes. GoMLX's Go backend compiles nothing and runs loops slowly:
// there they are written out.
func (p *Passage) Output() *graph.Node {
	inputs := []*graph.Node{p.Z, p.Kernel}
	if p.Bias != nil {
		inputs = append(inputs, p.Bias)
	}
	return ops.WithPullback(inputs, func(held []*graph.Node) (*graph.Node, func(*graph.Node) []*graph.Node) {
		q := *p
		q.Z, q.Kernel = held[0], held[1]
		if q.Bias != nil {
			q.Bias = held[2]
		}
		if ops.OnGo(q.Z.Graph()) {
			return q.unrolled()
		}
		return q.looped()
	})
}

func (p *Passage) steps() int { return p.Z.Shape().Dim(0) }
func (p *Passage) batch() int { return p.Z.Shape().Dim(1) }

// begin returns the states before the first step.
func (p *Passage) begin() []*graph.Node {
	var all []*graph.Node
	for range p.Cell.States() {
		all = append(all, graph.Zeros(p.Z.Graph(), shapes.Make(p.Z.DType(), p.batch(), p.Units)))
	}
	return all
}

// step makes a step with the inputs z, [batch, gates·units].
func (p *Passage) step(z *graph.Node, states []*graph.Node) (next, notes []*graph.Node) {
	h := states[0]
	if p.Mask != nil {
		h = graph.Mul(h, p.Mask)
	}
	inner := graph.MatMul(h, p.Kernel)
	if p.Bias != nil {
		inner = graph.Add(inner, graph.BroadcastToShape(p.Bias, inner.Shape()))
	}
	return p.Cell.Forward(z, inner, states)
}

// back turns the adjoints of the states after a step into those of the states before it.
func (p *Passage) back(notes, states, adjoints []*graph.Node) (replaced, before []*graph.Node) {
	replaced, inner, before := p.Cell.Backward(notes, states, adjoints)
	through := graph.DotGeneral(inner, []int{1}, nil, p.Kernel, []int{1}, nil)
	if p.Mask != nil {
		through = graph.Mul(through, p.Mask)
	}
	before[0] = ops.Sum(before[0], through)
	return replaced, before
}

// adjoints returns those of z, kernel and bias, given the replaced notes of all steps and the outputs before each, [steps, batch, width] in the
// order of the sequence.
func (p *Passage) adjoints(notes []*graph.Node, h *graph.Node) []*graph.Node {
	rows := p.steps() * p.batch()
	if p.Mask != nil {
		h = graph.Mul(h, graph.BroadcastToShape(graph.InsertAxes(p.Mask, 0), h.Shape()))
	}
	h = graph.Reshape(h, rows, p.Units)
	z := notes[0]
	flat := make([]*graph.Node, len(notes))
	for i, n := range notes {
		flat[i] = graph.Reshape(n, rows, n.Shape().Dim(-1))
	}
	all := []*graph.Node{z, p.Cell.OverSteps(flat, func(inner *graph.Node) *graph.Node {
		return graph.DotGeneral(h, []int{0}, nil, inner, []int{0}, nil)
	})}
	if p.Bias != nil {
		all = append(all, p.Cell.OverSteps(flat, func(inner *graph.Node) *graph.Node {
			return graph.Reshape(graph.ReduceSum(inner, 0), 1, inner.Shape().Dim(1))
		}))
	}
	return all
}
