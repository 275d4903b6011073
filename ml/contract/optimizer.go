package contract

import "github.com/gomlx/gomlx/ml/train/optimizer"

// Optimizer says how the gradient changes the weights.
type Optimizer interface {
	// String returns the optimiser with its main settings: "Adam(lr=0.001)".
	String() string
	// GoMLX returns the GoMLX optimiser that does the work, or an error for settings out of range.
	GoMLX() (optimizer.Interface, error)
}

// Scheduled is a GoMLX optimiser that says whether it sets the learning rate itself, at each step.
// If so, callbacks must not change it.
type Scheduled interface{ Scheduled() bool }
