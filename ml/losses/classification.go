package losses

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("CategoricalCrossentropy", func() contract.Loss { return CategoricalCrossentropy{} })
	Register("BinaryCrossentropy", func() contract.Loss { return BinaryCrossentropy{} })
	Register("KLDivergence", func() contract.Loss { return KLDivergence{} })
	Register("Hinge", func() contract.Loss { return Hinge{} })
}

// CategoricalCrossentropy is the cross-entropy of one-hot (or soft) targets and one prediction for each class.
type CategoricalCrossentropy struct {
	// FromLogits says that the last layer has no softmax.
	FromLogits bool `json:"from_logits,omitempty"`
	// LabelSmoothing moves this part of each target evenly to all classes; 0, the default, means none (Szegedy et al. 2016).
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
}

// String names the loss.
func (l CategoricalCrossentropy) String() string {
	if l.FromLogits {
		return "categorical cross-entropy from logits"
	}
	return "categorical cross-entropy"
}

// PerExample takes targets and predictions of one shape, [batch, ..., classes].
func (l CategoricalCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	targets = ops.Like(targets, predictions)
	if l.LabelSmoothing > 0 {
		targets = graph.AddScalar(graph.MulScalar(targets, 1-l.LabelSmoothing), l.LabelSmoothing/float64(predictions.Shape().Dim(-1)))
	}
	return ops.MeanOfExample(graph.Neg(graph.ReduceSum(graph.Mul(targets, logProbabilities(predictions, l.FromLogits)), -1)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l CategoricalCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	if err := smoothing(l, l.LabelSmoothing); err != nil {
		return err
	}
	if len(output) > 0 && extent.Size(y.ExampleShape())*output[len(output)-1] == extent.Size(output) && output[len(output)-1] > 1 {
		return fmt.Errorf("%s: expected one-hot targets of shape %s. Got %s; for class numbers use losses.SparseCategoricalCrossentropy", l, extent.Dims(output), extent.Dims(y.ExampleShape()))
	}
	return contract.SameShape(l.String(), y, output)
}

// logProbabilities are the logarithms of the probabilities that the last layer gives.
func logProbabilities(predictions *graph.Node, logits bool) *graph.Node {
	if logits {
		return graph.LogSoftmax(predictions)
	}
	// Keras divides by the sum first, so that outputs which do not add up to 1 are taken as proportions.
	p := graph.Div(predictions, graph.ReduceAndKeep(predictions, graph.ReduceSum, -1))
	return graph.Log(graph.ClipScalar(p, Epsilon, 1-Epsilon))
}

func smoothing(what fmt.Stringer, part float64) error {
	if part < 0 || part > 1 {
		return fmt.Errorf("%s: expected a label smoothing from 0 to 1. Got %g", what, part)
	}
	return nil
}

// BinaryCrossentropy is the cross-entropy of targets from 0 to 1 and independent predictions, the mean over an example's outputs.
type BinaryCrossentropy struct {
	// FromLogits says that the last layer has no sigmoid, which is numerically better.
	FromLogits bool `json:"from_logits,omitempty"`
	// LabelSmoothing moves targets this part of the way to 0.5; 0, the default, means none.
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
}

// String names the loss.
func (l BinaryCrossentropy) String() string {
	if l.FromLogits {
		return "binary cross-entropy from logits"
	}
	return "binary cross-entropy"
}

// PerExample takes targets with as many numbers as there are predictions.
func (l BinaryCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	targets = ops.Like(targets, predictions)
	if l.LabelSmoothing > 0 {
		targets = graph.AddScalar(graph.MulScalar(targets, 1-l.LabelSmoothing), 0.5*l.LabelSmoothing)
	}
	if l.FromLogits {
		// max(z,0) - z·y + log(1+exp(-|z|)): exp cannot overflow, and the gradient at z = 0 is sigmoid(0)-y as elsewhere because
		// the two halves are chosen, not added up from max and |z|.
		z := predictions
		positive := graph.IsPositive(z)
		small := graph.Exp(graph.Where(positive, graph.Neg(z), z))
		loss := graph.Sub(graph.Where(positive, z, graph.ZerosLike(z)), graph.Mul(z, targets))
		return ops.MeanOfExample(graph.Add(loss, graph.Log1P(small)))
	}
	p := graph.ClipScalar(predictions, Epsilon, 1-Epsilon)
	right := graph.Mul(targets, graph.Log(p))
	wrong := graph.Mul(graph.OneMinus(targets), graph.Log(graph.OneMinus(p)))
	return ops.MeanOfExample(graph.Neg(graph.Add(right, wrong)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l BinaryCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	if err := smoothing(l, l.LabelSmoothing); err != nil {
		return err
	}
	if err := contract.SameShape(l.String(), y, output); err != nil {
		return err
	}
	for i := range y.Len() {
		if v, whole := y.Whole(i); whole && v != 0 && v != 1 {
			return fmt.Errorf("%s: expected targets from 0 to 1. Got %d for example %d", l, v, i/max(1, extent.Size(y.ExampleShape())))
		}
	}
	return nil
}

// KLDivergence is the Kullback-Leibler divergence of predicted from given probabilities: the sum over the last axis of
// target·log(target/prediction), both kept within 1e-7 and 1, as in Keras.
type KLDivergence struct{}

// String names the loss.
func (KLDivergence) String() string { return "Kullback-Leibler divergence" }

// PerExample takes targets and predictions of one shape, probabilities along the last axis.
func (KLDivergence) PerExample(targets, predictions *graph.Node) *graph.Node {
	t := graph.ClipScalar(ops.Like(targets, predictions), Epsilon, 1)
	p := graph.ClipScalar(predictions, Epsilon, 1)
	return ops.MeanOfExample(graph.ReduceSum(graph.Mul(t, graph.Log(graph.Div(t, p))), -1))
}

// CheckTargets says what is wrong with targets for such an output.
func (l KLDivergence) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}

// Hinge is the mean over an example's outputs of max(0, 1 - target·prediction); targets are -1 and 1, or 0 and 1, which is taken to
// mean the same.
type Hinge struct{}

// String names the loss.
func (Hinge) String() string { return "hinge loss" }

// PerExample takes targets with as many numbers as there are predictions. As in Keras, targets count as 0 and 1 only if the batch has no other
// values.
func (Hinge) PerExample(targets, predictions *graph.Node) *graph.Node {
	t := ops.Like(targets, predictions)
	binary := graph.LogicalAll(graph.Or(graph.Equal(t, graph.ZerosLike(t)), graph.Equal(t, graph.OnesLike(t))))
	t = graph.Where(binary, graph.AddScalar(graph.MulScalar(t, 2), -1), t)
	return ops.MeanOfExample(graph.MaxScalar(graph.OneMinus(graph.Mul(t, predictions)), 0))
}

// CheckTargets says what is wrong with targets for such an output.
func (l Hinge) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}
