package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// loopKey says what a compiled loop does: train or only evaluate, in batches of which size, with weights of examples or without.
type loopKey struct {
	train    bool
	batch    int
	weighted bool
	// streamed says that each execution gets its batch's own data.
	streamed bool
}

// loop makes the steps over data on the device. With XLA many steps are one execution, a While on the device, because
// starting an execution costs as much as a step of a small model; how many steps it makes is an argument, so that nothing is compiled
// again for the last steps of an epoch. The Go backend has no such loop for training, and gains nothing by several steps
// written out in one execution (measured: 40% slower, as the buffers no longer fit the cache): there an execution is a step, on a batch put
// together beside it (gatherer).
//
// An execution takes the resident data, the order of the examples, and the sums so far, and returns the new sums. The sums go in and out so that how steps were grouped cannot be seen in
// the last digit of a result. Rows that pad the last batch have weight 0. A training loop also keeps what each step by itself adds to the
// narrow sums, for the figures of single steps.
type loop struct {
	m     *Model
	key   loopKey
	while bool
	exec  *model.Exec
	// widths are the numbers of sums, as step returns them.
	widths []int
	// kept are the columns of the sums that are kept for each step.
	kept []int
	// piece is how many steps the next execution makes.
	piece int
}

// resident is a data set on the device: the arrays of each input, and each head's targets and weights (nil for all 1).
type resident struct {
	x, y, w []*tensors.Tensor
	n       int
}

func (r *resident) tensors() []*tensors.Tensor { return slices.Concat(r.x, r.y, r.w) }

func (r *resident) free() {
	for _, t := range r.tensors() {
		t.FinalizeAll()
	}
}

// step adds one step on one batch to the graph and returns what it adds to the sums: see Model.judge. The mask is 0 for rows that only
// pad the batch.
func (m *Model) step(scope *model.Scope, train bool, in batch, mask *graph.Node) []*graph.Node {
	g := mask.Graph()
	m.store.SetTraining(g, train)
	SetBatchMask(mask)
	total, count, sums := m.judge(m.forward(scope, in.x), in.y, in.w, mask)
	if penalty := m.Penalty(g); penalty != nil {
		total = graph.Add(total, graph.Mul(penalty, count))
	}
	if train {
		o, err := m.optimizer.GoMLX()
		if err != nil {
			panic(err)
		}
		o.UpdateGraph(scope, g, graph.Div(total, count))
	}
	return append([]*graph.Node{graph.Stack([]*graph.Node{total, count}, 0)}, sums...)
}

// batch is the nodes of a batch or of a whole data set: of each input, and of each head's targets and weights (nil for all 1).
type batch struct{ x, y, w []*graph.Node }

// split takes the data set's nodes, which come first in a loop's arguments.
func (l *loop) split(in []*graph.Node) (data batch, rest []*graph.Node) {
	x, y := len(l.m.inputs), len(l.m.heads)
	data.x, data.y, rest = in[:x], in[x:x+y], in[x+y:]
	if l.key.weighted {
		data.w, rest = rest[:y], rest[y:]
	}
	return data, rest
}

func (d batch) nodes() []*graph.Node { return slices.Concat(d.x, d.y, d.w) }

// rows adds to the graph the rows of a data set whose numbers are given.
func (d batch) rows(rows *graph.Node) batch {
	rows = graph.InsertAxes(rows, -1)
	gather := func(all []*graph.Node) (some []*graph.Node) {
		for _, a := range all {
			some = append(some, graph.Gather(a, rows))
		}
		return some
	}
	return batch{gather(d.x), gather(d.y), gather(d.w)}
}

// add adds what a step found to the sums so far.
func add(sums *graph.Node, found []*graph.Node) *graph.Node {
	return graph.Add(sums, graph.ConvertDType(graph.Concatenate(found, 0), sums.DType()))
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

// loopFor returns the loop for batches of the size, making it if there is none. The data is what it will see first.
func (m *Model) loopFor(train bool, batch int, data *resident, streamed bool) (*loop, error) {
	key := loopKey{train, batch, data.w != nil, streamed}
	if l := m.loops[key]; l != nil {
		return l, nil
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	l := &loop{m: m, key: key, while: b.XLA() && !streamed, piece: 1}
	// The variables must exist before a While is built, and it must be known which of them a step changes.
	var changed, used []*model.Variable
	err = m.trace(func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		g := in[0].Graph()
		two, _ := l.split(in)
		sums := m.step(scope, key.train, two, graph.Ones(g, shapes.Make(dtypes.Float32, 2)))
		for _, s := range sums {
			l.widths = append(l.widths, s.Shape().Size())
		}
		for v := range m.store.IterVariables() {
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
	if err := m.initialize(); err != nil {
		return nil, fmt.Errorf("making the optimizer's variables: %w", err)
	}
	build := l.single
	if l.while {
		build = func(_ *model.Scope, in []*graph.Node) []*graph.Node { return l.whileLoop(in, changed, used) }
	}
	l.exec, err = model.NewExec(b.GoMLX(), m.store, build)
	if err != nil {
		return nil, panicError(err)
	}
	l.exec.SetMaxCache(-1)
	m.loops[key] = l
	return l, nil
}

// twoOf are the shapes of a batch of two of the data.
func twoOf(data *resident) []shapes.Shape {
	var all []shapes.Shape
	for _, t := range data.tensors() {
		s := t.Shape().Clone()
		s.Dimensions[0] = 2
		all = append(all, s)
	}
	return all
}

// whileLoop builds the loop for XLA: in is the data, order, sums, first step, end and, in training, what is kept of the steps. Everything that the body needs is state of the
// loop, also what no step changes, because the body cannot refer to nodes outside it.
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
		found := l.m.step(l.m.store.RootScope(), l.key.train, data.rows(rows), mask)
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

// single builds one step, of a stream or for a backend without loops: in is the batch, its mask, sums.
func (l *loop) single(scope *model.Scope, in []*graph.Node) []*graph.Node {
	data, rest := l.split(in)
	mask, sums := rest[0], rest[1]
	found := l.m.step(scope, l.key.train, data, mask)
	if l.key.train {
		return []*graph.Node{add(sums, found), l.found(sums, found)}
	}
	return []*graph.Node{add(sums, found)}
}

// epoch is one pass of a loop over a data set, in pieces.
type epoch struct {
	l     *loop
	data  *resident
	order []int32
	// from is where the batches come from, one after the other in data, if they are no part of a data set; nil otherwise.
	from *streamed
	// gather makes the batches for a backend without loops, from the first step on.
	gather *gatherer
	// resident copy of the order, for the While.
	device *tensors.Tensor
	sums   *tensors.Tensor
	// kept is what is kept of the steps, [steps, columns], in training with the While; rows is the same without it.
	kept *tensors.Tensor
	rows []float64
	// done and steps count the steps made and to be made; steps is only a bound as long as a stream has not ended.
	done, steps int
}

// steps is the number of batches for n examples.
func steps(n, batch int) int { return (n + batch - 1) / batch }

// begin prepares a pass over the data in the given order, which has a number for each example.
func (l *loop) begin(data *resident, order []int32) (*epoch, error) {
	e := &epoch{l: l, data: data, steps: steps(data.n, l.key.batch)}
	// The last batch is filled up with examples from the head of the order, at weight 0: real rows, so that no layer sees numbers
	// unlike its data.
	e.order = make([]int32, e.steps*l.key.batch)
	for i := range e.order {
		e.order[i] = order[i%len(order)]
	}
	k := 0
	for _, w := range l.widths {
		k += w
	}
	e.reset(0, make([]float64, k), nil)
	if l.while {
		e.device = tensors.FromFlatDataAndDimensions(e.order, len(e.order))
	}
	return e, nil
}

// reset says that so many steps are done, with these sums, and what is kept of them.
func (e *epoch) reset(done int, sums, rows []float64) {
	e.free()
	e.done = done
	e.sums = tensors.FromFlatDataAndDimensions(sums, len(sums))
	e.rows = rows
	if width := len(e.l.kept); width > 0 && e.l.while {
		all := make([]float64, e.steps*width)
		copy(all, rows)
		e.kept = tensors.FromFlatDataAndDimensions(all, e.steps, width)
	}
}

// free gives back the sums and what is kept.
func (e *epoch) free() {
	for _, t := range []**tensors.Tensor{&e.sums, &e.kept} {
		if *t != nil {
			(*t).FinalizeAll()
			*t = nil
		}
	}
}

// stand returns what reset takes.
func (e *epoch) stand() (done int, sums, rows []float64, err error) {
	if sums, err = tensors.CopyFlatData[float64](e.sums); err != nil {
		return 0, nil, nil, err
	}
	rows = e.rows
	if e.kept != nil {
		if rows, err = tensors.CopyFlatData[float64](e.kept); err != nil {
			return 0, nil, nil, err
		}
		rows = rows[:e.done*len(e.l.kept)]
	}
	return e.done, sums, slices.Clone(rows), nil
}

// shapes returns the arguments' shapes, to compile the execution without running it.
func (e *epoch) shapes() []shapes.Shape {
	var s []shapes.Shape
	for _, t := range e.data.tensors() {
		s = append(s, t.Shape())
	}
	if e.l.while {
		scalar := shapes.Make(dtypes.Int32)
		s = append(s, shapes.Make(dtypes.Int32, len(e.order)), e.sums.Shape(), scalar, scalar)
		if e.kept != nil {
			s = append(s, e.kept.Shape())
		}
		return s
	}
	for i := range s {
		s[i] = s[i].Clone()
		s[i].Dimensions[0] = e.l.key.batch
	}
	return append(s, shapes.Make(dtypes.Float32, e.l.key.batch), e.sums.Shape())
}

// compile makes the execution ready, if it is not, and returns how long that took. An interrupt leaves the compilation to
// end by itself.
func (e *epoch) compile(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	// The shapes are taken here, because the data is freed while an abandoned compilation still runs.
	if err := e.l.m.compileAside(ctx, e.l.exec, e.shapes()); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// compileAside compiles an execution for arguments of these shapes. An interrupt leaves it to end by itself; the next call that enters the model waits for that.
func (m *Model) compileAside(ctx context.Context, exec *model.Exec, shapes []shapes.Shape) error {
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		var failed error
		err = building(func() { _, failed = exec.Compile(shapes...) })
		if failed != nil {
			err = panicError(failed)
		}
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		m.compiling = done
		return interrupted(ctx)
	}
}

// run makes up to count steps, in one execution with XLA.
func (e *epoch) run(count int) error {
	count = min(count, e.steps-e.done)
	if e.from != nil {
		return e.runStream(count)
	}
	if e.l.while {
		args := []any{e.device, e.sums, int32(e.done), int32(e.done + count)}
		if e.kept != nil {
			args = append(args, e.kept)
		}
		if err := e.call(e.data.tensors(), args...); err != nil {
			return err
		}
		e.done += count
		return nil
	}
	return e.runGathered(count)
}

// runGathered makes up to count steps, each its own execution on a batch put together meanwhile.
func (e *epoch) runGathered(count int) error {
	if e.gather == nil {
		b, err := e.l.m.device()
		if err != nil {
			return err
		}
		if e.gather, err = newGatherer(b.GoMLX(), e.data, e.order, e.l.key.batch); err != nil {
			return err
		}
	}
	slot, filled := e.gather.step(e.done)
	for left := count; left > 0; left-- {
		if err := <-filled; err != nil {
			return err
		}
		now := slot
		if left > 1 {
			slot, filled = e.gather.step(e.done + 1)
		}
		if err := e.call(now, e.sums); err != nil {
			if left > 1 {
				<-filled
			}
			return err
		}
		e.done++
	}
	return nil
}

// mask has a 1 for each of n examples in a batch of b.
func mask(b, n int) []float32 {
	m := make([]float32, b)
	for i := range min(b, n) {
		m[i] = 1
	}
	return m
}

// call runs the execution on the data and what else it takes.
func (e *epoch) call(data []*tensors.Tensor, args ...any) error {
	var all []any
	for _, t := range data {
		all = append(all, t)
	}
	out, err := e.l.exec.Call(append(all, args...)...)
	if err != nil {
		return panicError(err)
	}
	e.free()
	e.sums = out[0]
	switch {
	case len(out) == 1:
	case e.l.while:
		e.kept = out[1]
	default:
		row, err := tensors.CopyFlatData[float64](out[1])
		if err != nil {
			return err
		}
		e.rows = append(e.rows, row...)
		return out[1].FinalizeAll()
	}
	return nil
}

// scores reads the sums back and makes the loss and the metrics of them.
func (e *epoch) scores() (Scores, error) {
	sums, err := tensors.CopyFlatData[float64](e.sums)
	if err != nil {
		return Scores{}, fmt.Errorf("reading the sums of loss and metrics: %w", err)
	}
	return e.l.scores(sums, math.MaxInt), nil
}

// scores makes the loss, and the metrics that have up to width sums, of the sums.
func (l *loop) scores(sums []float64, width int) Scores {
	s := Scores{Loss: sums[0] / sums[1]}
	count, k := sums[1], 1
	sums = sums[2:]
	// next returns the next part of the sums, nil if it is wider than width.
	next := func() []float64 {
		n := l.widths[k]
		k++
		if n > width {
			return nil
		}
		part := sums[:n]
		sums = sums[n:]
		return part
	}
	if l.m.separate() {
		if own := next(); own != nil {
			for i, h := range l.m.losses() {
				s.Metrics = append(s.Metrics, Value{h.name + "_loss", own[i] / count})
			}
		}
	}
	for _, h := range l.m.heads {
		for i, metric := range h.metrics {
			part := next()
			if part == nil {
				continue
			}
			several := figures(metric, part)
			if several == nil {
				several = []Value{{metric.Name(), metric.Value(part)}}
			}
			for _, v := range several {
				v.Name = h.labels[i].of(v.Name)
				s.Metrics = append(s.Metrics, v)
			}
		}
	}
	return s
}

// batches returns the scores of each step by itself.
func (e *epoch) batches() ([]Scores, error) {
	_, _, rows, err := e.stand()
	if err != nil {
		return nil, fmt.Errorf("reading the figures of the steps: %w", err)
	}
	var all []Scores
	for row := range slices.Chunk(rows, max(1, len(e.l.kept))) {
		all = append(all, e.l.scores(row, keptWidth))
	}
	return all, nil
}

func (e *epoch) end() {
	e.free()
	if e.from != nil {
		e.from.source.close()
		e.data.free()
	}
	if e.device != nil {
		e.device.FinalizeAll()
	}
	if e.gather != nil {
		e.gather.free()
	}
}
