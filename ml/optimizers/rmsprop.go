package optimizers

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("RMSprop", func() contract.Optimizer { return RMSprop{} })
}

// RMSprop divides the gradient by the root of a moving average of its squares (Hinton's lecture 6e,
// 2012). As in Keras, epsilon is added under the root. A zero field means Keras's default.
type RMSprop struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Rho is the decay of the average, 0.9 by default.
	Rho float64 `json:"rho,omitempty"`
	// Momentum is the part of each move that is added to the next one, from 0 to 1; 0, the default,
	// means none.
	Momentum float64 `json:"momentum,omitempty"`
	// Epsilon is added under the root, 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Centered uses the variance of the gradient instead of its mean square.
	Centered bool `json:"centered,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (r RMSprop) String() string {
	return describe("RMSprop", cmp.Or(r.LearningRate, 1e-3), r.Schedule)
}

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (r RMSprop) GoMLX() (optimizer.Interface, error) {
	rho, epsilon := cmp.Or(r.Rho, 0.9), cmp.Or(r.Epsilon, 1e-7)
	if rho < 0 || rho >= 1 || r.Momentum < 0 || r.Momentum > 1 || epsilon < 0 {
		return nil, fmt.Errorf("expected rho from 0 to below 1, a momentum from 0 to 1, and an epsilon above 0. Got %+v",
			r)
	}
	update := func(u *Update) *graph.Node {
		scale := u.Average(u.Slot("velocity", 0), graph.Square(u.Gradient), rho)
		if r.Centered {
			mean := u.Average(u.Slot("average", 0), u.Gradient, rho)
			scale = graph.Sub(scale, graph.Square(mean))
		}
		scale = graph.Sqrt(graph.AddScalar(scale, epsilon))
		move := graph.Div(graph.Mul(u.Gradient, u.Rate), scale)
		if r.Momentum > 0 {
			momentum := u.Slot("momentum", 0)
			old := momentum.NodeValue(u.Value.Graph())
			move = u.Keep(momentum, graph.Add(graph.MulScalar(old, r.Momentum), move))
		}
		return graph.Sub(u.Value, move)
	}
	return NewDescent("rmsprop", cmp.Or(r.LearningRate, 1e-3), r.Schedule, r.Clip, r.Accumulate,
		update)
}
