package ml

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// epsilon keeps logarithms of probabilities finite, as Keras's backend does.
const epsilon = 1e-7

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
	hot := graph.OneHot(targets, shape.Dim(-1), predictions.DType())
	return meanOfExample(graph.Neg(graph.ReduceSum(graph.Mul(hot, logs), -1)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l SparseCategoricalCrossentropy) CheckTargets(y Targets, output []int) error {
	if len(output) == 0 {
		return fmt.Errorf("%s: expected a last layer with one output for each class. Got %s", l, dims(output))
	}
	classes := output[len(output)-1]
	if want, got := size(output)/classes, size(y.ExampleShape()); want != got {
		return fmt.Errorf("%s: expected one class number for each prediction, y of shape %s. Got %s; for one-hot targets turn them into class numbers first",
			l, dims(output[:len(output)-1]), dims(y.ExampleShape()))
	}
	for i := range y.Len() {
		v, whole := y.Whole(i)
		if !whole {
			return fmt.Errorf("%s: expected whole class numbers in y. Got %v for example %d", l, y.At(i), i/max(1, size(y.ExampleShape())))
		}
		if v < 0 || v >= classes {
			return fmt.Errorf("%s: expected class numbers from 0 to %d, because the last layer has %d outputs. Got %d for example %d",
				l, classes-1, classes, v, i/max(1, size(y.ExampleShape())))
		}
	}
	return nil
}

// meanOfExample averages over all axes but the batch.
func meanOfExample(loss *graph.Node) *graph.Node {
	batch := loss.Shape().Dim(0)
	if loss.Shape().Rank() == 1 {
		return loss
	}
	return graph.ReduceMean(graph.Reshape(loss, batch, loss.Shape().Size()/batch), -1)
}

// LossFunc makes a loss of a function on graph nodes; see Loss.PerExample. A model compiled with it can be saved, and asks to
// be compiled again after Load.
func LossFunc(name string, perExample func(targets, predictions *graph.Node) *graph.Node) Loss {
	return lossFunc{name, perExample}
}

type lossFunc struct {
	name string
	f    func(targets, predictions *graph.Node) *graph.Node
}

func (l lossFunc) String() string { return l.name }
func (l lossFunc) PerExample(targets, predictions *graph.Node) *graph.Node {
	return l.f(targets, predictions)
}
