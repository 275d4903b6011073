package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LayerOption is a detail that Dense and convolutions both have.
type LayerOption interface {
	DenseOption
	ConvOption
}

type layerOption struct {
	onDense func(*DenseLayer)
	onConv  func(*ConvolutionLayer)
}

func (o layerOption) dense(l *DenseLayer)      { o.onDense(l) }
func (o layerOption) conv(l *ConvolutionLayer) { o.onConv(l) }

// NoBias leaves out a layer's bias.
var NoBias LayerOption = layerOption{func(l *DenseLayer) { l.NoBias = true }, func(l *ConvolutionLayer) { l.NoBias = true }}

// Named gives a layer a name of its own, by which its weights are found in Model.Store and in saved models, and by which an output is
// known.
func Named(name string) NameOption { return NameOption{name} }

// NameOption is what Named returns, an option of every layer.
type NameOption struct{ name string }

func (o NameOption) dense(l *DenseLayer)      { l.Name = o.name }
func (o NameOption) conv(l *ConvolutionLayer) { l.Name = o.name }
func (o NameOption) merge(name *string)       { *name = o.name }

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

func (p Penalty) dense(l *DenseLayer)      { l.Penalty = p }
func (p Penalty) conv(l *ConvolutionLayer) { l.Penalty = p }

func (p Penalty) check() error {
	if p.L1 < 0 || p.L2 < 0 {
		return fmt.Errorf("expected penalties of 0 or more. Got L1 %g and L2 %g", p.L1, p.L2)
	}
	return nil
}

// of is the penalty of a variable; nil without any.
func (p Penalty) of(v *model.Variable, g *graph.Graph) *graph.Node {
	var sum *graph.Node
	if p.L1 > 0 {
		sum = graph.MulScalar(graph.ReduceAllSum(graph.Abs(v.NodeValue(g))), p.L1)
	}
	if p.L2 > 0 {
		squares := graph.MulScalar(graph.ReduceAllSum(graph.Square(v.NodeValue(g))), p.L2)
		if sum == nil {
			return squares
		}
		sum = graph.Add(sum, squares)
	}
	return sum
}

// penalized is a layer that adds to the loss; scope is what Apply was given. The result may be nil.
type penalized interface {
	penalty(scope *model.Scope, g *graph.Graph) *graph.Node
}
