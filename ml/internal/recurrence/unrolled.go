package recurrence

import "github.com/gomlx/gomlx/core/graph"

// unrolled writes out the steps. It returns the result, and a function that makes the adjoints of
// inputs, kernel and bias from that of the result.
func (p *Passage) unrolled() (*graph.Node, back) {
	steps := p.steps()
	// place returns where in the sequence step i is.
	place := func(i int) int {
		if p.Backwards {
			return steps - 1 - i
		}
		return i
	}
	// written returns where in the result the output of step i is.
	written := func(i int) int {
		if p.Reversed {
			return steps - 1 - i
		}
		return i
	}
	at := func(x *graph.Node, t int) *graph.Node {
		return graph.Squeeze(graph.SliceAxis(x, 0, graph.AxisElem(t)), 0)
	}
	states := make([][]*graph.Node, steps+1)
	states[0] = p.begin()
	outputs, notes := make([]*graph.Node, steps), make([][]*graph.Node, steps)
	for i := range steps {
		states[i+1], notes[i] = p.step(at(p.Inputs, place(i)), states[i])
		outputs[written(i)] = states[i+1][0]
	}
	y := states[steps][0]
	if p.Sequences {
		y = graph.Stack(outputs, 0)
	}
	return y, func(adjoint *graph.Node) []*graph.Node {
		replaced := make([][]*graph.Node, 1+p.Cell.Notes())
		h, before := make([]*graph.Node, steps), p.begin()
		for k := range replaced {
			replaced[k] = make([]*graph.Node, steps)
		}
		if !p.Sequences {
			before[0] = adjoint
		}
		for i := steps - 1; i >= 0; i-- {
			if p.Sequences {
				before[0] = graph.Add(before[0], at(adjoint, written(i)))
			}
			h[place(i)] = states[i][0]
			var r []*graph.Node
			r, before = p.back(notes[i], states[i], before)
			for k, n := range r {
				replaced[k][place(i)] = n
			}
		}
		var stacked []*graph.Node
		for _, r := range replaced {
			stacked = append(stacked, graph.Stack(r, 0))
		}
		return p.adjoints(stacked, graph.Stack(h, 0))
	}
}
