package ml

import (
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// looped is unrolled with a loop for the steps and one for their gradients. A step's first note takes the place of its inputs, which saves the memory of
// another stack.
func (p *passage) looped() (*graph.Node, func(*graph.Node) []*graph.Node) {
	states, notes := p.cell.states(), 1+p.cell.notes()
	room := func(n int) []*graph.Node {
		return slices.Repeat([]*graph.Node{graph.Zeros(p.z.Graph(), shapes.Make(p.z.DType(), p.steps(), p.batch(), p.units))}, n)
	}
	// The stack of outputs is in the order of the sequence; inOrder turns it to that of the result, and back.
	inOrder := func(x *graph.Node) *graph.Node {
		if p.backwards != p.turned {
			return graph.Reverse(x, 0)
		}
		return x
	}
	fixed := p.constants()
	// The values are the states, stacks of the notes and of the states before each step, and a stack of outputs if they are wanted.
	values := slices.Concat(p.begin(), []*graph.Node{p.z}, room(notes-1), room(states))
	if p.all {
		values = append(values, room(1)...)
	}
	out := rounds(p.steps(), p.backwards, fixed, values, func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
		before, stacks := values[:states], values[states:]
		next, found := p.with(fixed).step(get(stacks[0], i), before)
		kept := append(found, before...)
		if p.all {
			kept = append(kept, next[0])
		}
		return append(next, putAll(stacks, kept, i)...)
	})
	y := out[0]
	if p.all {
		y = inOrder(out[len(out)-1])
	}
	kept := out[states:][:notes+states]
	return y, func(adjoint *graph.Node) []*graph.Node {
		fixed, values := append(slices.Clone(fixed), kept...), p.begin()
		if p.all {
			fixed = append(fixed, inOrder(adjoint))
		} else {
			values[0] = adjoint
		}
		for _, n := range kept[:notes] {
			values = append(values, graph.ZerosLike(n))
		}
		out := rounds(p.steps(), !p.backwards, fixed, values, func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node {
			adjoints, stacks := slices.Clone(values[:states]), values[states:]
			if p.all {
				adjoints[0] = graph.Add(adjoints[0], get(fixed[len(fixed)-1], i))
			}
			kept := getAll(fixed[len(p.constants()):][:notes+states], i)
			replaced, before := p.with(fixed).back(kept[:notes], kept[notes:], adjoints)
			return append(before, putAll(stacks, replaced, i)...)
		})
		return p.adjoints(out[states:], kept[notes])
	}
}

// constants returns what is the same at all steps.
func (p *passage) constants() []*graph.Node {
	all := []*graph.Node{p.kernel}
	for _, n := range []*graph.Node{p.bias, p.mask} {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// with returns the passage with the constants as a loop's body sees them.
func (p *passage) with(constants []*graph.Node) *passage {
	q := *p
	for _, n := range []**graph.Node{&q.kernel, &q.bias, &q.mask} {
		if *n != nil {
			*n, constants = constants[0], constants[1:]
		}
	}
	return &q
}
