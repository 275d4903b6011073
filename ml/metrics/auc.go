package metrics

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("AUC", func() contract.Metric { return AUC{} })
}

// aucThresholds is the number of points of the curve that AUC uses, as in Keras.
const aucThresholds = 200

// AUC is the area under the receiver operating characteristic: the probability that a positive
// example has a larger output than a negative one. As in Keras, the curve has points for 200
// thresholds between 0 and 1, joined by straight lines. Targets above 0 are positive.
type AUC struct {
	// FromLogits means that the last layer has no sigmoid.
	FromLogits bool `json:"from_logits,omitempty"`
}

// Name returns "auc".
func (AUC) Name() string { return "auc" }

// Sums returns, for each threshold, the weight of the positive outputs above it, then, for each,
// the weight of the negative ones.
func (m AUC) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	g := predictions.Graph()
	if m.FromLogits {
		predictions = graph.Sigmoid(predictions)
	}
	thresholds := make([]float32, aucThresholds)
	for i := range thresholds {
		thresholds[i] = float32(i) / (aucThresholds - 1)
	}
	thresholds[0], thresholds[aucThresholds-1] = -ops.Epsilon, 1+ops.Epsilon
	batch := weights.Shape().Dim(0)
	row := func(x *graph.Node) *graph.Node {
		x = graph.ConvertDType(x, dtypes.Float32)
		return graph.Reshape(x, batch, x.Shape().Size()/batch, 1)
	}
	zero := graph.ScalarZero(g, predictions.DType())
	truth := row(graph.GreaterThan(ops.Like(targets, predictions), zero))
	shape := shapes.Make(dtypes.Float32, batch, truth.Shape().Dim(1), aucThresholds)
	edges := graph.Reshape(graph.Const(g, thresholds), 1, 1, aucThresholds)
	above := graph.ConvertDType(graph.GreaterThan(
		graph.BroadcastToShape(row(predictions), shape), graph.BroadcastToShape(edges, shape),
	), dtypes.Float32)
	above = graph.Mul(above, graph.Reshape(weights, batch, 1, 1))
	positive := graph.ReduceSum(graph.Mul(above, truth), 0, 1)
	negative := graph.ReduceSum(graph.Mul(above, graph.OneMinus(truth)), 0, 1)
	return graph.Concatenate([]*graph.Node{positive, negative}, 0)
}

// Value returns the area, by trapezoids; 0 if one of the two classes is missing.
func (AUC) Value(sums []float64) float64 {
	positive, negative := sums[:aucThresholds], sums[aucThresholds:]
	var area float64
	for i := 1; i < aucThresholds; i++ {
		width := ratio(negative[i-1], negative[0]) - ratio(negative[i], negative[0])
		area += width * (ratio(positive[i-1], positive[0]) + ratio(positive[i], positive[0])) / 2
	}
	return area
}
