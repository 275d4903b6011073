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
	Register("Adagrad", func() contract.Optimizer { return Adagrad{} })
	Register("Lion", func() contract.Optimizer { return Lion{} })
}

// RMSprop divides the gradient by the root of a moving average of its squares (Hinton's lecture 6e, 2012), with epsilon under the root,
// as Keras does. A field left zero has Keras's default.
type RMSprop struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, gives the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Rho is the decay of the average, 0.9 by default.
	Rho float64 `json:"rho,omitempty"`
	// Momentum is 0 by default, which means none.
	Momentum float64 `json:"momentum,omitempty"`
	// Epsilon is 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Centered takes the gradient's variance instead of its mean square.
	Centered bool `json:"centered,omitempty"`
	// Clip bounds the gradients; none by default.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were as many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String names the optimiser and its learning rate.
func (r RMSprop) String() string {
	return describe("RMSprop", cmp.Or(r.LearningRate, 1e-3), r.Schedule)
}

// GoMLX returns the optimiser for GoMLX's trainers; settings outside their range are an error.
func (r RMSprop) GoMLX() (optimizer.Interface, error) {
	rho, epsilon := cmp.Or(r.Rho, 0.9), cmp.Or(r.Epsilon, 1e-7)
	if rho < 0 || rho >= 1 || r.Momentum < 0 || r.Momentum > 1 || epsilon < 0 {
		return nil, fmt.Errorf("expected rho from 0 to below 1, a momentum from 0 to 1, and an epsilon above 0. Got %+v", r)
	}
	return NewDescent("rmsprop", cmp.Or(r.LearningRate, 1e-3), r.Schedule, r.Clip, r.Accumulate, func(u *Update) *graph.Node {
		scale := u.Average(u.Slot("velocity", 0), graph.Square(u.Gradient), rho)
		if r.Centered {
			scale = graph.Sub(scale, graph.Square(u.Average(u.Slot("average", 0), u.Gradient, rho)))
		}
		move := graph.Div(graph.Mul(u.Gradient, u.Rate), graph.Sqrt(graph.AddScalar(scale, epsilon)))
		if r.Momentum > 0 {
			momentum := u.Slot("momentum", 0)
			move = u.Keep(momentum, graph.Add(graph.MulScalar(momentum.NodeValue(u.Value.Graph()), r.Momentum), move))
		}
		return graph.Sub(u.Value, move)
	})
}

// Adagrad divides the gradient by the root of the sum of all its squares so far (Duchi, Hazan and Singer 2011). A field left zero has Keras's
// default.
type Adagrad struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, gives the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Accumulator is what the sums begin with, 0.1 by default.
	Accumulator float64 `json:"accumulator,omitempty"`
	// Epsilon is 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Clip bounds the gradients; none by default.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were as many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String names the optimiser and its learning rate.
func (a Adagrad) String() string {
	return describe("Adagrad", cmp.Or(a.LearningRate, 1e-3), a.Schedule)
}

// GoMLX returns the optimiser for GoMLX's trainers; settings outside their range are an error.
func (a Adagrad) GoMLX() (optimizer.Interface, error) {
	epsilon := cmp.Or(a.Epsilon, 1e-7)
	if a.Accumulator < 0 || epsilon < 0 {
		return nil, fmt.Errorf("expected an accumulator and an epsilon above 0. Got %+v", a)
	}
	return NewDescent("adagrad", cmp.Or(a.LearningRate, 1e-3), a.Schedule, a.Clip, a.Accumulate, func(u *Update) *graph.Node {
		sum := u.Slot("accumulator", cmp.Or(a.Accumulator, 0.1))
		total := u.Keep(sum, graph.Add(sum.NodeValue(u.Value.Graph()), graph.Square(u.Gradient)))
		return graph.Sub(u.Value, graph.Div(graph.Mul(u.Gradient, u.Rate), graph.Sqrt(graph.AddScalar(total, epsilon))))
	})
}

// Lion moves every weight by the learning rate in the direction of the sign of an average gradient (Chen et al. 2023). A field left zero has
// Keras's default.
type Lion struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Schedule, if set, gives the learning rate instead.
	Schedule Schedule `json:"schedule,omitzero"`
	// Beta1 mixes the average with the gradient for the step, 0.9 by default.
	Beta1 float64 `json:"beta_1,omitempty"`
	// Beta2 is the decay of the average, 0.99 by default.
	Beta2 float64 `json:"beta_2,omitempty"`
	// Clip bounds the gradients; none by default.
	Clip Clip `json:"clip,omitzero"`
	// Accumulate is the number of steps whose mean gradient makes one update, as if batches were as many times as large; 1 by default.
	Accumulate int `json:"accumulate,omitempty"`
}

// String names the optimiser and its learning rate.
func (l Lion) String() string { return describe("Lion", cmp.Or(l.LearningRate, 1e-3), l.Schedule) }

// GoMLX returns the optimiser for GoMLX's trainers; settings outside their range are an error.
func (l Lion) GoMLX() (optimizer.Interface, error) {
	beta1, beta2 := cmp.Or(l.Beta1, 0.9), cmp.Or(l.Beta2, 0.99)
	if beta1 < 0 || beta1 > 1 || beta2 < 0 || beta2 >= 1 {
		return nil, fmt.Errorf("expected betas from 0 to below 1. Got %+v", l)
	}
	return NewDescent("lion", cmp.Or(l.LearningRate, 1e-3), l.Schedule, l.Clip, l.Accumulate, func(u *Update) *graph.Node {
		mean := u.Slot("momentum", 0)
		old := mean.NodeValue(u.Value.Graph())
		direction := graph.Sign(graph.Add(graph.MulScalar(old, beta1), graph.MulScalar(u.Gradient, 1-beta1)))
		u.Keep(mean, graph.Add(graph.MulScalar(old, beta2), graph.MulScalar(u.Gradient, 1-beta2)))
		return graph.Sub(u.Value, graph.Mul(direction, u.Rate))
	})
}
