package losses

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("MeanSquaredError", func() contract.Loss { return MeanSquaredError{} })
	Register("MeanAbsoluteError", func() contract.Loss { return MeanAbsoluteError{} })
	Register("Huber", func() contract.Loss { return Huber{} })
}

// MeanSquaredError is the mean over an example's outputs of (target - prediction)².
type MeanSquaredError struct{}

// String names the loss.
func (MeanSquaredError) String() string { return "mean squared error" }

// PerExample takes targets with as many numbers as there are predictions.
func (MeanSquaredError) PerExample(targets, predictions *graph.Node) *graph.Node {
	return ops.MeanOfExample(graph.Square(graph.Sub(ops.Like(targets, predictions), predictions)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l MeanSquaredError) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}

// MeanAbsoluteError is the mean over an example's outputs of |target - prediction|.
type MeanAbsoluteError struct{}

// String names the loss.
func (MeanAbsoluteError) String() string { return "mean absolute error" }

// PerExample takes targets with as many numbers as there are predictions.
func (MeanAbsoluteError) PerExample(targets, predictions *graph.Node) *graph.Node {
	return ops.MeanOfExample(graph.Abs(graph.Sub(ops.Like(targets, predictions), predictions)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l MeanAbsoluteError) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}

// Huber is half the square of errors up to Delta and linear beyond (Huber 1964), so that outliers count less.
type Huber struct {
	// Delta is 1 by default.
	Delta float64 `json:"delta,omitempty"`
}

// String names the loss.
func (l Huber) String() string { return fmt.Sprintf("Huber loss (delta %g)", cmp.Or(l.Delta, 1)) }

// PerExample takes targets with as many numbers as there are predictions.
func (l Huber) PerExample(targets, predictions *graph.Node) *graph.Node {
	delta := cmp.Or(l.Delta, 1)
	far := graph.Abs(graph.Sub(ops.Like(targets, predictions), predictions))
	near := graph.MinScalar(far, delta)
	// Within delta the second term is 0.
	return ops.MeanOfExample(graph.Add(graph.MulScalar(graph.Square(near), 0.5), graph.MulScalar(graph.Sub(far, near), delta)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l Huber) CheckTargets(y contract.Targets, output []int) error {
	if l.Delta < 0 {
		return fmt.Errorf("expected a delta above 0. Got %g", l.Delta)
	}
	return contract.SameShape(l.String(), y, output)
}
