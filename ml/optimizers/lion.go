package optimizers

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("Lion", func() contract.Optimizer { return Lion{} })
}

// Lion moves every weight by the learning rate, against the sign of an average gradient (Chen et
// al. 2023). A zero field means Keras's default.
type Lion struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Beta1 is the part of the average in the mixture with the gradient that decides the step, 0.9
	// by default.
	Beta1 float64 `json:"beta_1,omitempty"`
	// Beta2 is the decay of the average, 0.99 by default.
	Beta2 float64 `json:"beta_2,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (l Lion) String() string { return describe("Lion", cmp.Or(l.LearningRate, 1e-3), l.Schedule) }

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (l Lion) GoMLX() (optimizer.Interface, error) {
	beta1, beta2 := cmp.Or(l.Beta1, 0.9), cmp.Or(l.Beta2, 0.99)
	if beta1 < 0 || beta1 > 1 || beta2 < 0 || beta2 >= 1 {
		return nil, fmt.Errorf("expected betas from 0 to below 1. Got %+v", l)
	}
	update := func(u *Update) *graph.Node {
		mean := u.Slot("momentum", 0)
		old := mean.NodeValue(u.Value.Graph())
		mixed := func(beta float64) *graph.Node {
			return graph.Add(graph.MulScalar(old, beta), graph.MulScalar(u.Gradient, 1-beta))
		}
		u.Keep(mean, mixed(beta2))
		return graph.Sub(u.Value, graph.Mul(graph.Sign(mixed(beta1)), u.Rate))
	}
	return NewDescent("lion", cmp.Or(l.LearningRate, 1e-3), l.Schedule, l.Clip, l.Accumulate,
		update)
}
