package ops

import "github.com/gomlx/gomlx/core/graph"

// MeanPerExample returns the mean over all axes except the batch, [batch].
func MeanPerExample(loss *graph.Node) *graph.Node {
	batch := loss.Shape().Dim(0)
	if loss.Shape().Rank() == 1 {
		return loss
	}
	return graph.ReduceMean(graph.Reshape(loss, batch, loss.Shape().Size()/batch), -1)
}

// Like returns the targets with the shape and type of the predictions.
func Like(targets, predictions *graph.Node) *graph.Node {
	targets = graph.Reshape(targets, predictions.Shape().Dimensions...)
	return graph.ConvertDType(targets, predictions.DType())
}

// Epsilon keeps logarithms of probabilities finite, as in Keras's backend.
const Epsilon = 1e-7
