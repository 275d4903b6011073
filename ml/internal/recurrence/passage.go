package recurrence

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Cell is what a recurrent layer does at a step. All its values are [batch, units], or several such
// blocks side by side: inputs and products with the state have a block for each gate. It must not
// use GoMLX's scalars: of these there is one for the whole graph, while the body of a loop can use
// only nodes of its own.
type Cell interface {
	// States returns the number of states that a step hands to the next one. The first state is the
	// output.
	States() int
	// Notes returns the number of notes that a step leaves, besides the first one.
	Notes() int
	// Forward computes the next states from the step's inputs z, the product of the output before
	// and the recurrent kernel (inner), and the states. It also returns notes, which Backward
	// needs: the first one has the shape of z, the others are [batch, units].
	Forward(z, inner *graph.Node, states []*graph.Node) (next, notes []*graph.Node)
	// Backward computes the adjoint of the product (inner) and those of the states (before) from
	// the adjoints of the next states. What a state gets through the product is left out; a state
	// that gets nothing else has nil. It replaces the notes by others of the same shapes, the first
	// one by the adjoint of z.
	Backward(
		notes, states, adjoints []*graph.Node,
	) (replaced []*graph.Node, inner *graph.Node, before []*graph.Node)
	// OverSteps applies f to the adjoint of the product, which it takes from the replaced notes of
	// all steps. f is a sum over rows that treats each column by itself.
	OverSteps(notes []*graph.Node, f func(inner *graph.Node) *graph.Node) *graph.Node
}

// Passage is a recurrent layer's way through a sequence.
type Passage struct {
	// Cell is what happens at each step.
	Cell Cell
	// Inputs are those of all steps, [steps, batch, gates·units]. Kernel is the recurrent kernel,
	// [units, gates·units]. Bias is added to the product with it, [1, gates·units], or nil.
	Inputs, Kernel, Bias *graph.Node
	// Mask is what the output before is multiplied by ahead of the kernel, [batch, units], or nil.
	Mask *graph.Node
	// Units is the size of each state.
	Units int
	// Backwards starts at the end of the sequence.
	Backwards bool
	// Sequences asks for the outputs of all steps, [steps, batch, units], in the order in which
	// they are computed; with Reversed, the last one comes first.
	Sequences, Reversed bool
}

// Output returns the output of the last step, [batch, units], or those of all steps. The gradient
// is written by hand. Where the steps are a loop, which has no gradient in GoMLX, the gradient is a
// loop, too. That of the recurrent kernel is one product over all steps.
//
// On XLA the steps are a loop, because XLA takes up to minutes to compile them one by one. GoMLX's
// Go backend compiles nothing and runs loops slowly, so there they are written out.
func (p *Passage) Output() *graph.Node {
	inputs := []*graph.Node{p.Inputs, p.Kernel}
	if p.Bias != nil {
		inputs = append(inputs, p.Bias)
	}
	return ops.WithPullback(inputs, func(held []*graph.Node) (*graph.Node, back) {
		q := *p
		q.Inputs, q.Kernel = held[0], held[1]
		if q.Bias != nil {
			q.Bias = held[2]
		}
		if ops.OnGo(q.Inputs.Graph()) {
			return q.unrolled()
		}
		return q.looped()
	})
}

// back makes the adjoints of a passage's inputs from that of its output.
type back = func(adjoint *graph.Node) []*graph.Node

func (p *Passage) steps() int { return p.Inputs.Shape().Dim(0) }
func (p *Passage) batch() int { return p.Inputs.Shape().Dim(1) }

// begin returns the states before the first step.
func (p *Passage) begin() []*graph.Node {
	var all []*graph.Node
	for range p.Cell.States() {
		shape := shapes.Make(p.Inputs.DType(), p.batch(), p.Units)
		all = append(all, graph.Zeros(p.Inputs.Graph(), shape))
	}
	return all
}

// step computes a step with the inputs z, [batch, gates·units].
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

// back computes the adjoints of the states before a step from those of the states after it.
func (p *Passage) back(notes, states, adjoints []*graph.Node) (replaced, before []*graph.Node) {
	replaced, inner, before := p.Cell.Backward(notes, states, adjoints)
	through := graph.DotGeneral(inner, []int{1}, nil, p.Kernel, []int{1}, nil)
	if p.Mask != nil {
		through = graph.Mul(through, p.Mask)
	}
	before[0] = ops.Sum(before[0], through)
	return replaced, before
}

// adjoints returns the adjoints of inputs, kernel and bias, given the replaced notes of all steps
// and the output before each step, [steps, batch, width] in the order of the sequence.
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
