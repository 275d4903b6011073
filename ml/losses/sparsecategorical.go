package losses

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
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
	hot := graph.OneHot(targets, shape.Dim(-1), predictions.DType())
	return ops.MeanPerExample(graph.Neg(graph.ReduceSum(graph.Mul(hot, logs), -1)))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l SparseCategoricalCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	if len(output) == 0 {
		return fmt.Errorf("%s: expected a last layer with one output for each class. Got %s", l,
			extent.Dims(output))
	}
	classes := output[len(output)-1]
	if want, got := extent.Size(output)/classes, extent.Size(y.ExampleShape()); want != got {
		return fmt.Errorf("%s: expected one class number for each prediction, y of shape %s. Got %s; for one-hot targets turn them into class numbers first",
			l, extent.Dims(output[:len(output)-1]), extent.Dims(y.ExampleShape()))
	}
	for i := range y.Len() {
		v, whole := y.Whole(i)
		if !whole {
			return fmt.Errorf("%s: expected whole class numbers in y. Got %v for example %d", l,
				y.At(i), i/max(1, extent.Size(y.ExampleShape())))
		}
		if v < 0 || v >= classes {
			return fmt.Errorf("%s: expected class numbers from 0 to %d, because the last layer has %d outputs. Got %d for example %d",
				l, classes-1, classes, v, i/max(1, extent.Size(y.ExampleShape())))
		}
	}
	return nil
}
