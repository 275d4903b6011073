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

// Perplexity is e to the mean cross-entropy of class numbers: how many classes the model hesitates between.
type Perplexity struct {
	// FromLogits says that the last layer has no softmax.
	FromLogits bool `json:"from_logits,omitempty"`
}

// Name returns "perplexity".
func (Perplexity) Name() string { return "perplexity" }

// Sums returns the weighted sum of cross-entropies and the weights.
func (m Perplexity) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return weighted(losses.SparseCategoricalCrossentropy(m).PerExample(targets, predictions), weights)
}

// Value is e to the quotient of the two sums.
func (Perplexity) Value(sums []float64) float64 { return math.Exp(sums[0] / sums[1]) }
