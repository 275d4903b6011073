package contract

import "github.com/gomlx/gomlx/core/graph"

// Loss measures how far predictions are from targets; training lowers its mean.
type Loss interface {
	// String names the loss.
	String() string
	// PerExample adds the loss of each example to the graph and returns it, [batch]. Targets have
	// the shape and type of the y that Fit was given ([batch, ...], int32 or float32). Predictions
	// are the output of the model's last layer.
	PerExample(targets, predictions *graph.Node) *graph.Node
}

// TargetChecker is a Loss that finds targets that do not fit, before the first step. A graph cannot
// report a bad value.
type TargetChecker interface {
	Loss
	// CheckTargets returns an error if the targets do not fit an output whose examples have the
	// given shape.
	CheckTargets(y Targets, output []int) error
}

// Targets are the targets of a data set, or of a batch of a stream, as a TargetChecker sees them.
type Targets interface {
	// ExampleShape returns the shape of one example's targets; empty if that is a single number.
	ExampleShape() []int
	// Len returns the number of values in all examples together.
	Len() int
	// At returns value i: an int32 if the user gave integers, otherwise a float32.
	At(i int) any
	// Whole returns value i as an integer, and whether it is one.
	Whole(i int) (int, bool)
}
