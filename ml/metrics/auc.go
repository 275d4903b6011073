package metrics

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/losses"
)

func init() {
	Register("AUC", func() contract.Metric { return AUC{} })
}

// aucThresholds is how many points of the curve AUC has, as in Keras.
const aucThresholds = 200

// AUC is the area under the receiver operating characteristic of one output per example, from 200 thresholds between 0 and 1 joined by
// straight lines, as in Keras: the probability that a positive example has a larger output than a negative one.
type AUC struct {
	// FromLogits says that the last layer has no sigmoid.
	FromLogits bool `json:"from_logits,omitempty"`
}

// Name returns "auc".
func (AUC) Name() string { return "auc" }

// Sums returns for each threshold the weights of positives above it, then those of negatives above it.
func (m AUC) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	g := predictions.Graph()
	if m.FromLogits {
		predictions = graph.Sigmoid(predictions)
	}
	thresholds := make([]float32, aucThresholds)
	for i := range thresholds {
		thresholds[i] = float32(i) / (aucThresholds - 1)
	}
	thresholds[0], thresholds[aucThresholds-1] = -losses.Epsilon, 1+losses.Epsilon
	batch := weights.Shape().Dim(0)
	row := func(x *graph.Node) *graph.Node {
		return graph.Reshape(graph.ConvertDType(x, dtypes.Float32), batch, x.Shape().Size()/batch, 1)
	}
	truth := row(graph.GreaterThan(ops.Like(targets, predictions), graph.ScalarZero(g, predictions.DType())))
	shape := shapes.Make(dtypes.Float32, batch, truth.Shape().Dim(1), aucThresholds)
	edges := graph.BroadcastToShape(graph.Reshape(graph.Const(g, thresholds), 1, 1, aucThresholds), shape)
	above := graph.ConvertDType(graph.GreaterThan(graph.BroadcastToShape(row(predictions), shape), edges), dtypes.Float32)
	above = graph.Mul(above, graph.Reshape(weights, batch, 1, 1))
	positive := graph.ReduceSum(graph.Mul(above, truth), 0, 1)
	negative := graph.ReduceSum(graph.Mul(above, graph.OneMinus(truth)), 0, 1)
	return graph.Concatenate([]*graph.Node{positive, negative}, 0)
}

// Value is the area by trapezoids; 0 if one of the two classes is missing.
func (AUC) Value(sums []float64) float64 {
	positive, negative := sums[:aucThresholds], sums[aucThresholds:]
	var area float64
	for i := 1; i < aucThresholds; i++ {
		width := part(negative[i-1], negative[0]) - part(negative[i], negative[0])
		area += width * (part(positive[i-1], positive[0]) + part(positive[i], positive[0])) / 2
	}
	return area
}
