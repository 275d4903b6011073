package losses

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("SparseCategoricalCrossentropy",
		func() contract.Loss { return SparseCategoricalCrossentropy{} })
}

// SparseCategoricalCrossentropy is the cross-entropy between class numbers, from 0 to classes-1,
// and predictions, which have one number for each class: minus the logarithm of the probability
// given to the right class.
type SparseCategoricalCrossentropy struct {
	// FromLogits means that the last layer has no softmax: its outputs are logits, which is
	// numerically better.
	FromLogits bool `json:"from_logits,omitempty"`
}

// String names the loss.
func (l SparseCategoricalCrossentropy) String() string {
	if l.FromLogits {
		return "sparse categorical cross-entropy from logits"
	}
	return "sparse categorical cross-entropy"
}

// PerExample takes predictions, [batch, ..., classes], and as targets an integer for each of them,
// [batch, ...]: in the simplest case [batch, classes] and [batch] or [batch, 1].
func (l SparseCategoricalCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	shape := predictions.Shape()
	lead := shape.Dimensions[:shape.Rank()-1]
	targets = graph.ConvertDType(graph.Reshape(targets, lead...), dtypes.Int32)
	logs := logProbabilities(predictions, l.FromLogits)
	// Chosen rather than multiplied: the logarithm of another class may be -Inf, if it is masked.
	dims := slices.Repeat([]int{1}, shape.Rank())
	dims[len(dims)-1] = shape.Dim(-1)
	classes := graph.Iota(targets.Graph(), shapes.Make(dtypes.Int32, dims...), -1)
	right := graph.Equal(graph.InsertAxes(targets, -1), classes)
	right = graph.BroadcastToDims(right, shape.Dimensions...)
	chosen := graph.Where(right, logs, graph.ZerosLike(logs))
	return ops.MeanPerExample(graph.Neg(graph.ReduceSum(chosen, -1)))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l SparseCategoricalCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	return contract.ClassNumbers(l.String(), y, output)
}
