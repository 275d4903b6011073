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
