package ml

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Tensor is a value inside a model that is being put together for Functional, as Keras's symbolic tensor: what an input brings, or what a
// layer makes of other values. It holds no numbers. In makes the first ones, every layer's On the others; a Layer of one's own goes
// through ml.On.
type Tensor struct {
	layer Layer
	from  []*Tensor
}

// Tensors is a list of values, such as the inputs of a model.
type Tensors []*Tensor

// In declares an input of a functional model: the name by which Fit, Evaluate and Predict find its data, and the shape of one example,
// without the batch: In("image", 28, 28).
func In(name string, shape ...int) *Tensor {
	return &Tensor{layer: &InputLayer{Shape: shape, Name: name}}
}

// On applies the layer to values and returns the result; most layers take one value, a JointLayer several. The same layer (a pointer)
// applied twice is shared: it has one set of weights. A mistake is reported by Functional's model.
func On(layer Layer, x ...*Tensor) *Tensor { return &Tensor{layer: layer, from: x} }

// Shape returns the shape of one example of the value, without the batch, or the mistake that keeps it from having one.
func (t *Tensor) Shape() ([]int, error) {
	n, err := newNetwork(nil, Tensors{t}, nil)
	if err != nil {
		return nil, err
	}
	if err := n.shapes(n.declared()); err != nil {
		return nil, err
	}
	return n.calls[n.outputs[0]].out, nil
}

// JointLayer is a Layer that takes several values at once, such as Add. Its OutputShape and Apply, for one value, serve where it
// is applied to one.
type JointLayer interface {
	Layer
	// JointShape returns the shape of one example behind the layer, given those before it; all leave out the batch.
	JointShape(in [][]int) ([]int, error)
	// Join adds the layer to a graph, as Apply does for one value.
	Join(scope *model.Scope, x []*graph.Node) *graph.Node
}

// outputShape is the shape that a layer makes of its inputs'.
func outputShape(l Layer, in [][]int) ([]int, error) {
	if joint, ok := l.(JointLayer); ok && len(in) != 1 {
		if len(in) == 0 {
			return nil, errors.New("expected values to join. Got none")
		}
		return joint.JointShape(in)
	}
	if len(in) != 1 {
		return nil, fmt.Errorf("expected one value. Got %d", len(in))
	}
	return l.OutputShape(in[0])
}
