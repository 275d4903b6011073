package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// NoBias leaves out a layer's bias; Dense, convolutions and attention take it.
var NoBias noBias

type noBias struct{}

func (noBias) dense(l *DenseLayer)      { l.NoBias = true }
func (noBias) conv(l *ConvolutionLayer) { l.NoBias = true }

// Named gives a layer a name of its own, by which its weights are found in Model.Store and in saved models, and by which an output is
// known.
func Named(name string) NameOption { return NameOption{name} }

// NameOption is what Named returns, an option of every layer.
type NameOption struct{ name string }

func (o NameOption) dense(l *DenseLayer)      { l.Name = o.name }
func (o NameOption) conv(l *ConvolutionLayer) { l.Name = o.name }
func (o NameOption) plain(name *string)       { *name = o.name }
func (o NameOption) pool(l *PoolingLayer)     { l.Name = o.name }
func (o NameOption) recurrent(r *Recurrent)   { r.Name = o.name }
func (o NameOption) dropout(l *DropoutLayer)  { l.Name = o.name }

func (o NameOption) attention(l *MultiHeadAttentionLayer) { l.Name = o.name }

func (o NameOption) embedding(l *EmbeddingLayer) { l.Name = o.name }

func (noBias) attention(l *MultiHeadAttentionLayer) { l.NoBias = true }

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

func (p Penalty) dense(l *DenseLayer)      { l.Penalty = p }
func (p Penalty) conv(l *ConvolutionLayer) { l.Penalty = p }

func (p Penalty) check() error {
	if p.L1 < 0 || p.L2 < 0 {
		return fmt.Errorf("expected penalties of 0 or more. Got L1 %g and L2 %g", p.L1, p.L2)
	}
	return nil
}

// checkAll returns the first mistake.
func checkAll(settings ...interface{ check() error }) error {
	for _, s := range settings {
		if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

// sumOf adds up penalties, of which some may be nil.
func sumOf(penalties ...*graph.Node) *graph.Node {
	var sum *graph.Node
	for _, p := range penalties {
		switch {
		case p == nil:
		case sum == nil:
			sum = p
		default:
			sum = graph.Add(sum, p)
		}
	}
	return sum
}

// of is the penalty of a variable; nil without any.
func (p Penalty) of(v *model.Variable, g *graph.Graph) *graph.Node {
	var absolute, squares *graph.Node
	if p.L1 > 0 {
		absolute = graph.MulScalar(graph.ReduceAllSum(graph.Abs(v.NodeValue(g))), p.L1)
	}
	if p.L2 > 0 {
		squares = graph.MulScalar(graph.ReduceAllSum(graph.Square(v.NodeValue(g))), p.L2)
	}
	return sumOf(absolute, squares)
}

// penalized is a layer that adds to the loss; scope is what Apply was given. The result may be nil.
type penalized interface {
	penalty(scope *model.Scope, g *graph.Graph) *graph.Node
}
