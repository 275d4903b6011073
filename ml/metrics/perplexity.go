package metrics

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/losses"
)

func init() {
	Register("Perplexity", func() contract.Metric { return Perplexity{} })
}

// Perplexity is e to the power of the mean cross-entropy of class numbers: the number of classes
// that the model hesitates between.
type Perplexity struct {
	// FromLogits means that the last layer has no softmax.
	FromLogits bool `json:"from_logits,omitempty"`
}

// Name returns "perplexity".
func (Perplexity) Name() string { return "perplexity" }

// Sums returns the weighted sum of the cross-entropies, and the sum of the weights.
func (m Perplexity) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weightedMean(losses.SparseCategoricalCrossentropy(m).PerExample(targets, predictions),
		weights)
}

// Value returns e to the power of the quotient of the two sums.
func (Perplexity) Value(sums []float64) float64 { return math.Exp(sums[0] / sums[1]) }
