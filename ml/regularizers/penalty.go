package regularizers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Penalty is a regulariser: as in Keras, it adds L1·sum|w| + L2·sum w² of a layer's kernel w to the
// loss, in training and in evaluation.
type Penalty struct {
	// L1 is the weight of the absolute values, L2 that of the squares; 0 means none.
	L1 float64 `json:"l1,omitempty"`
	L2 float64 `json:"l2,omitempty"`
}

// L1 penalises the absolute values of a layer's kernel, with the given weight.
func L1(weight float64) Penalty { return Penalty{L1: weight} }

// L2 penalises the squares of a layer's kernel, with the given weight.
func L2(weight float64) Penalty { return Penalty{L2: weight} }

// L1L2 penalises absolute values and squares, with the given weights.
func L1L2(l1, l2 float64) Penalty { return Penalty{l1, l2} }

// DenseOption says that Dense takes a Penalty. The methods below say so of other layers.
func (Penalty) DenseOption() {}

// ConvOption says that convolutions take a Penalty.
func (Penalty) ConvOption() {}

// EmbeddingOption says that an Embedding takes a Penalty.
func (Penalty) EmbeddingOption() {}

// RecurrentOption says that recurrent layers take a Penalty.
func (Penalty) RecurrentOption() {}

// Check returns an error if a weight is negative.
func (p Penalty) Check() error {
	if p.L1 < 0 || p.L2 < 0 {
		return fmt.Errorf("expected penalties of 0 or more. Got L1 %g and L2 %g", p.L1, p.L2)
	}
	return nil
}

// Of adds the penalty of a variable to a graph and returns it, a scalar; nil if both weights are 0.
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
