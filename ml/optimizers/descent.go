package optimizers

import (
	"fmt"
	"path"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Descent is what all optimisers of this package share, as a GoMLX optimiser: gradients, clipping, the learning rate, the
// decay of weights, and the variables that a formula keeps beside each weight. GoMLX's own optimisers are not used because their formulas
// differ in details from Keras's (where epsilon is added, default rates, accumulators that begin at 0).
type Descent struct {
	// name is the scope of the optimiser's variables under /optimizers.
	name     string
	rate     float64
	schedule Schedule
	clip     Clip
	// decay takes this part of each weight, times the learning rate, before the update (AdamW's way, not L2's).
	decay float64
	// accumulate is the number of steps whose gradients make one update; up to 1 means each.
	accumulate int
	// update returns the new value of a weight.
	update func(u *Update) *graph.Node
}

// Update is one weight in one step, as a formula sees it.
type Update struct {
	// Value and Gradient have the weight's shape; Rate and Step are scalars, Step counting updates from 1.
	Value, Gradient, Rate, Step *graph.Node

	d        *Descent
	store    *model.Store
	variable *model.Variable
	// due says whether this step updates; nil means always.
	due *graph.Node
}

// Slot is a variable of the weight's shape that the formula keeps from step to step.
func (u *Update) Slot(name string, initial float64) *model.Variable {
	scope := u.store.Scope(path.Join(model.ScopeSeparator, optimizer.Scope, u.d.name, u.variable.Path()))
	fill := func(g *graph.Graph, shape shapes.Shape) *graph.Node { return graph.FillScalar(g, shape, initial) }
	return scope.WithInitializer(fill).VariableWithShape(name, u.variable.Shape()).SetTrainable(false)
}

// Keep sets the slot to a new value, if this step updates, and returns the value.
func (u *Update) Keep(slot *model.Variable, value *graph.Node) *graph.Node {
	slot.SetNodeValue(ifDue(u.due, value, slot.NodeValue(value.Graph())))
	return value
}

// ifDue is value where due says so or is nil, else old.
func ifDue(due, value, old *graph.Node) *graph.Node {
	if due == nil {
		return value
	}
	return graph.Where(due, value, old)
}

// Average moves the slot toward the value: slot += (value - slot)·(1 - beta), Keras's order of operations.
func (u *Update) Average(slot *model.Variable, value *graph.Node, beta float64) *graph.Node {
	old := slot.NodeValue(value.Graph())
	return u.Keep(slot, graph.Add(old, graph.MulScalar(graph.Sub(value, old), 1-beta)))
}

// Scheduled says whether a Schedule sets the learning rate at each step.
func (d *Descent) Scheduled() bool { return d.schedule.Formula != nil }

// UpdateGraph adds one step to the graph.
func (d *Descent) UpdateGraph(scope *model.Scope, g *graph.Graph, loss *graph.Node) {
	store := scope.Store()
	var weights []*model.Variable
	var values []*graph.Node
	for v := range scope.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			weights = append(weights, v)
			values = append(values, v.NodeValue(g))
		}
	}
	step := optimizer.IncrementGlobalStep(g, loss.DType())
	if len(weights) == 0 {
		return // everything is frozen
	}
	grads := graph.Gradient(loss, values...)
	updates := make([]*Update, len(weights))
	for i, v := range weights {
		updates[i] = &Update{Value: values[i], d: d, store: store, variable: v}
	}
	local, due := step, (*graph.Node)(nil)
	if n := d.accumulate; n > 1 {
		due = graph.Equal(graph.Mod(step, graph.ConstAs(step, n)), graph.ScalarZero(g, step.DType()))
		local = graph.OnePlus(graph.Floor(graph.DivScalar(graph.MinusOne(step), float64(n))))
		for i, u := range updates {
			sum := u.Slot("accumulated", 0)
			total := graph.Add(sum.NodeValue(g), grads[i])
			sum.SetNodeValue(graph.Where(due, graph.ZerosLike(total), total))
			grads[i] = graph.DivScalar(total, float64(n))
		}
	}
	d.clip.apply(grads)
	var rate *graph.Node
	if d.schedule.Formula != nil {
		rate = d.schedule.Rate(graph.MinusOne(step))
		// What the display and callbacks read.
		optimizer.LearningRateVar(store.RootScope(), loss.DType(), d.rate).SetNodeValue(rate)
	} else {
		rate = optimizer.LearningRateVar(store.RootScope(), loss.DType(), d.rate).NodeValue(g)
	}
	for i, u := range updates {
		u.Gradient, u.Rate, u.Step, u.due = grads[i], rate, local, due
		if d.decay > 0 {
			u.Value = graph.Sub(u.Value, graph.Mul(graph.MulScalar(u.Value, d.decay), rate))
		}
		u.variable.SetNodeValue(ifDue(due, d.update(u), values[i]))
	}
}

// Clear deletes the optimiser's variables and starts the step count afresh.
func (d *Descent) Clear(scope *model.Scope) error {
	store := scope.Store()
	var own []string
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), path.Join(model.ScopeSeparator, optimizer.Scope)+model.ScopeSeparator) {
			own = append(own, v.Path())
		}
	}
	for _, p := range own {
		if err := store.DeleteVariable(p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return optimizer.DeleteGlobalStep(scope)
}

// NewDescent makes an optimiser of a formula for one weight, with what all of them have in common: the
// name is the scope of its variables under /optimizers; the rate counts unless the schedule has one;
// up to 1, accumulate means that every step updates.
func NewDescent(name string, rate float64, s Schedule, c Clip, accumulate int, f func(u *Update) *graph.Node) (*Descent, error) {
	if rate < 0 {
		return nil, fmt.Errorf("expected a learning rate above 0. Got %g", rate)
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if accumulate < 0 {
		return nil, fmt.Errorf("expected a number of steps to accumulate above 0, or 0 for 1. Got %d", accumulate)
	}
	if s.Formula != nil {
		rate = s.Formula.Initial()
	}
	return &Descent{name: name, rate: rate, schedule: s, clip: c, accumulate: accumulate, update: f}, nil
}

// describe names an optimiser with its learning rate.
func describe(name string, rate float64, s Schedule) string {
	if s.Formula != nil {
		return fmt.Sprintf("%s(lr=%s)", name, s)
	}
	return fmt.Sprintf("%s(lr=%g)", name, rate)
}
