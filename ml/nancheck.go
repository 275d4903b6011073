package ml

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// NotFiniteError says where a training's numbers stopped being finite.
type NotFiniteError struct {
	// Epoch and Step count from 1; Step is the first whose loss, gradients or new weights are not all finite.
	Epoch, Step int
	// Layer is the first layer concerned, as error texts name layers; empty if it is none.
	Layer string
	// Where says what of it: "output", "gradient", "weights", ...
	Where string
	// NaN and Inf count the values, of so many.
	NaN, Inf, Of int
	// Largest is the largest finite value, by its absolute value, among the weights before the step.
	Largest float64
}

// Error says where, what and why that may be.
func (e *NotFiniteError) Error() string {
	where := e.Where
	if e.Layer != "" {
		where = fmt.Sprintf("the %s of %s", e.Where, e.Layer)
	}
	s := fmt.Sprintf("expected finite numbers. Got a loss that is not, first in epoch %d at step %d: %s", e.Epoch, e.Step, where)
	if e.Of > 0 {
		s += fmt.Sprintf(" has %d NaN and %d infinite of %d values", e.NaN, e.Inf, e.Of)
	}
	hint := "likely the learning rate is too high, or a loss gets values out of its range; a lower rate, optimizers.Clip and FromLogits help"
	switch {
	case strings.HasPrefix(where, "the data"):
		hint = "clean the data: data.Dataset.Missing finds such examples"
	case e.Largest > 1e4:
		hint = fmt.Sprintf("the weights had grown to %.3g before: the learning rate is too high, or the data is not normalised", e.Largest)
	}
	return s + ". The model has the weights from before that step; " + hint
}

// TerminateOnNaN ends the Fit with a *NotFiniteError when the loss of a step is no longer a finite
// number. A callback asks for it in FitBegin; see callbacks.TerminateOnNaN for what it does and costs.
func (r *Run) TerminateOnNaN() { r.watched = true }

// mark is where an epoch's numbers were all finite.
type mark struct {
	variables  *Weights
	done       int
	sums, rows []float64
}

// mark keeps where the epoch stands.
func (r *Run) mark() (err error) {
	m := &mark{}
	if m.variables, err = r.Model.weights(""); err != nil {
		return err
	}
	m.done, m.sums, m.rows, err = r.current.stand()
	r.good = m
	return err
}

// back goes back to the mark.
func (r *Run) back() error {
	r.current.reset(r.good.done, slices.Clone(r.good.sums), slices.Clone(r.good.rows))
	return r.Model.setWeights(r.good.variables)
}

// checkFinite looks at the steps made last.
func (r *Run) checkFinite(ctx context.Context) error {
	e := r.current
	if e.from != nil {
		return r.checkStreamed(ctx)
	}
	if finite(r.Scores.Loss) {
		if e.done < e.steps {
			return nil
		}
		// No loss of this epoch shows what the last step did to the weights, and the next epoch has a mark of its own.
		now, err := r.Model.weights(modelScope)
		if err != nil || now.finite() {
			return err
		}
	}
	steps, err := e.batches()
	if err != nil {
		return err
	}
	bad := slices.IndexFunc(steps, func(s Scores) bool { return !finite(s.Loss) })
	if bad < 0 { // each is finite, and their sum or the weights behind the last are not
		bad = len(steps) - 1
	}
	found, err := r.search(ctx, bad)
	if errors.Is(err, ErrInterrupted) { // the weights are to be those of a step before it began
		err = fmt.Errorf("expected finite numbers. Got a loss that is not, in epoch %d at step %d or before; looking for where it began was %w", r.Epoch, bad+1, errors.Join(err, r.back()))
	}
	if err != nil {
		return err
	}
	return found
}

// search finds where the numbers stopped being finite: by the step of that number, counted from 0, at the latest. Weights that are not finite before it became so
// earlier, and never are again; the first step that leaves such behind is found by halving, where only a half's first part is made again each time.
func (r *Run) search(ctx context.Context, last int) (*NotFiniteError, error) {
	to := func(step int) (fine bool, err error) {
		if err := r.back(); err != nil {
			return false, err
		}
		r.again += step - r.good.done
		if err := r.current.runTo(ctx, step); err != nil {
			return false, err
		}
		now, err := r.Model.weights(modelScope)
		return err == nil && now.finite(), err
	}
	fine, err := to(last)
	if err != nil {
		return nil, err
	}
	if !fine {
		for bad := last; bad > r.good.done+1; {
			middle := (r.good.done + bad) / 2
			switch fine, err := to(middle); {
			case err != nil:
				return nil, err
			case !fine:
				bad = middle
			default:
				if err := r.mark(); err != nil {
					return nil, err
				}
			}
		}
		if err := r.back(); err != nil {
			return nil, err
		}
	}
	return r.diagnose(ctx)
}

// checkStreamed is checkFinite after each step of a stream: the mark is from before the step.
func (r *Run) checkStreamed(ctx context.Context) error {
	now, err := r.Model.weights(modelScope)
	if err != nil {
		return err
	}
	if finite(r.Scores.Loss) && now.finite() {
		return r.mark()
	}
	if err := r.back(); err != nil {
		return err
	}
	found, err := r.diagnose(ctx)
	if err != nil {
		return err
	}
	return found
}

// finite says whether all values of float32 are.
func (w *Weights) finite() bool {
	ok := true
	for _, v := range w.values {
		if v.DType() == dtypes.Float32 {
			v.MustConstFlatData(func(flat any) {
				for _, f := range flat.([]float32) {
					ok = ok && finite(float64(f))
				}
			})
		}
	}
	return ok
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// probe is a value of the step that is looked at.
type probe struct {
	layer, where string
	size         int
}

// diagnose makes the next step of the epoch with every value looked at, and leaves the variables as they were.
func (r *Run) diagnose(ctx context.Context) (*NotFiniteError, error) {
	m, e := r.Model, r.current
	before, err := m.weights("")
	if err != nil {
		return nil, err
	}
	var probes []probe
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(b.GoMLX(), m.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		data, rest := e.l.split(in)
		if e.from == nil {
			data = data.rows(rest[1])
		}
		var counts []*graph.Node
		probes, counts = m.look(scope, data, rest[0])
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
	if err := m.compileAside(ctx, exec, types); err != nil {
		if compiling := m.compiling; compiling != nil {
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
	found := &NotFiniteError{Epoch: r.Epoch, Step: e.done + 1, Where: "the loss, for a reason that did not come back", Largest: before.largest()}
	for i, p := range probes {
		if nan, inf := int(counts[2*i]), int(counts[2*i+1]); nan+inf > 0 {
			found.Layer, found.Where, found.NaN, found.Inf, found.Of = p.layer, p.where, nan, inf, p.size
			break
		}
	}
	return found, m.setWeights(before)
}

// look adds a training step to the graph and returns what there is to be looked at, in the order in which what is wrong spreads, and how many values of
// each are NaN and infinite.
func (m *Model) look(scope *model.Scope, in batch, mask *graph.Node) (probes []probe, counts []*graph.Node) {
	g := mask.Graph()
	m.store.SetTraining(g, true)
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
		add("", "the data of input "+m.inputNames()[i], x)
	}
	for i, y := range in.y {
		add("", "the data of target "+m.heads.targets()[i], y)
	}
	for i, w := range in.w {
		add("", "the data of the weights of "+m.heads.targets()[i], w)
	}
	// layerOf is the layer that a variable belongs to.
	layerOf := func(v *model.Variable) string { return m.pathOf(below(m.Scope(), v)) }
	var weights []*model.Variable
	for v := range m.store.IterVariables() {
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
	total, count, _ := m.heads.judge(m.forward(scope, in.x), in.y, in.w, mask)
	if penalty := m.Penalty(g); penalty != nil {
		total = graph.Add(total, graph.Mul(penalty, count))
	}
	loss := graph.Div(total, count)
	add("", "the loss, of finite outputs,", loss)
	for i, grad := range slices.Backward(graph.Gradient(loss, outputs...)) {
		add(calls[i], "gradient at the output", grad)
	}
	o, err := m.optimizer.GoMLX()
	if err != nil {
		panic(err)
	}
	o.UpdateGraph(scope, g, loss)
	for _, v := range weights {
		add(layerOf(v), "weights behind the step", v.NodeValue(g))
	}
	return probes, counts
}

// largest is the largest finite value by its absolute value.
func (w *Weights) largest() (most float64) {
	for i, v := range w.values {
		if v.DType() != dtypes.Float32 || !strings.HasPrefix(w.paths[i], modelScope+model.ScopeSeparator) {
			continue
		}
		v.MustConstFlatData(func(flat any) {
			for _, f := range flat.([]float32) {
				if a := math.Abs(float64(f)); finite(a) {
					most = max(most, a)
				}
			}
		})
	}
	return most
}
