package contract

import "github.com/gomlx/gomlx/core/graph"

// Loss measures how far predictions are from targets; training lowers its mean.
type Loss interface {
	// String names the loss.
	String() string
	// PerExample adds to the graph the loss of each example, of shape [batch]. Targets have the shape and type of the y
	// that Fit was given ([batch, ...], int32 or float32), predictions that of the model's last layer.
	PerExample(targets, predictions *graph.Node) *graph.Node
}

// TargetChecker is a Loss that can tell before the first step that targets do not fit: a graph cannot
// report a bad value.
type TargetChecker interface {
	Loss
	// CheckTargets says what is wrong with targets for an output whose examples have the shape given.
	CheckTargets(y Targets, output []int) error
}

// Targets are the targets of a data set, or of a batch of a stream, as a TargetChecker sees them.
type Targets interface {
	// ExampleShape is the shape of one example's targets; empty if each is a single number.
	ExampleShape() []int
	// Len is the number of values, of all examples together.
	Len() int
	// At returns a value, an int32 or a float32 as the user gave whole numbers or others.
	At(i int) any
	// Whole returns a value as an integer, and whether it is one.
	Whole(i int) (int, bool)
}
