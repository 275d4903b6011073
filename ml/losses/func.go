package losses

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// LossFunc makes a loss of a function on graph nodes; see Loss.PerExample. A model compiled with it can be saved, and asks to
// be compiled again after Load.
func LossFunc(name string, perExample func(targets, predictions *graph.Node) *graph.Node) contract.Loss {
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
