package layers

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
)

func init() {
	Register("PReLU", func() contract.Layer { return new(PReLULayer) })
}

// PReLULayer is max(0, x) + alpha·min(0, x), with a learned alpha for each number of an example,
// which starts at 0 (He et al. 2015).
type PReLULayer struct {
	// Shared means one alpha for each channel (the last axis), the same at all steps or places.
	Shared bool `json:"shared,omitempty"`
	// Name is the layer's name in the model; empty means p_re_lu, p_re_lu_1, ...
	Name string `json:"name,omitempty"`
}

// PReLU returns a ReLU with learned slopes below 0. See PReLULayer.
func PReLU(options ...PlainOption) *PReLULayer { return &PReLULayer{Name: named(options)} }

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *PReLULayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "PReLU".
func (*PReLULayer) Kind() string { return "PReLU" }

// String returns "PReLU()".
func (*PReLULayer) String() string { return "PReLU()" }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*PReLULayer) Autocast() bool { return true }

// OutputShape returns in.
func (*PReLULayer) OutputShape(in []int) ([]int, error) { return in, checkChannels(in) }

// Apply computes the layer with the variable alpha. It has the shape of an example; if it is
// Shared, all axes but the last have the length 1.
func (l *PReLULayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	shape := slices.Clone(x.Shape().Dimensions[1:])
	if l.Shared {
		for i := range len(shape) - 1 {
			shape[i] = 1
		}
	}
	alpha := graph.InsertAxes(contract.Weight(scope, "alpha", initializers.Zeros, x, shape...), 0)
	return graph.Where(graph.IsPositive(x), x, graph.Mul(x, alpha))
}
