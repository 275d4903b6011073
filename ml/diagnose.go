package ml

import (
	"context"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// probe is a value of the step that is looked at.
type probe struct {
	layer, where string
	size         int
}

// diagnose makes the next step of the epoch with every value looked at, and leaves the variables as
// they were.
func diagnose(ctx context.Context, e *epoch) (*NotFiniteError, error) {
	l := e.l.learner
	before, err := l.weights("")
	if err != nil {
		return nil, err
	}
	var probes []probe
	b, err := l.device()
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(b.GoMLX(), l.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		data, rest := e.l.split(in)
		if e.from == nil {
			data = data.rows(rest[1])
		}
		var counts []*graph.Node
		probes, counts = l.look(scope, data, rest[0])
		return []*graph.Node{graph.Stack(counts, 0)}
	})
	if err != nil {
		return nil, mistake.Of(err)
	}
	size, first := e.l.key.batch, e.done*e.l.key.batch
	args := e.data.tensors()
	if e.from == nil {
		args = append(args, tensors.FromFlatDataAndDimensions(mask(size, e.data.n-first), size), tensors.FromFlatDataAndDimensions(e.order[first:first+size], size))
	} else {
		args = append(args, tensors.FromFlatDataAndDimensions(mask(size, e.data.n), size))
	}
	var types []shapes.Shape
	for _, a := range args {
		types = append(types, a.Shape())
	}
	if err := l.compileAside(ctx, exec, types); err != nil {
		if compiling := l.compiling; compiling != nil {
			go func() { <-compiling; exec.Finalize() }()
		}
		return nil, err
	}
	defer exec.Finalize()
	var all []any
	for _, a := range args {
		all = append(all, a)
	}
	out, err := exec.Call1(all...)
	if err != nil {
		return nil, mistake.Of(err)
	}
	defer out.FinalizeAll()
	counts, err := tensors.CopyFlatData[float32](out)
	if err != nil {
		return nil, err
	}
	found := &NotFiniteError{Step: e.done + 1, Where: "the loss, for a reason that did not come back", Largest: before.largest()}
	for i, p := range probes {
		if nan, inf := int(counts[2*i]), int(counts[2*i+1]); nan+inf > 0 {
			found.Layer, found.Where, found.NaN, found.Inf, found.Of = p.layer, p.where, nan, inf, p.size
			break
		}
	}
	return found, l.setWeights(before)
}

// look adds a training step to the graph and returns what there is to be looked at, in the order in
// which what is wrong spreads, and how many values of each are NaN and infinite.
func (l *learner) look(scope *model.Scope, in batch, mask *graph.Node) (probes []probe, counts []*graph.Node) {
	g := mask.Graph()
	l.store.SetTraining(g, true)
	contract.SetBatchMask(mask)
	add := func(layer, where string, x *graph.Node) {
		if !x.DType().IsFloat() {
			return
		}
		x = graph.ConvertDType(x, dtypes.Float32)
		count := func(is *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.ConvertDType(is, dtypes.Float32)) }
		nan := graph.NotEqual(x, x)
		probes = append(probes, probe{layer, where, x.Shape().Size()})
		counts = append(counts, graph.Stack([]*graph.Node{count(nan), count(graph.LogicalNot(graph.Or(nan, graph.IsFinite(x))))}, 0))
	}
	for i, x := range in.x {
		add("", "the data of input "+l.inputNames()[i], x)
	}
	for i, y := range in.y {
		add("", "the data of target "+l.heads.targets()[i], y)
	}
	for i, w := range in.w {
		add("", "the data of the weights of "+l.heads.targets()[i], w)
	}
	// layerOf is the layer that a variable belongs to.
	layerOf := func(v *model.Variable) string { return l.pathOf(below(l.layersScope(), v)) }
	var weights []*model.Variable
	for v := range l.store.IterVariables() {
		if strings.HasPrefix(v.Path(), modelScope+model.ScopeSeparator) {
			weights = append(weights, v)
		}
	}
	slices.SortFunc(weights, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range weights {
		add(layerOf(v), "weights before the step", v.NodeValue(g))
	}
	var outputs []*graph.Node
	var calls []string
	setProbe(scope, g, func(path string, x *graph.Node) {
		add(path, "output", x)
		outputs, calls = append(outputs, x), append(calls, path)
	})
	total, count, _ := l.heads.judge(l.forward(scope, in.x), in.y, in.w, mask)
	if penalty := l.penalty(l.layersScope(), g); penalty != nil {
		total = graph.Add(total, graph.Mul(penalty, count))
	}
	loss := graph.Div(total, count)
	add("", "the loss, of finite outputs,", loss)
	for i, grad := range slices.Backward(graph.Gradient(loss, outputs...)) {
		add(calls[i], "gradient at the output", grad)
	}
	o, err := l.optimizer.GoMLX()
	if err != nil {
		panic(err)
	}
	o.UpdateGraph(scope, g, loss)
	for _, v := range weights {
		add(layerOf(v), "weights behind the step", v.NodeValue(g))
	}
	return probes, counts
}
