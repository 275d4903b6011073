package recurrence

import (
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// looped is unrolled with a loop for the steps and one for their gradients. A step's first note takes the place of its inputs, which saves the memory of
// another stack.
func (p *Passage) looped() (*graph.Node, func(*graph.Node) []*graph.Node) {
	states, notes := p.Cell.States(), 1+p.Cell.Notes()
	room := func(n int) []*graph.Node {
		return slices.Repeat([]*graph.Node{graph.Zeros(p.Z.Graph(), shapes.Make(p.Z.DType(), p.steps(), p.batch(), p.Units))}, n)
	}
	// The stack of outputs is in the order of the sequence; inOrder turns it to that of the result, and back.
	inOrder := func(x *graph.Node) *graph.Node {
		if p.Backwards != p.Turned {
			return graph.Reverse(x, 0)
		}
		return x
	}
	fixed := p.constants()
	// The values are the states, stacks of the notes and of the states before each step, and a stack of outputs if they are wanted.
	values := slices.Concat(p.begin(), []*graph.Node{p.Z}, room(notes-1), room(states))
	if p.All {
		values = append(values, room(1)...)
	}
	out := ops.Rounds(p.steps(), p.Backwards, fixed, values, func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
		before, stacks := values[:states], values[states:]
		next, found := p.with(fixed).step(ops.Get(stacks[0], i), before)
		kept := append(found, before...)
		if p.All {
			kept = append(kept, next[0])
		}
		return append(next, ops.PutAll(stacks, kept, i)...)
	})
	y := out[0]
	if p.All {
		y = inOrder(out[len(out)-1])
	}
	kept := out[states:][:notes+states]
	return y, func(adjoint *graph.Node) []*graph.Node {
		fixed, values := append(slices.Clone(fixed), kept...), p.begin()
		if p.All {
			fixed = append(fixed, inOrder(adjoint))
		} else {
			values[0] = adjoint
		}
		for _, n := range kept[:notes] {
			values = append(values, graph.ZerosLike(n))
		}
		out := ops.Rounds(p.steps(), !p.Backwards, fixed, values, func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
			adjoints, stacks := slices.Clone(values[:states]), values[states:]
			if p.All {
				adjoints[0] = graph.Add(adjoints[0], ops.Get(fixed[len(fixed)-1], i))
			}
			kept := ops.GetAll(fixed[len(p.constants()):][:notes+states], i)
			replaced, before := p.with(fixed).back(kept[:notes], kept[notes:], adjoints)
			return append(before, ops.PutAll(stacks, replaced, i)...)
		})
		return p.adjoints(out[states:], kept[notes])
	}
}

// constants returns what is the same at all steps.
func (p *Passage) constants() []*graph.Node {
	all := []*graph.Node{p.Kernel}
	for _, n := range []*graph.Node{p.Bias, p.Mask} {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// with returns the passage with the constants as a loop's body sees them.
func (p *Passage) with(constants []*graph.Node) *Passage {
	q := *p
	for _, n := range []**graph.Node{&q.Kernel, &q.Bias, &q.Mask} {
		if *n != nil {
			*n, constants = constants[0], constants[1:]
		}
	}
	return &q
}
