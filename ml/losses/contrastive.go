package losses

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("Contrastive", func() contract.Loss { return Contrastive{} })
}

// Contrastive is the loss of distances between pairs (Hadsell, Chopra and LeCun 2006): y·d² + (1-y)·max(Margin - d, 0)², with the target y
// 1 for pairs that belong together and 0 for others. The model's output is the distance, such as that of two values by one shared layer.
type Contrastive struct {
	// Margin is the distance beyond which pairs that do not belong together cost nothing, 1 by default.
	Margin float64 `json:"margin,omitempty"`
}

// String names the loss.
func (l Contrastive) String() string { return "contrastive" }

// PerExample takes targets and predictions of one shape.
func (l Contrastive) PerExample(targets, predictions *graph.Node) *graph.Node {
	y, d := ops.Like(targets, predictions), predictions
	apart := graph.Square(ops.ReLU(graph.AddScalar(graph.Neg(d), cmp.Or(l.Margin, 1))))
	return ops.MeanOfExample(graph.Add(graph.Mul(y, graph.Square(d)), graph.Mul(graph.OneMinus(y), apart)))
}

// CheckTargets says what is wrong with targets for such an output.
func (l Contrastive) CheckTargets(y contract.Targets, output []int) error {
	if l.Margin < 0 {
		return fmt.Errorf("%s: expected a margin above 0. Got %g", l, l.Margin)
	}
	return contract.SameShape(l.String(), y, output)
}
