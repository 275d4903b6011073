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
	Register("SparseCategoricalCrossentropy", func() contract.Loss { return SparseCategoricalCrossentropy{} })
}

// Epsilon keeps logarithms of probabilities finite, as Keras's backend does.
const Epsilon = 1e-7

// SparseCategoricalCrossentropy is the cross-entropy of class numbers (0 to classes-1) and one prediction for each class:
// minus the logarithm of the probability given to the right class.
type SparseCategoricalCrossentropy struct {
	// FromLogits says that the last layer has no softmax: its outputs are logits, which is numerically better.
	FromLogits bool `json:"from_logits,omitempty"`
}

// String names the loss.
func (l SparseCategoricalCrossentropy) String() string {
	if l.FromLogits {
		return "sparse categorical cross-entropy from logits"
	}
	return "sparse categorical cross-entropy"
}

// PerExample takes targets [batch] or [batch, 1] of integers and predictions [batch, classes].
func (l SparseCategoricalCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	shape := predictions.Shape()
	lead := shape.Dimensions[:shape.Rank()-1]
	targets = graph.ConvertDType(graph.Reshape(targets, lead...), dtypes.Int32)
	logs := logProbabilities(predictions, l.FromLogits)
	// Chosen rather than multiplied: the logarithm may be -Inf for another class, as of a masked one.
	right := graph.Equal(graph.InsertAxes(targets, -1), graph.Iota(targets.Graph(), shapes.Make(dtypes.Int32, slices.Concat(slices.Repeat([]int{1}, len(lead)), []int{shape.Dim(-1)})...), -1))
	right = graph.BroadcastToDims(right, shape.Dimensions...)
	return ops.MeanOfExample(graph.Neg(graph.ReduceSum(graph.Where(right, logs, graph.ZerosLike(logs)), -1)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l SparseCategoricalCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	return contract.ClassNumbers(l.String(), y, output)
}
