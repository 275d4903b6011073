package optimizers

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("Adam", func() contract.Optimizer { return Adam{} })
	Register("AdamW", func() contract.Optimizer { return AdamW{} })
}

// Adam is the optimiser of Kingma and Ba 2015, with bias-corrected moments. As in Keras, it has the
// form at the end of their section 2: epsilon is added to the root of the second moment before the
// correction. A zero field means Keras's default.
type Adam struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Beta1 is the decay of the mean of gradients, 0.9 by default.
	Beta1 float64 `json:"beta_1,omitempty"`
	// Beta2 is the decay of the mean of squared gradients, 0.999 by default.
	Beta2 float64 `json:"beta_2,omitempty"`
	// Epsilon is added to the denominator, 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (a Adam) String() string { return describe("Adam", cmp.Or(a.LearningRate, 1e-3), a.Schedule) }

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (a Adam) GoMLX() (optimizer.Interface, error) { return a.descent("adam") }

func (a Adam) descent(name string) (*Descent, error) {
	beta1, beta2, epsilon := cmp.Or(a.Beta1, 0.9), cmp.Or(a.Beta2, 0.999), cmp.Or(a.Epsilon, 1e-7)
	if beta1 < 0 || beta1 >= 1 || beta2 < 0 || beta2 >= 1 || epsilon < 0 {
		return nil, fmt.Errorf("expected an epsilon above 0, and betas from 0 to below 1. Got %+v",
			a)
	}
	update := func(u *Update) *graph.Node {
		left := func(beta float64) *graph.Node { // 1 - beta^step
			return graph.OneMinus(graph.Pow(graph.ConstAs(u.Step, beta), u.Step))
		}
		rate := graph.Mul(u.Rate, graph.Div(graph.Sqrt(left(beta2)), left(beta1)))
		mean := u.Average(u.Slot("momentum", 0), u.Gradient, beta1)
		square := u.Average(u.Slot("velocity", 0), graph.Square(u.Gradient), beta2)
		scale := graph.AddScalar(graph.Sqrt(square), epsilon)
		return graph.Sub(u.Value, graph.Div(graph.Mul(mean, rate), scale))
	}
	return NewDescent(name, cmp.Or(a.LearningRate, 1e-3), a.Schedule, a.Clip, a.Accumulate, update)
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019): before each step, every
// weight is reduced by itself times WeightDecay times the learning rate. A zero field means Keras's
// default.
type AdamW struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, sets the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// WeightDecay is 0.004 by default.
	WeightDecay float64 `json:"weight_decay,omitempty"`
	// Beta1 is the decay of the mean of gradients, 0.9 by default.
	Beta1 float64 `json:"beta_1,omitempty"`
	// Beta2 is the decay of the mean of squared gradients, 0.999 by default.
	Beta2 float64 `json:"beta_2,omitempty"`
	// Epsilon is added to the denominator, 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Clip limits the gradients; by default it does not.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were
	// that many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String returns the optimiser's name and its learning rate or schedule.
func (a AdamW) String() string {
	return describe("AdamW", cmp.Or(a.LearningRate, 1e-3), a.Schedule)
}

// GoMLX returns the optimiser in GoMLX's form, or an error for settings out of range.
func (a AdamW) GoMLX() (optimizer.Interface, error) {
	plain := Adam{a.LearningRate, a.Schedule, a.Beta1, a.Beta2, a.Epsilon, a.Clip, a.Accumulate}
	d, err := plain.descent("adamw")
	if err != nil {
		return nil, err
	}
	if d.decay = cmp.Or(a.WeightDecay, 0.004); d.decay < 0 {
		return nil, fmt.Errorf("expected a weight decay above 0. Got %g", a.WeightDecay)
	}
	return d, nil
}
