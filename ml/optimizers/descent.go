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

// Descent is a GoMLX optimiser with what all optimisers of this package share: gradients, clipping,
// the learning rate, the decay of weights, and the variables that a formula keeps beside each
// weight. GoMLX's own optimisers are not used, because their formulas differ from Keras's in
// details: where epsilon is added, default rates, accumulators that start at 0.
type Descent struct {
	// name is the scope of the optimiser's variables below /optimizers.
	name     string
	rate     float64
	schedule Schedule
	clip     Clip
	// decay, times the learning rate, is the part that each weight loses before an update (AdamW's
	// way, not L2's).
	decay float64
	// accumulate is the number of steps whose gradients make one update; 0 and 1 mean that each
	// step updates.
	accumulate int
	// update returns the new value of a weight.
	update func(u *Update) *graph.Node
}

// Update is what a formula gets: one weight in one step.
type Update struct {
	// Value and Gradient have the weight's shape. Rate, the learning rate, and Step, the number of
	// the update, counted from 1, are scalars.
	Value, Gradient, Rate, Step *graph.Node

	d        *Descent
	store    *model.Store
	variable *model.Variable
	// due says whether this step updates; nil means always.
	due *graph.Node
}

// Slot returns a variable of the weight's shape that is kept from step to step. It starts with the
// initial value everywhere.
func (u *Update) Slot(name string, initial float64) *model.Variable {
	at := path.Join(model.ScopeSeparator, optimizer.Scope, u.d.name, u.variable.Path())
	scope := u.store.Scope(at).WithInitializer(func(g *graph.Graph,
		shape shapes.Shape) *graph.Node {
		return graph.FillScalar(g, shape, initial)
	})
	return scope.VariableWithShape(name, u.variable.Shape()).SetTrainable(false)
}

// Keep returns the value. It sets the slot to it if this step makes an update; see Adam.Accumulate.
func (u *Update) Keep(slot *model.Variable, value *graph.Node) *graph.Node {
	slot.SetNodeValue(ifDue(u.due, value, slot.NodeValue(value.Graph())))
	return value
}

// ifDue returns value where due is true or nil, otherwise old.
func ifDue(due, value, old *graph.Node) *graph.Node {
	if due == nil {
		return value
	}
	return graph.Where(due, value, old)
}

// Average moves the slot towards the value and returns the result: slot + (value - slot)·(1 -
// beta), with the operations in Keras's order.
func (u *Update) Average(slot *model.Variable, value *graph.Node, beta float64) *graph.Node {
	old := slot.NodeValue(value.Graph())
	return u.Keep(slot, graph.Add(old, graph.MulScalar(graph.Sub(value, old), 1-beta)))
}

// Scheduled says whether a Schedule sets the learning rate.
func (d *Descent) Scheduled() bool { return d.schedule.Formula != nil }

// UpdateGraph adds one step of training to the graph.
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
		due = graph.Equal(graph.Mod(step, graph.ConstAs(step, n)),
			graph.ScalarZero(g, step.DType()))
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

// Clear deletes the optimiser's variables and restarts the count of steps.
func (d *Descent) Clear(scope *model.Scope) error {
	store := scope.Store()
	root := path.Join(model.ScopeSeparator, optimizer.Scope) + model.ScopeSeparator
	var own []string
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), root) {
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

// NewDescent makes an optimiser from a formula f that returns the new value of one weight. The name
// is the scope of the optimiser's variables below /optimizers. The rate is the learning rate,
// unless the schedule sets it. Accumulate is as in Adam.Accumulate. Settings out of range are an
// error.
func NewDescent(
	name string, rate float64, s Schedule, c Clip, accumulate int, f func(u *Update) *graph.Node,
) (*Descent, error) {
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
		return nil, fmt.Errorf("expected a number of steps to accumulate above 0, or 0 for 1. Got %d",
			accumulate)
	}
	if s.Formula != nil {
		rate = s.Formula.Initial()
	}
	return &Descent{
		name: name, rate: rate, schedule: s, clip: c, accumulate: accumulate, update: f,
	}, nil
}

// describe returns an optimiser's name with its learning rate.
func describe(name string, rate float64, s Schedule) string {
	if s.Formula != nil {
		return fmt.Sprintf("%s(lr=%s)", name, s)
	}
	return fmt.Sprintf("%s(lr=%g)", name, rate)
}
