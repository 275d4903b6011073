package ml

import (
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Optimizer says how the weights follow the gradient.
type Optimizer interface {
	// String is the optimiser with the settings in force, such as "Adam(lr=0.001)".
	String() string
	// GoMLX returns the optimiser that does the work.
	GoMLX() (optimizer.Interface, error)
}

// Scheduled is an optimiser of GoMLX's that says whether it sets its learning rate at each step by
// itself, so that nobody else may.
type Scheduled interface{ Scheduled() bool }

// UseOptimizer makes an Optimizer of any optimiser of GoMLX's interface.
func UseOptimizer(name string, o optimizer.Interface) Optimizer { return foreignOptimizer{name, o} }

type foreignOptimizer struct {
	name string
	o    optimizer.Interface
}

func (f foreignOptimizer) String() string                      { return f.name }
func (f foreignOptimizer) GoMLX() (optimizer.Interface, error) { return f.o, nil }
