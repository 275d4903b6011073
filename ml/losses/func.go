package losses

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// LossFunc makes a loss from a function on graph nodes; see contract.Loss.PerExample. A model
// compiled with it can be saved. After Load it has to be compiled again, because the function is
// not part of the saved model.
func LossFunc(
	name string, perExample func(targets, predictions *graph.Node) *graph.Node,
) contract.Loss {
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
