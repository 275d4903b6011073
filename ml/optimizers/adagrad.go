package optimizers

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("Adagrad", func() contract.Optimizer { return Adagrad{} })
}

// Adagrad divides the gradient by the root of the sum of all its squares so far (Duchi, Hazan and
// Singer 2011). A zero field means Keras's default.
type Adagrad struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Accumulator is the first value of the sums, 0.1 by default.
	Accumulator float64 `json:"accumulator,omitempty"`
	// Epsilon is added under the root, 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (a Adagrad) String() string {
	return describe("Adagrad", cmp.Or(a.LearningRate, 1e-3), a.Schedule)
}

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (a Adagrad) GoMLX() (optimizer.Interface, error) {
	epsilon := cmp.Or(a.Epsilon, 1e-7)
	if a.Accumulator < 0 || epsilon < 0 {
		return nil, fmt.Errorf("expected an accumulator and an epsilon above 0. Got %+v", a)
	}
	update := func(u *Update) *graph.Node {
		sum := u.Slot("accumulator", cmp.Or(a.Accumulator, 0.1))
		old := sum.NodeValue(u.Value.Graph())
		total := u.Keep(sum, graph.Add(old, graph.Square(u.Gradient)))
		scale := graph.Sqrt(graph.AddScalar(total, epsilon))
		return graph.Sub(u.Value, graph.Div(graph.Mul(u.Gradient, u.Rate), scale))
	}
	return NewDescent("adagrad", cmp.Or(a.LearningRate, 1e-3), a.Schedule, a.Clip, a.Accumulate,
		update)
}
