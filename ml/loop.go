package ml

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// loopKey says what a compiled loop does: train or only evaluate, in batches of which size, with
// weights of examples or without.
type loopKey struct {
	train    bool
	batch    int
	weighted bool
	// streamed says that each execution gets its batch's own data.
	streamed bool
}

// loop makes the steps over data on the device. With XLA many steps are one execution, a While on
// the device, because starting an execution costs as much as a step of a small model; how many
// steps it makes is an argument, so that nothing is compiled again for the last steps of an epoch.
// The Go backend has no such loop for training, and gains nothing by several steps written out in
// one execution (measured: 40% slower, as the buffers no longer fit the cache): there an execution
// is a step, on a batch put together beside it (gatherer).
//
// An execution takes the resident data, the order of the examples, and the sums so far, and returns
// the new sums. The sums go in and out so that how steps were grouped cannot be seen in the last
// digit of a result. Rows that pad the last batch have weight 0. A training loop also keeps what
// each step by itself adds to the narrow sums, for the figures of single steps.
type loop struct {
	learner *learner
	key     loopKey
	while   bool
	exec    *model.Exec
	// widths are the numbers of sums, as step returns them.
	widths []int
	// trained are the variables that it trains: see learner.trained.
	trained string
	// kept are the columns of the sums that are kept for each step.
	kept []int
	// piece is how many steps the next execution makes.
	piece int
}

// split takes the data set's nodes, which come first in a loop's arguments.
func (l *loop) split(in []*graph.Node) (data batch, rest []*graph.Node) {
	x, y := len(l.learner.inputs), len(l.learner.heads.all)
	data.x, data.y, rest = in[:x], in[x:x+y], in[x+y:]
	if l.key.weighted {
		data.w, rest = rest[:y], rest[y:]
	}
	return data, rest
}

// add adds what a step found to the sums so far.
func add(sums *graph.Node, found []*graph.Node) *graph.Node {
	same := make([]*graph.Node, len(found))
	for i, f := range found {
		same[i] = graph.ConvertDType(f, sums.DType())
	}
	return graph.Add(sums, graph.Concatenate(same, 0))
}

// keptWidth is how many sums a metric may have for its value of each step to be kept.
const keptWidth = 4

// keep sets the columns to be kept.
func (l *loop) keep() {
	if !l.key.train {
		return
	}
	at := 0
	for _, width := range l.widths {
		if width <= keptWidth {
			for i := range width {
				l.kept = append(l.kept, at+i)
			}
		}
		at += width
	}
}

// found puts together what is kept of a step, [1, len(kept)] of the sums' type.
func (l *loop) found(sums *graph.Node, found []*graph.Node) *graph.Node {
	var narrow []*graph.Node
	for _, f := range found {
		if f.Shape().Size() <= keptWidth {
			narrow = append(narrow, graph.ConvertDType(f, sums.DType()))
		}
	}
	return graph.Reshape(graph.Concatenate(narrow, 0), 1, len(l.kept))
}

// newLoop makes a loop. The data is what it will see first.
func newLoop(of *learner, key loopKey, data *resident) (*loop, error) {
	b, err := of.device()
	if err != nil {
		return nil, err
	}
	l := &loop{learner: of, key: key, while: b.XLA() && !key.streamed, piece: 1}
	// The variables must exist before a While is built, and it must be known which of them a step
	// changes.
	var changed, used []*model.Variable
	err = of.trace(func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		g := in[0].Graph()
		two, _ := l.split(in)
		sums := of.step(scope, key.train, two, graph.Ones(g, shapes.Make(dtypes.Float32, 2)))
		for _, s := range sums {
			l.widths = append(l.widths, s.Shape().Size())
		}
		for v := range of.store.IterVariables() {
			switch {
			case v.ChangedInGraph(g):
				changed = append(changed, v)
			case v.InUseByGraph(g):
				used = append(used, v)
			}
		}
		return sums
	}, twoOf(data)...)
	if err != nil {
		return nil, err
	}
	l.keep()
	l.trained = of.trained()
	if err := of.initialize(); err != nil {
		return nil, fmt.Errorf("making the optimizer's variables: %w", err)
	}
	build := l.single
	if l.while {
		build = func(_ *model.Scope, in []*graph.Node) []*graph.Node { return l.whileLoop(in, changed, used) }
	}
	l.exec, err = model.NewExec(b.GoMLX(), of.store, build)
	if err != nil {
		return nil, mistake.Of(err)
	}
	l.exec.SetMaxCache(-1)
	return l, nil
}

// whileLoop builds the loop for XLA: in is the data, order, sums, first step, end and, in training,
// what is kept of the steps. Everything that the body needs is state of the loop, also what no step
// changes, because the body cannot refer to nodes outside it.
func (l *loop) whileLoop(in []*graph.Node, changed, used []*model.Variable) []*graph.Node {
	g := in[0].Graph()
	n, b := in[0].Shape().Dim(0), l.key.batch
	data, _ := l.split(in)
	at := len(data.nodes())
	state := slices.Clone(in)
	variables := slices.Concat(used, changed)
	for _, v := range variables {
		state = append(state, v.NodeValue(g))
	}
	// enter declares the state as a closure's parameters.
	enter := func(g *graph.Graph) []*graph.Node {
		p := make([]*graph.Node, len(state))
		for i, s := range state {
			p[i] = graph.Parameter(g, fmt.Sprintf("state%d", i), s.Shape())
		}
		return p
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		_, rest := l.split(enter(g))
		return []*graph.Node{graph.LessThan(rest[2], rest[3])}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		next := enter(g)
		data, rest := l.split(next)
		order, sums, first := rest[0], rest[1], rest[2]
		for i, v := range variables {
			v.SetNodeValue(next[len(in)+i])
		}
		start := graph.Mul(first, graph.Const(g, int32(b)))
		rows := graph.DynamicSlice(order, []*graph.Node{start}, []int{b})
		place := graph.Add(graph.Iota(g, shapes.Make(dtypes.Int32, b), 0), start)
		mask := graph.ConvertDType(graph.LessThan(place, graph.Const(g, int32(n))), dtypes.Float32)
		found := l.learner.step(l.learner.store.RootScope(), l.key.train, data.rows(rows), mask)
		next[at+1], next[at+2] = add(sums, found), graph.Add(first, graph.Const(g, int32(1)))
		if l.key.train {
			next[at+4] = graph.DynamicUpdateSlice(rest[4], l.found(sums, found), []*graph.Node{first, graph.Const(g, int32(0))})
		}
		for i, v := range variables {
			next[len(in)+i] = v.NodeValue(g)
		}
		return next
	})
	results := graph.While(cond, body, state...)
	// A variable that is only read gets its own node back, or it would count as changed.
	for i, v := range variables {
		if i < len(used) {
			v.SetNodeValue(state[len(in)+i])
		} else {
			v.SetNodeValue(results[len(in)+i])
		}
	}
	if l.key.train {
		return []*graph.Node{results[at+1], results[at+4]}
	}
	return results[at+1 : at+2]
}

// single builds one step, of a stream or for a backend without loops: in is the batch, its mask,
// sums.
func (l *loop) single(scope *model.Scope, in []*graph.Node) []*graph.Node {
	data, rest := l.split(in)
	mask, sums := rest[0], rest[1]
	found := l.learner.step(scope, l.key.train, data, mask)
	if l.key.train {
		return []*graph.Node{add(sums, found), l.found(sums, found)}
	}
	return []*graph.Node{add(sums, found)}
}

// width is the number of all sums.
func (l *loop) width() (n int) {
	for _, w := range l.widths {
		n += w
	}
	return n
}
