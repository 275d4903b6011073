package losses

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// logProbabilities returns the logarithms of the probabilities that the predictions stand for.
func logProbabilities(predictions *graph.Node, logits bool) *graph.Node {
	if logits {
		return graph.LogSoftmax(predictions)
	}
	// As in Keras, outputs that do not add up to 1 are taken as proportions.
	p := graph.Div(predictions, graph.ReduceAndKeep(predictions, graph.ReduceSum, -1))
	return graph.Log(graph.ClipScalar(p, ops.Epsilon, 1-ops.Epsilon))
}
