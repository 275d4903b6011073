package ops

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Loop makes count rounds on the device. They are numbered from 0 or, if down is set, down to 0.
// Body gets the number of the round and the values, and returns the next values. It sees only what
// it is given; the fixed nodes are the same in all rounds.
//
// The number is counted down rather than computed from one that counts up, because XLA would
// compute it anew for each element, and so use no vector instructions.
func Loop(
	count int, down bool, fixed, values []*graph.Node,
	body func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node,
) []*graph.Node {
	g := values[0].Graph()
	first, step := int32(0), int32(1)
	if down {
		first, step = int32(count-1), -1
	}
	state := slices.Concat([]*graph.Node{graph.Const(g, first)}, fixed, values)
	enter := func(g *graph.Graph) []*graph.Node {
		p := make([]*graph.Node, len(state))
		for i, s := range state {
			p[i] = graph.Parameter(g, fmt.Sprintf("value%d", i), s.Shape())
		}
		return p
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		i := enter(g)[0]
		if down {
			return []*graph.Node{graph.GreaterOrEqual(i, graph.Const(g, int32(0)))}
		}
		return []*graph.Node{graph.LessThan(i, graph.Const(g, int32(count)))}
	})
	k := 1 + len(fixed)
	round := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		p := enter(g)
		return slices.Concat([]*graph.Node{graph.Add(p[0], graph.Const(g, step))}, p[1:k],
			body(p[0], p[1:k], p[k:]))
	})
	return graph.While(cond, round, state...)[k:]
}

// Step takes the values of step i, [batch, width], out of those of all steps, [steps, batch,
// width].
func Step(all, i *graph.Node) *graph.Node {
	batch, width := all.Shape().Dim(1), all.Shape().Dim(2)
	zero := graph.Const(i.Graph(), int32(0))
	one := graph.DynamicSlice(all, []*graph.Node{i, zero, zero}, []int{1, batch, width})
	return graph.Reshape(one, batch, width)
}

// Steps is Step for several stacks of values.
func Steps(all []*graph.Node, i *graph.Node) (ones []*graph.Node) {
	for _, a := range all {
		ones = append(ones, Step(a, i))
	}
	return ones
}

// PutSteps returns the values of all steps with those of step i replaced, for several stacks.
func PutSteps(all, ones []*graph.Node, i *graph.Node) (next []*graph.Node) {
	for k, a := range all {
		next = append(next, putStep(a, ones[k], i))
	}
	return next
}

// putStep is PutSteps for one stack.
func putStep(all, one, i *graph.Node) *graph.Node {
	zero := graph.Const(i.Graph(), int32(0))
	return graph.DynamicUpdateSlice(all, graph.InsertAxes(one, 0), []*graph.Node{i, zero, zero})
}
