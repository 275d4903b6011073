package regularizers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Penalty is a regulariser: what a layer's kernel adds to the loss, L1·sum|w| + L2·sum w², in training and evaluation alike, as in Keras.
type Penalty struct {
	// L1 weighs the absolute values; L2 the squares.
	L1 float64 `json:"l1,omitempty"`
	L2 float64 `json:"l2,omitempty"`
}

// L1 penalises the absolute values of a layer's kernel.
func L1(weight float64) Penalty { return Penalty{L1: weight} }

// L2 penalises the squares of a layer's kernel.
func L2(weight float64) Penalty { return Penalty{L2: weight} }

// L1L2 penalises both, with Keras's name.
func L1L2(l1, l2 float64) Penalty { return Penalty{l1, l2} }

// DenseOption says that Dense takes a Penalty, as the methods below say it of other layers.
func (Penalty) DenseOption() {}

// ConvOption says that convolutions take a Penalty.
func (Penalty) ConvOption() {}

// EmbeddingOption says that an Embedding takes a Penalty.
func (Penalty) EmbeddingOption() {}

// RecurrentOption says that recurrent layers take a Penalty.
func (Penalty) RecurrentOption() {}

// Check says whether the weights are in range.
func (p Penalty) Check() error {
	if p.L1 < 0 || p.L2 < 0 {
		return fmt.Errorf("expected penalties of 0 or more. Got L1 %g and L2 %g", p.L1, p.L2)
	}
	return nil
}

// Of adds the penalty of a variable to a graph; nil without any.
func (p Penalty) Of(v *model.Variable, g *graph.Graph) *graph.Node {
	var absolute, squares *graph.Node
	if p.L1 > 0 {
		absolute = graph.MulScalar(graph.ReduceAllSum(graph.Abs(v.NodeValue(g))), p.L1)
	}
	if p.L2 > 0 {
		squares = graph.MulScalar(graph.ReduceAllSum(graph.Square(v.NodeValue(g))), p.L2)
	}
	return ops.Sum(absolute, squares)
}
