package strangers

import (
	"errors"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func init() {
	layers.Register("Scale", func() contract.Layer { return new(ScaleLayer) })
}

// ScaleLayer multiplies each feature by a trained factor. Its exported fields are all that a saved
// model keeps of it beside the weights.
type ScaleLayer struct {
	Activation  layers.Activation        `json:"activation,omitempty"`
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	Penalty     regularizers.Penalty     `json:"penalty,omitzero"`
	Name        string                   `json:"name,omitempty"`
}

// Scale takes the options of a Dense layer, without NoBias: it has no bias.
func Scale(options ...layers.DenseOption) *ScaleLayer {
	s := layers.Read(options)
	return &ScaleLayer{Activation: s.Activation, Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name}
}

// On applies the layer in a functional model. A layer can do without: contract.On(l, x) is the
// same.
func (l *ScaleLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind is what the layer was registered as.
func (*ScaleLayer) Kind() string { return "Scale" }

// String is what tables and errors show.
func (l *ScaleLayer) String() string { return "Scale(" + string(l.Activation) + ")" }

// Autocast asks for bfloat16 under ml.MixedBFloat16. The weight stays float32: see contract.Weight.
func (*ScaleLayer) Autocast() bool { return true }

// OutputShape is where settings are checked: it comes before Apply.
func (l *ScaleLayer) OutputShape(in []int) ([]int, error) {
	if len(in) == 0 {
		return nil, errors.New("expected input [batch, ..., features]. Got [batch]")
	}
	for _, s := range []interface{ Check() error }{l.Activation, l.Initializer, l.Penalty} {
		if err := s.Check(); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// Apply has the variable factor [features].
func (l *ScaleLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	factor := contract.Weight(scope, "factor", l.Initializer.Or(initializers.Ones), x, x.Shape().Dim(-1))
	return l.Activation.Apply(graph.Mul(x, graph.ExpandLeftToRank(factor, x.Shape().Rank())))
}

// RegularizationLoss is what the penalty of the factors adds to the loss.
func (l *ScaleLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("factor"), g)
}
