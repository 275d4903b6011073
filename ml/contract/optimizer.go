package contract

import "github.com/gomlx/gomlx/ml/train/optimizer"

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
