package contract

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// Tensor is a symbolic value of a functional model, like Keras's KerasTensor: an input, or what a
// layer makes of other tensors. It holds no numbers. ml.In makes inputs, and the method On of each
// built-in layer makes the others; for a Layer of your own there is the function On.
type Tensor struct {
	layer Layer
	from  []*Tensor
}

// Tensors is a list of tensors, such as the inputs of a model.
type Tensors []*Tensor

// On applies the layer to tensors and returns the result. Most layers take one tensor, a JointLayer
// takes several. A layer (a pointer) that is applied twice is shared: it has one set of weights.
// Mistakes are reported by the model that ml.Functional makes.
func On(layer Layer, x ...*Tensor) *Tensor { return &Tensor{layer: layer, from: x} }

// Layer returns the layer that makes the tensor.
func (t *Tensor) Layer() Layer { return t.layer }

// From returns the tensors that the layer was applied to; none for an input.
func (t *Tensor) From() []*Tensor { return slices.Clone(t.from) }

// Source is a Layer that tensors begin at: an input.
type Source interface {
	Layer
	// ExampleShape returns the shape of one example, without the batch axis.
	ExampleShape() []int
}

// Shape returns the shape of one example, without the batch axis, or an error if a layer on the way
// does not take what it is given.
func (t *Tensor) Shape() ([]int, error) { return t.shape(map[*Tensor][]int{}) }

// shape is Shape; it looks at a tensor that several layers take only once.
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

// JointLayer is a Layer that takes several tensors at once, such as Add. Where it is applied to a
// single tensor, OutputShape and Apply are called as for other layers.
type JointLayer interface {
	Layer
	// JointShape returns the shape of one example of the output, given those of the inputs. All
	// leave out the batch axis.
	JointShape(in [][]int) ([]int, error)
	// Join adds the layer to a graph, as Apply does for a single input.
	Join(scope *model.Scope, x []*graph.Node) *graph.Node
}

// OutputShape returns the shape of one example of a layer's output, given those of its inputs.
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
