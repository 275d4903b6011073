package knots

import "slices"

// Knots are the sets of files each of which needs, over any number of steps, all others of its set;
// the largest first. A file that is in no such circle is in none of them.
func (p *Package) Knots() [][]string {
	w := walk{uses: p.Uses, number: map[string]int{}, low: map[string]int{}, open: map[string]bool{}}
	for _, file := range p.Files {
		if w.number[file] == 0 {
			w.visit(file)
		}
	}
	slices.SortStableFunc(w.knots, func(a, b []string) int { return len(b) - len(a) })
	return w.knots
}

// walk is Tarjan's search for strongly connected components: low is the smallest number that can be
// reached from a file whose component is still open.
type walk struct {
	uses        map[string]map[string][]string
	number, low map[string]int
	open        map[string]bool
	stack       []string
	knots       [][]string
}

func (w *walk) visit(file string) {
	w.number[file] = len(w.number) + 1
	w.low[file] = w.number[file]
	w.stack, w.open[file] = append(w.stack, file), true
	for to := range w.uses[file] {
		if w.number[to] == 0 {
			w.visit(to)
			w.low[file] = min(w.low[file], w.low[to])
		} else if w.open[to] {
			w.low[file] = min(w.low[file], w.number[to])
		}
	}
	if w.low[file] != w.number[file] {
		return
	}
	at := slices.Index(w.stack, file)
	knot := slices.Sorted(slices.Values(w.stack[at:]))
	for _, f := range knot {
		w.open[f] = false
	}
	w.stack = w.stack[:at]
	if len(knot) > 1 {
		w.knots = append(w.knots, knot)
	}
}
