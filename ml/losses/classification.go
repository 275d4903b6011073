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

// CategoricalCrossentropy is the cross-entropy between one-hot (or soft) targets and predictions,
// which have one number for each class.
type CategoricalCrossentropy struct {
	// FromLogits means that the last layer has no softmax.
	FromLogits bool `json:"from_logits,omitempty"`
	// LabelSmoothing is the part of each target that is spread evenly over all classes (Szegedy et
	// al. 2016). It is from 0 to 1; 0, the default, means none.
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
}

// String names the loss.
func (l CategoricalCrossentropy) String() string {
	if l.FromLogits {
		return "categorical cross-entropy from logits"
	}
	return "categorical cross-entropy"
}

// PerExample takes targets and predictions of the same shape, [batch, ..., classes].
func (l CategoricalCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	targets = ops.Like(targets, predictions)
	if l.LabelSmoothing > 0 {
		each := l.LabelSmoothing / float64(predictions.Shape().Dim(-1))
		targets = graph.AddScalar(graph.MulScalar(targets, 1-l.LabelSmoothing), each)
	}
	logs := logProbabilities(predictions, l.FromLogits)
	return ops.MeanPerExample(graph.Neg(graph.ReduceSum(graph.Mul(targets, logs), -1)))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l CategoricalCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	if err := checkSmoothing(l, l.LabelSmoothing); err != nil {
		return err
	}
	classes := 0
	if len(output) > 0 {
		classes = output[len(output)-1]
	}
	if classes > 1 && extent.Size(y.ExampleShape())*classes == extent.Size(output) {
		return fmt.Errorf("%s: expected one-hot targets of shape %s. Got %s; for class numbers use losses.SparseCategoricalCrossentropy",
			l, extent.Dims(output), extent.Dims(y.ExampleShape()))
	}
	return contract.SameShape(l.String(), y, output)
}

// BinaryCrossentropy is the cross-entropy between targets from 0 to 1 and predictions that are
// independent of one another: the mean over an example's outputs.
type BinaryCrossentropy struct {
	// FromLogits means that the last layer has no sigmoid, which is numerically better.
	FromLogits bool `json:"from_logits,omitempty"`
	// LabelSmoothing moves targets by this part of the way to 0.5. It is from 0 to 1; 0, the
	// default, means none.
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
}

// String names the loss.
func (l BinaryCrossentropy) String() string {
	if l.FromLogits {
		return "binary cross-entropy from logits"
	}
	return "binary cross-entropy"
}

// PerExample takes targets with as many numbers as the predictions have.
func (l BinaryCrossentropy) PerExample(targets, predictions *graph.Node) *graph.Node {
	targets = ops.Like(targets, predictions)
	if l.LabelSmoothing > 0 {
		targets = graph.AddScalar(graph.MulScalar(targets, 1-l.LabelSmoothing),
			0.5*l.LabelSmoothing)
	}
	if l.FromLogits {
		// max(z,0) - z·y + log(1+exp(-|z|)): exp cannot overflow. The two halves are chosen by
		// Where instead of being composed of max and |z|, so that the gradient at z = 0 is
		// sigmoid(0)-y, as elsewhere.
		z := predictions
		positive := graph.IsPositive(z)
		small := graph.Exp(graph.Where(positive, graph.Neg(z), z))
		loss := graph.Sub(graph.Where(positive, z, graph.ZerosLike(z)), graph.Mul(z, targets))
		return ops.MeanPerExample(graph.Add(loss, graph.Log1P(small)))
	}
	p := graph.ClipScalar(predictions, ops.Epsilon, 1-ops.Epsilon)
	right := graph.Mul(targets, graph.Log(p))
	wrong := graph.Mul(graph.OneMinus(targets), graph.Log(graph.OneMinus(p)))
	return ops.MeanPerExample(graph.Neg(graph.Add(right, wrong)))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l BinaryCrossentropy) CheckTargets(y contract.Targets, output []int) error {
	if err := checkSmoothing(l, l.LabelSmoothing); err != nil {
		return err
	}
	if err := contract.SameShape(l.String(), y, output); err != nil {
		return err
	}
	for i := range y.Len() {
		if v, whole := y.Whole(i); whole && v != 0 && v != 1 {
			return fmt.Errorf("%s: expected targets from 0 to 1. Got %d for example %d", l, v,
				i/max(1, extent.Size(y.ExampleShape())))
		}
	}
	return nil
}

// KLDivergence is the Kullback-Leibler divergence of the target probabilities from the predicted
// ones: the sum over the last axis of target·log(target/prediction). As in Keras, both are clipped
// to 1e-7 to 1.
type KLDivergence struct{}

// String names the loss.
func (KLDivergence) String() string { return "Kullback-Leibler divergence" }

// PerExample takes targets and predictions of the same shape, with probabilities along the last
// axis.
func (KLDivergence) PerExample(targets, predictions *graph.Node) *graph.Node {
	t := graph.ClipScalar(ops.Like(targets, predictions), ops.Epsilon, 1)
	p := graph.ClipScalar(predictions, ops.Epsilon, 1)
	return ops.MeanPerExample(graph.ReduceSum(graph.Mul(t, graph.Log(graph.Div(t, p))), -1))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l KLDivergence) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}

// Hinge is the mean over an example's outputs of max(0, 1 - target·prediction). Targets are -1 and
// 1, or 0 and 1, where 0 means -1.
type Hinge struct{}

// String names the loss.
func (Hinge) String() string { return "hinge loss" }

// PerExample takes targets with as many numbers as the predictions have. As in Keras, they are
// taken as 0 and 1 only if the batch has no other values.
func (Hinge) PerExample(targets, predictions *graph.Node) *graph.Node {
	t := ops.Like(targets, predictions)
	binary := graph.LogicalAll(graph.Or(graph.Equal(t, graph.ZerosLike(t)),
		graph.Equal(t, graph.OnesLike(t))))
	t = graph.Where(binary, graph.AddScalar(graph.MulScalar(t, 2), -1), t)
	return ops.MeanPerExample(graph.MaxScalar(graph.OneMinus(graph.Mul(t, predictions)), 0))
}

// CheckTargets returns an error if the targets do not fit the output.
func (l Hinge) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(l.String(), y, output)
}
