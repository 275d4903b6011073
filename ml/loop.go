package ml

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// loopKey says what a compiled loop does: train or only evaluate, in batches of which size.
type loopKey struct {
	train bool
	batch int
}

// loop makes the steps over data on the device. With XLA many steps are one execution, a While on the device, because
// starting an execution costs as much as a step of a small model; how many steps it makes is an argument, so that nothing is compiled
// again for the last steps of an epoch. The Go backend has no such loop for training, and gains nothing by several steps
// written out in one execution (measured: 40% slower, as the buffers no longer fit the cache): there an execution is a step.
//
// An execution takes the resident x and y, the order of the examples, and the sums so far, and returns the new sums
// ([weighted loss, weights, metrics' sums...]). The sums go in and out so that how steps were grouped cannot be seen in
// the last digit of a result. Rows that pad the last batch have weight 0.
type loop struct {
	m     *Model
	key   loopKey
	while bool
	exec  *model.Exec
	// widths are the numbers of sums: 2 for the loss, and those of each metric.
	widths []int
	// piece is how many steps the next execution makes.
	piece int
}

// resident is a data set on the device.
type resident struct {
	x, y *tensors.Tensor
	n    int
}

func (r *resident) free() {
	for _, t := range []*tensors.Tensor{r.x, r.y} {
		if t != nil {
			t.FinalizeAll()
		}
	}
}

// step adds one step on one batch to the graph and returns what it adds to the sums: the weighted loss and the weights,
// then those of each metric.
func (m *Model) step(scope *model.Scope, train bool, x, y, w *graph.Node) []*graph.Node {
	g := x.Graph()
	m.store.SetTraining(g, train)
	out := m.forward(scope, x)
	each := m.loss.PerExample(y, out)
	if each.Shape().Rank() != 1 || each.Shape().Dim(0) != w.Shape().Dim(0) {
		panic(fmt.Errorf("%s: expected a loss of shape [%d], one number for each example. Got %s", m.loss, w.Shape().Dim(0), each.Shape()))
	}
	total, weight := graph.ReduceAllSum(graph.Mul(each, w)), graph.ReduceAllSum(w)
	if penalty := m.penalty(scope, g); penalty != nil {
		total = graph.Add(total, graph.Mul(penalty, weight))
	}
	sums := []*graph.Node{graph.Stack([]*graph.Node{total, weight}, 0)}
	for _, metric := range m.metrics {
		sums = append(sums, metric.Sums(y, out, w))
	}
	if train {
		o, err := m.optimizer.GoMLX()
		if err != nil {
			panic(err)
		}
		o.UpdateGraph(scope, g, graph.Div(total, weight))
	}
	return sums
}

// add adds what a step found to the sums so far.
func add(sums *graph.Node, found []*graph.Node) *graph.Node {
	return graph.Add(sums, graph.ConvertDType(graph.Concatenate(found, 0), sums.DType()))
}

// batch adds to the graph the rows whose numbers are given.
func batch(data, rows *graph.Node) *graph.Node {
	return graph.Gather(data, graph.InsertAxes(rows, -1))
}

// loopFor returns the loop for the key, making it if there is none. The shapes are those of the data that it will see first.
func (m *Model) loopFor(key loopKey, x, y shapes.Shape) (*loop, error) {
	if l := m.loops[key]; l != nil {
		return l, nil
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	l := &loop{m: m, key: key, while: b.XLA(), piece: 1}
	// The variables must exist before a While is built, and it must be known which of them a step changes.
	var changed, used []*model.Variable
	err = m.trace(func(scope *model.Scope, rows *graph.Node) []*graph.Node {
		g := rows.Graph()
		x := graph.Zeros(g, shapes.Make(x.DType, append([]int{2}, x.Dimensions[1:]...)...))
		y := graph.Zeros(g, shapes.Make(y.DType, append([]int{2}, y.Dimensions[1:]...)...))
		sums := m.step(scope, key.train, x, y, graph.Ones(g, shapes.Make(dtypes.Float32, 2)))
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
	}, shapes.Make(dtypes.Float32, 1))
	if err != nil {
		return nil, err
	}
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

// whileLoop builds the loop for XLA: in is x, y, order, sums, first step, end. Everything that the body needs is state of the
// loop, also what no step changes, because the body cannot refer to nodes outside it.
func (l *loop) whileLoop(in []*graph.Node, changed, used []*model.Variable) []*graph.Node {
	x := in[0]
	g := x.Graph()
	n, b := x.Shape().Dim(0), l.key.batch
	state := slices.Clone(in)
	variables := slices.Concat(used, changed)
	for _, v := range variables {
		state = append(state, v.NodeValue(g))
	}
	// enter declares the state as a closure's parameters.
	enter := func(g *graph.Graph) (x, y, order, sums, first, end *graph.Node, values []*graph.Node) {
		p := make([]*graph.Node, len(state))
		for i, s := range state {
			p[i] = graph.Parameter(g, fmt.Sprintf("state%d", i), s.Shape())
		}
		return p[0], p[1], p[2], p[3], p[4], p[5], p[6:]
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		_, _, _, _, first, end, _ := enter(g)
		return []*graph.Node{graph.LessThan(first, end)}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		x, y, order, sums, first, end, values := enter(g)
		for i, v := range variables {
			v.SetNodeValue(values[i])
		}
		start := graph.Mul(first, graph.Const(g, int32(b)))
		rows := graph.DynamicSlice(order, []*graph.Node{start}, []int{b})
		place := graph.Add(graph.Iota(g, shapes.Make(dtypes.Int32, b), 0), start)
		w := graph.ConvertDType(graph.LessThan(place, graph.Const(g, int32(n))), dtypes.Float32)
		sums = add(sums, l.m.step(l.m.store.RootScope(), l.key.train, batch(x, rows), batch(y, rows), w))
		next := []*graph.Node{x, y, order, sums, graph.Add(first, graph.Const(g, int32(1))), end}
		for _, v := range variables {
			next = append(next, v.NodeValue(g))
		}
		return next
	})
	results := graph.While(cond, body, state...)
	// A variable that is only read gets its own node back, or it would count as changed.
	for i, v := range variables {
		if i < len(used) {
			v.SetNodeValue(state[6+i])
		} else {
			v.SetNodeValue(results[6+i])
		}
	}
	return results[3:4]
}

// single builds one step, for a backend without loops: in is x, y, the batch's rows, their weights, sums.
func (l *loop) single(scope *model.Scope, in []*graph.Node) []*graph.Node {
	x, y, rows, weights, sums := in[0], in[1], in[2], in[3], in[4]
	return []*graph.Node{add(sums, l.m.step(scope, l.key.train, batch(x, rows), batch(y, rows), weights))}
}

// epoch is one pass of a loop over a data set, in pieces.
type epoch struct {
	l     *loop
	data  *resident
	order []int32
	// resident copy of the order, for the While.
	device *tensors.Tensor
	sums   *tensors.Tensor
	// done and steps count the steps made and to be made.
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
	e.sums = tensors.FromFlatDataAndDimensions(make([]float64, k), k)
	if l.while {
		e.device = tensors.FromFlatDataAndDimensions(e.order, len(e.order))
	}
	return e, nil
}

// shapes returns the arguments' shapes, to compile the execution without running it.
func (e *epoch) shapes() []shapes.Shape {
	s := []shapes.Shape{e.data.x.Shape(), e.data.y.Shape()}
	if e.l.while {
		scalar := shapes.Make(dtypes.Int32)
		return append(s, shapes.Make(dtypes.Int32, len(e.order)), e.sums.Shape(), scalar, scalar)
	}
	b := e.l.key.batch
	return append(s, shapes.Make(dtypes.Int32, b), shapes.Make(dtypes.Float32, b), e.sums.Shape())
}

// compile makes the execution ready, if it is not, and returns how long that took. An interrupt leaves the compilation to
// end by itself.
func (e *epoch) compile(ctx context.Context) (time.Duration, error) {
	l := e.l
	start := time.Now()
	// The shapes are taken here, because the data is freed while an abandoned compilation still runs.
	shapes := e.shapes()
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		var failed error
		err = building(func() { _, failed = l.exec.Compile(shapes...) })
		if failed != nil {
			err = panicError(failed)
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
		l.m.compiling = done
		return 0, interrupted(ctx)
	}
	if err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// run makes up to count steps, in one execution with XLA.
func (e *epoch) run(count int) error {
	count = min(count, e.steps-e.done)
	if e.l.while {
		if err := e.call(e.device, e.sums, int32(e.done), int32(e.done+count)); err != nil {
			return err
		}
		e.done += count
		return nil
	}
	b := e.l.key.batch
	for range count {
		weights := make([]float32, b)
		for i := range weights {
			if e.done*b+i < e.data.n {
				weights[i] = 1
			}
		}
		rows := tensors.FromFlatDataAndDimensions(e.order[e.done*b:(e.done+1)*b], b)
		if err := e.call(rows, tensors.FromFlatDataAndDimensions(weights, b), e.sums); err != nil {
			return err
		}
		e.done++
	}
	return nil
}

func (e *epoch) call(args ...any) error {
	out, err := e.l.exec.Call1(append([]any{e.data.x, e.data.y}, args...)...)
	if err != nil {
		return panicError(err)
	}
	old := e.sums
	e.sums = out
	return old.FinalizeAll()
}

// scores reads the sums back and makes the loss and the metrics of them.
func (e *epoch) scores() (Scores, error) {
	sums, err := tensors.CopyFlatData[float64](e.sums)
	if err != nil {
		return Scores{}, fmt.Errorf("reading the sums of loss and metrics: %w", err)
	}
	s := Scores{Loss: sums[0] / sums[1]}
	at := 2
	for i, metric := range e.l.m.metrics {
		k := e.l.widths[1+i]
		s.Metrics = append(s.Metrics, Value{metric.Name(), metric.Value(sums[at : at+k])})
		at += k
	}
	return s, nil
}

func (e *epoch) end() {
	e.sums.FinalizeAll()
	if e.device != nil {
		e.device.FinalizeAll()
	}
}
