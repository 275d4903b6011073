package ops

import "github.com/gomlx/gomlx/core/graph"

// meanOfExample averages over all axes but the batch.
func MeanOfExample(loss *graph.Node) *graph.Node {
	batch := loss.Shape().Dim(0)
	if loss.Shape().Rank() == 1 {
		return loss
	}
	return graph.ReduceMean(graph.Reshape(loss, batch, loss.Shape().Size()/batch), -1)
}

// like gives targets the shape and type of the predictions.
func Like(targets, predictions *graph.Node) *graph.Node {
	return graph.ConvertDType(graph.Reshape(targets, predictions.Shape().Dimensions...), predictions.DType())
}
