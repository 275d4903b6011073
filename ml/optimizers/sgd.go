package optimizers

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("SGD", func() contract.Optimizer { return SGD{} })
}

// SGD is gradient descent, with momentum (Polyak 1964) if that is set: velocity = Momentum·velocity
// - rate·gradient, and the weight moves by the velocity. The formulas are Keras's. A zero field
// means Keras's default.
type SGD struct {
	// LearningRate is 0.01 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Momentum is from 0 to 1; 0, the default, means none.
	Momentum float64 `json:"momentum,omitempty"`
	// Nesterov moves by the velocity that the next step would have with the same gradient (Nesterov
	// 1983). It needs a Momentum.
	Nesterov bool `json:"nesterov,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (s SGD) String() string { return describe("SGD", cmp.Or(s.LearningRate, 0.01), s.Schedule) }

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (s SGD) GoMLX() (optimizer.Interface, error) {
	if s.Momentum < 0 || s.Momentum > 1 {
		return nil, fmt.Errorf("expected a momentum from 0 to 1. Got %g", s.Momentum)
	}
	if s.Nesterov && s.Momentum == 0 {
		return nil, errors.New("expected a momentum with Nesterov, such as 0.9. Got none")
	}
	update := func(u *Update) *graph.Node {
		move := graph.Neg(graph.Mul(u.Gradient, u.Rate))
		if s.Momentum > 0 {
			velocity := u.Slot("velocity", 0)
			old := velocity.NodeValue(u.Value.Graph())
			moved := u.Keep(velocity, graph.Add(graph.MulScalar(old, s.Momentum), move))
			if s.Nesterov {
				moved = graph.Add(graph.MulScalar(moved, s.Momentum), move)
			}
			move = moved
		}
		return graph.Add(u.Value, move)
	}
	return NewDescent("sgd", cmp.Or(s.LearningRate, 0.01), s.Schedule, s.Clip, s.Accumulate, update)
}
