package ops

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Rounds makes so many rounds on the device, numbered from 0 or, if down is set, down to 0: body gets the number of the round and values, and returns
// the next values. Rounds see only what is among the values; fixed ones are the same in all. The number is counted down rather than computed
// from one that is counted up because XLA would compute it anew for each element, and so use no vector instructions.
func Rounds(count int, down bool, fixed, values []*graph.Node, body func(i *graph.Node, fixed, values []*graph.Node) []*graph.Node) []*graph.Node {
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
		return slices.Concat([]*graph.Node{graph.Add(p[0], graph.Const(g, step))}, p[1:k], body(p[0], p[1:k], p[k:]))
	})
	return graph.While(cond, round, state...)[k:]
}

// Get takes a step's values, [batch, width], out of those of all steps, [steps, batch, width].
func Get(all, i *graph.Node) *graph.Node {
	batch, width := all.Shape().Dim(1), all.Shape().Dim(2)
	zero := graph.Const(i.Graph(), int32(0))
	return graph.Reshape(graph.DynamicSlice(all, []*graph.Node{i, zero, zero}, []int{1, batch, width}), batch, width)
}

// put returns the values of all steps with those of one replaced.
func put(all, one, i *graph.Node) *graph.Node {
	zero := graph.Const(i.Graph(), int32(0))
	return graph.DynamicUpdateSlice(all, graph.InsertAxes(one, 0), []*graph.Node{i, zero, zero})
}

// GetAll is get for several stacks.
func GetAll(all []*graph.Node, i *graph.Node) (ones []*graph.Node) {
	for _, a := range all {
		ones = append(ones, Get(a, i))
	}
	return ones
}

// PutAll is put for several stacks.
func PutAll(all, ones []*graph.Node, i *graph.Node) (next []*graph.Node) {
	for k, a := range all {
		next = append(next, put(a, ones[k], i))
	}
	return next
}
