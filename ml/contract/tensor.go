package contract

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// Tensor is a value inside a model that is being put together for Functional, as Keras's symbolic tensor: what an input brings, or what a
// layer makes of other values. It holds no numbers. In makes the first ones, every layer's On the others; a Layer of one's own goes
// through contract.On.
type Tensor struct {
	layer Layer
	from  []*Tensor
}

// Tensors is a list of values, such as the inputs of a model.
type Tensors []*Tensor

// On applies the layer to values and returns the result; most layers take one value, a JointLayer several. The same layer (a pointer)
// applied twice is shared: it has one set of weights. A mistake is reported by Functional's model.
func On(layer Layer, x ...*Tensor) *Tensor { return &Tensor{layer: layer, from: x} }

// Layer returns the layer that makes the value.
func (t *Tensor) Layer() Layer { return t.layer }

// From returns the values that the layer takes; none for an input.
func (t *Tensor) From() []*Tensor { return slices.Clone(t.from) }

// Source is a Layer that values begin at, and that knows the shape of one example.
type Source interface {
	Layer
	ExampleShape() []int
}

// Shape returns the shape of one example of the value, without the batch, or the mistake that keeps it
// from having one.
func (t *Tensor) Shape() ([]int, error) { return t.shape(map[*Tensor][]int{}) }

// shape finds the shapes of values that others share once.
func (t *Tensor) shape(known map[*Tensor][]int) ([]int, error) {
	if t == nil || t.layer == nil {
		return nil, errors.New("ml: expected values that ml.In or a layer's On returned. Got nil")
	}
	if shape, ok := known[t]; ok {
		return shape, nil
	}
	if s, ok := t.layer.(Source); ok && len(t.from) == 0 {
		return s.ExampleShape(), nil
	}
	var in [][]int
	for _, f := range t.from {
		shape, err := f.shape(known)
		if err != nil {
			return nil, err
		}
		in = append(in, shape)
	}
	out, err := OutputShape(t.layer, in)
	if err != nil {
		return nil, &mistake.AtLayer{Path: t.layer.String(), In: in, Err: err}
	}
	known[t] = out
	return out, nil
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

// OutputShape is the shape that a layer makes of its inputs'.
func OutputShape(l Layer, in [][]int) ([]int, error) {
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
