package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Optimizer says how the weights follow the gradient.
type Optimizer interface {
	// String is the optimiser with the settings in force, such as "Adam(lr=0.001)".
	String() string
	// GoMLX returns the optimiser that does the work.
	GoMLX() (optimizer.Interface, error)
}

// Adam is the optimiser of Kingma and Ba 2015 with bias-corrected moments. A field left zero has Keras's default.
type Adam struct {
	// LearningRate is 0.001 by default.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Beta1 is the decay of the mean of gradients, 0.9 by default.
	Beta1 float64 `json:"beta_1,omitempty"`
	// Beta2 is the decay of the mean of squared gradients, 0.999 by default.
	Beta2 float64 `json:"beta_2,omitempty"`
	// Epsilon is added to the denominator, 1e-7 by default.
	Epsilon float64 `json:"epsilon,omitempty"`
}

func (a Adam) filled() Adam {
	fill := func(v *float64, value float64) {
		if *v == 0 {
			*v = value
		}
	}
	fill(&a.LearningRate, 1e-3)
	fill(&a.Beta1, 0.9)
	fill(&a.Beta2, 0.999)
	fill(&a.Epsilon, 1e-7)
	return a
}

// String names the optimiser and its learning rate.
func (a Adam) String() string { return fmt.Sprintf("Adam(lr=%g)", a.filled().LearningRate) }

// GoMLX returns GoMLX's Adam with these settings; settings outside their range are an error.
func (a Adam) GoMLX() (optimizer.Interface, error) {
	a = a.filled()
	if a.LearningRate < 0 || a.Beta1 < 0 || a.Beta1 >= 1 || a.Beta2 < 0 || a.Beta2 >= 1 || a.Epsilon < 0 {
		return nil, fmt.Errorf("expected a learning rate and an epsilon above 0, and betas from 0 to below 1. Got %+v", a)
	}
	return optimizer.Adam().LearningRate(a.LearningRate).Betas(a.Beta1, a.Beta2).Epsilon(a.Epsilon).Done(), nil
}

// UseOptimizer makes an Optimizer of any optimiser of GoMLX's interface.
func UseOptimizer(name string, o optimizer.Interface) Optimizer { return foreignOptimizer{name, o} }

type foreignOptimizer struct {
	name string
	o    optimizer.Interface
}

func (f foreignOptimizer) String() string                      { return f.name }
func (f foreignOptimizer) GoMLX() (optimizer.Interface, error) { return f.o, nil }
