// Package gradcheck compares gradients with finite differences: the gradient that automatic
// differentiation finds for a layer, a loss, or any function on graph nodes, with the change of the
// function when one of its numbers changes a little.
//
// The only mathematics it owns is the difference quotient (f(x+h) - f(x-h))/2h, whose error is of
// the order of h². It is for testing your own layers and losses as well as those of package ml. It
// computes in float64 on GoMLX's Go backend, where h = 1e-5 leaves an error of about 1e-10.
// Whatever insists on float32 is checked with a larger h and tolerance.
package gradcheck

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
)

// Config says how to check. The zero value checks up to 25 elements of each input and weight.
type Config struct {
	// Step is h: by default 1e-5 for float64 and 1e-2 for float32.
	Step float64
	// Tolerance is the bound for |gradient - difference| / max(1, |gradient|, |difference|): by
	// default 1e-6 for float64 and 1e-2 for float32.
	Tolerance float64
	// Samples is how many elements of each input and weight are checked, chosen at random. The
	// default is 25; -1 means all.
	Samples int
	// Seed determines the inputs, the weights and the choice of elements.
	Seed int64
	// Training checks a layer as it works in training. By default it works as in Predict.
	Training bool
	// Input makes a layer's inputs: element i of input k. By default they are normally distributed.
	Input func(r *rand.Rand, k, i int) float64
}

// Element is one number that was changed.
type Element struct {
	// Of names the input or weight. Index is the element's place in it, in row-major order.
	Of    string
	Index int
	// Gradient is what automatic differentiation says; Difference is the quotient.
	Gradient, Difference float64
}

// Error is |Gradient - Difference| / max(1, |Gradient|, |Difference|); infinite if one is not a
// number.
func (e Element) Error() float64 {
	d := math.Abs(e.Gradient-e.Difference) / max(1, math.Abs(e.Gradient), math.Abs(e.Difference))
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

// Report is what a check found.
type Report struct {
	// Elements are the numbers that were checked.
	Elements []Element
	// Tolerance is the tolerance that was used.
	Tolerance float64
}

// Wrong returns the elements beyond the tolerance, the worst first.
func (r Report) Wrong() []Element {
	var all []Element
	for _, e := range r.Elements {
		if !(e.Error() <= r.Tolerance) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Element) int {
		switch x, y := a.Error(), b.Error(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return all
}

// Worst returns the largest error.
func (r Report) Worst() (worst float64) {
	for _, e := range r.Elements {
		worst = max(worst, e.Error())
	}
	return worst
}

// Err returns nil if all gradients are right, otherwise an error that shows the worst.
func (r Report) Err() error {
	wrong := r.Wrong()
	if len(wrong) == 0 {
		return nil
	}
	var lines []string
	for _, e := range wrong[:min(5, len(wrong))] {
		lines = append(lines, fmt.Sprintf("%s[%d]: gradient %.9g, difference quotient %.9g", e.Of, e.Index, e.Gradient, e.Difference))
	}
	return fmt.Errorf("gradcheck: expected gradients within %g of difference quotients. Got %d of %d beyond it:\n%s", r.Tolerance, len(wrong), len(r.Elements), strings.Join(lines, "\n"))
}

// String returns the report in one line.
func (r Report) String() string {
	return fmt.Sprintf("%d elements, %d wrong, largest error %.2g", len(r.Elements), len(r.Wrong()), r.Worst())
}

// Func checks a function of inputs of float64 or float32. Its result is added up, with each element
// multiplied by a random number, so that errors do not cancel out. It may use variables in the
// scope's store, which are checked as well if they are trainable.
func Func(f func(scope *model.Scope, inputs []*graph.Node) *graph.Node, inputs []*tensors.Tensor, config Config) (Report, error) {
	c, err := newCheck(f, inputs, config)
	if err != nil {
		return Report{}, fmt.Errorf("gradcheck: %w", err)
	}
	defer c.close()
	r, err := c.run()
	if err != nil {
		return Report{}, fmt.Errorf("gradcheck: %w", err)
	}
	return r, nil
}

// Layer checks a layer's gradients with respect to its inputs and its weights. Each shape is that
// of a batch of one input, including the batch axis. Several shapes are for an contract.JointLayer.
func Layer(l contract.Layer, config Config, shapes ...[]int) (Report, error) {
	r := rand.New(rand.NewPCG(uint64(config.Seed), 1))
	var inputs []*tensors.Tensor
	for k, shape := range shapes {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float64, n)
		for i := range values {
			if config.Input != nil {
				values[i] = config.Input(r, k, i)
			} else {
				values[i] = r.NormFloat64()
			}
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(values, shape...))
	}
	return Func(func(scope *model.Scope, x []*graph.Node) *graph.Node {
		scope = scope.In("layer")
		if joint, ok := l.(contract.JointLayer); ok && len(x) != 1 {
			return joint.Join(scope, x)
		}
		return l.Apply(scope, x[0])
	}, inputs, config)
}

// Loss checks a loss's gradients with respect to the predictions, of shape [batch, ...]. The
// targets are in the form that Fit's y has on the device, int32 or float.
func Loss(l contract.Loss, targets any, predictions *tensors.Tensor, config Config) (Report, error) {
	return Func(func(_ *model.Scope, p []*graph.Node) *graph.Node {
		return l.PerExample(graph.Const(p[0].Graph(), targets), p[0])
	}, []*tensors.Tensor{predictions}, config)
}

// check is one check under way.
type check struct {
	config           Config
	inputs           []*tensors.Tensor
	store            *model.Store
	gradient, value  *model.Exec
	variables, state []*model.Variable
	kept             []*tensors.Tensor
	single           bool
}

func newCheck(f func(scope *model.Scope, inputs []*graph.Node) *graph.Node, inputs []*tensors.Tensor, config Config) (c *check, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	b, err := backend.NewGo()
	if err != nil {
		return nil, err
	}
	c = &check{config: config, store: model.NewStore()}
	for _, t := range inputs { // copies, because a tensor belongs to the backend that saw it first
		own, err := t.LocalClone()
		if err != nil {
			return nil, err
		}
		c.inputs = append(c.inputs, own)
	}
	if err := c.store.SetRNGStateFromSeed(config.Seed); err != nil {
		return nil, err
	}
	// sum is the function of which gradients are taken.
	sum := func(scope *model.Scope, in []*graph.Node) *graph.Node {
		g := in[0].Graph()
		c.store.SetTraining(g, config.Training)
		y := graph.ConvertDType(f(scope, in), dtypes.Float64)
		r := rand.New(rand.NewPCG(uint64(config.Seed), 2))
		by := make([]float64, y.Shape().Size())
		for i := range by {
			by[i] = r.NormFloat64()
		}
		return graph.ReduceAllSum(graph.Mul(y, graph.Const(g, tensors.FromFlatDataAndDimensions(by, y.Shape().Dimensions...))))
	}
	c.value, err = model.NewExec(b.GoMLX(), c.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{sum(scope, in)}
	})
	if err != nil {
		return nil, err
	}
	if _, err := c.at(); err != nil { // makes the variables
		return nil, err
	}
	for v := range c.store.IterVariables() {
		if v.Trainable && v.DType().IsFloat() {
			c.variables = append(c.variables, v)
		}
		c.single = c.single || v.DType() == dtypes.Float32 && v.Trainable
	}
	for _, t := range inputs {
		c.single = c.single || t.DType() == dtypes.Float32
	}
	slices.SortFunc(c.variables, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for v := range c.store.IterVariables() {
		value, err := v.MustValue().LocalClone()
		if err != nil {
			return nil, err
		}
		c.state, c.kept = append(c.state, v), append(c.kept, value)
	}
	c.gradient, err = model.NewExec(b.GoMLX(), c.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		by := slices.Clone(in)
		y := sum(scope, in)
		for _, v := range c.variables {
			by = append(by, v.NodeValue(y.Graph()))
		}
		return graph.Gradient(y, by...)
	})
	return c, err
}

func (c *check) close() {
	c.value.Finalize()
	c.gradient.Finalize()
}

// reset gives all variables their first values again: random numbers, statistics.
func (c *check) reset() error {
	for i, v := range c.state {
		value, err := c.kept[i].LocalClone()
		if err != nil {
			return err
		}
		if err := v.SetValue(value); err != nil {
			return err
		}
	}
	return nil
}

func (c *check) arguments() []any {
	var args []any
	for _, t := range c.inputs {
		args = append(args, t)
	}
	return args
}

// at is the function's value where inputs and variables stand.
func (c *check) at() (float64, error) {
	out, err := c.value.Call1(c.arguments()...)
	if err != nil {
		return 0, err
	}
	return tensors.ToScalar[float64](out), nil
}

func (c *check) run() (Report, error) {
	h, tolerance := 1e-5, 1e-6
	if c.single {
		h, tolerance = 1e-2, 1e-2
	}
	if c.config.Step > 0 {
		h = c.config.Step
	}
	if c.config.Tolerance > 0 {
		tolerance = c.config.Tolerance
	}
	report := Report{Tolerance: tolerance}
	if err := c.reset(); err != nil {
		return report, err
	}
	gradients, err := c.gradient.Call(c.arguments()...)
	if err != nil {
		return report, err
	}
	r := rand.New(rand.NewPCG(uint64(c.config.Seed), 3))
	for k, gradient := range gradients {
		name, size := fmt.Sprintf("input %d", k), gradient.Size()
		if k >= len(c.inputs) {
			name = c.variables[k-len(c.inputs)].Path()
		}
		values, err := floats(gradient)
		if err != nil {
			return report, err
		}
		chosen := r.Perm(size)
		if n := c.config.Samples; n >= 0 {
			if n == 0 {
				n = 25
			}
			chosen = chosen[:min(n, size)]
		}
		for _, i := range chosen {
			difference, err := c.difference(k, i, h)
			if err != nil {
				return report, err
			}
			report.Elements = append(report.Elements, Element{name, i, values[i], difference})
		}
	}
	return report, nil
}

// difference moves element i of input or variable k to both sides. The two steps are measured as
// they come out in the element's type.
func (c *check) difference(k, i int, h float64) (float64, error) {
	side := func(h float64) (value, at float64, err error) {
		if err := c.reset(); err != nil {
			return 0, 0, err
		}
		if k < len(c.inputs) {
			whole := c.inputs[k]
			defer func() { c.inputs[k] = whole }()
			moved, at, err := move(whole, i, h)
			if err != nil {
				return 0, 0, err
			}
			c.inputs[k] = moved
			value, err = c.at()
			return value, at, err
		}
		v := c.variables[k-len(c.inputs)]
		moved, at, err := move(v.MustValue(), i, h)
		if err != nil {
			return 0, 0, err
		}
		if err := v.SetValue(moved); err != nil {
			return 0, 0, err
		}
		value, err = c.at()
		return value, at, err
	}
	up, right, err := side(h)
	if err != nil {
		return 0, err
	}
	down, left, err := side(-h)
	if err != nil {
		return 0, err
	}
	return (up - down) / (right - left), nil
}

// move returns a copy of t with h added to element i, and what that is now.
func move(t *tensors.Tensor, i int, h float64) (moved *tensors.Tensor, at float64, err error) {
	if moved, err = t.LocalClone(); err != nil {
		return nil, 0, err
	}
	err = moved.MutableFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float64:
			flat[i] += h
			at = flat[i]
		case []float32:
			flat[i] += float32(h)
			at = float64(flat[i])
		}
	})
	return moved, at, err
}

// floats are a gradient's values.
func floats(t *tensors.Tensor) (all []float64, err error) {
	err = t.ConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float64:
			all = slices.Clone(flat)
		case []float32:
			for _, v := range flat {
				all = append(all, float64(v))
			}
		}
	})
	if err == nil && all == nil {
		err = fmt.Errorf("expected inputs and weights of float64 or float32. Got %s", t.DType())
	}
	return all, err
}
