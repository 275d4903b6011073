package recurrence

import (
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// looped is unrolled with a loop over the steps, and another one for their gradients. The first
// note of a step takes the place of its inputs, which saves the memory of another stack.
func (p *Passage) looped() (*graph.Node, back) {
	states, notes := p.Cell.States(), 1+p.Cell.Notes()
	room := func(n int) []*graph.Node {
		shape := shapes.Make(p.Inputs.DType(), p.steps(), p.batch(), p.Units)
		return slices.Repeat([]*graph.Node{graph.Zeros(p.Inputs.Graph(), shape)}, n)
	}
	// The stack of outputs is in the order of the sequence. inOrder turns that into the order of
	// the result, and back.
	inOrder := func(x *graph.Node) *graph.Node {
		if p.Backwards != p.Reversed {
			return graph.Reverse(x, 0)
		}
		return x
	}
	fixed := p.constants()
	// The values are the states, stacks of the notes and of the states before each step, and, if
	// outputs are wanted, a stack of them.
	values := slices.Concat(p.begin(), []*graph.Node{p.Inputs}, room(notes-1), room(states))
	if p.Sequences {
		values = append(values, room(1)...)
	}
	forward := func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
		before, stacks := values[:states], values[states:]
		next, found := p.with(fixed).step(ops.Step(stacks[0], i), before)
		kept := append(found, before...)
		if p.Sequences {
			kept = append(kept, next[0])
		}
		return append(next, ops.PutSteps(stacks, kept, i)...)
	}
	out := ops.Loop(p.steps(), p.Backwards, fixed, values, forward)
	y := out[0]
	if p.Sequences {
		y = inOrder(out[len(out)-1])
	}
	kept := out[states:][:notes+states]
	return y, func(adjoint *graph.Node) []*graph.Node {
		fixed, values := append(slices.Clone(fixed), kept...), p.begin()
		if p.Sequences {
			fixed = append(fixed, inOrder(adjoint))
		} else {
			values[0] = adjoint
		}
		for _, n := range kept[:notes] {
			values = append(values, graph.ZerosLike(n))
		}
		out := ops.Loop(p.steps(), !p.Backwards, fixed, values,
			func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
				adjoints, stacks := slices.Clone(values[:states]), values[states:]
				if p.Sequences {
					adjoints[0] = graph.Add(adjoints[0], ops.Step(fixed[len(fixed)-1], i))
				}
				kept := ops.Steps(fixed[len(p.constants()):][:notes+states], i)
				replaced, before := p.with(fixed).back(kept[:notes], kept[notes:], adjoints)
				return append(before, ops.PutSteps(stacks, replaced, i)...)
			})
		return p.adjoints(out[states:], kept[notes])
	}
}

// constants returns the nodes that are the same at all steps.
func (p *Passage) constants() []*graph.Node {
	all := []*graph.Node{p.Kernel}
	for _, n := range []*graph.Node{p.Bias, p.Mask} {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// with returns the passage with the constants as the body of a loop gets them.
func (p *Passage) with(constants []*graph.Node) *Passage {
	q := *p
	for _, n := range []**graph.Node{&q.Kernel, &q.Bias, &q.Mask} {
		if *n != nil {
			*n, constants = constants[0], constants[1:]
		}
	}
	return &q
}
