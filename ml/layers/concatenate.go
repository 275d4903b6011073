package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("Concatenate", func() contract.Layer { return new(ConcatenateLayer) })
}

// ConcatenateLayer joins its inputs along an axis. Their other axes must have the same lengths.
type ConcatenateLayer struct {
	// Axis is the axis, counted from 1, because the batch is axis 0. 0, the default, and -1 mean
	// the last one.
	Axis int `json:"axis,omitempty"`
	// Name is the layer's name in the model; empty means concatenate, concatenate_1, ...
	Name string `json:"name,omitempty"`
}

// Concatenate returns a layer that joins its inputs along their last axis:
// layers.Concatenate().On(a, b). See ConcatenateLayer.
func Concatenate(options ...PlainOption) *ConcatenateLayer {
	return &ConcatenateLayer{Name: named(options)}
}

// On applies the layer to tensors of a functional model. See contract.On.
func (l *ConcatenateLayer) On(x ...*contract.Tensor) *contract.Tensor {
	return contract.On(l, x...)
}

// Kind returns "Concatenate".
func (*ConcatenateLayer) Kind() string { return "Concatenate" }

// String returns the layer as its constructor was called.
func (l *ConcatenateLayer) String() string {
	if l.Axis > 0 {
		return fmt.Sprintf("Concatenate(axis %d)", l.Axis)
	}
	return "Concatenate()"
}

// OutputShape returns in.
func (l *ConcatenateLayer) OutputShape(in []int) ([]int, error) { return l.JointShape([][]int{in}) }

// JointShape returns the inputs' shape, with the sum of their lengths along the axis.
func (l *ConcatenateLayer) JointShape(in [][]int) ([]int, error) {
	out := slices.Clone(in[0])
	axis := l.Axis - 1
	if l.Axis == 0 || l.Axis == -1 {
		axis = len(out) - 1
	}
	if axis < 0 || axis >= len(out) {
		return nil, fmt.Errorf("expected an axis from 1 to %d, or -1. Got %d", len(out), l.Axis)
	}
	for _, shape := range in[1:] {
		same := len(shape) == len(out)
		for i := range shape {
			same = same && (i == axis || shape[i] == out[i])
		}
		if !same {
			return nil, fmt.Errorf("expected values that differ only along axis %d. Got %s and %s",
				axis+1, extent.Dims(in[0]), extent.Dims(shape))
		}
		out[axis] += shape[axis]
	}
	return out, nil
}

// Apply returns x.
func (l *ConcatenateLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

// Join joins the inputs, in the type of the widest of them: it computes nothing, so that token ids
// among them stay exact.
func (l *ConcatenateLayer) Join(_ *model.Scope, x []*graph.Node) *graph.Node {
	axis := l.Axis
	if axis == 0 {
		axis = -1
	}
	widest := x[0].DType()
	for _, v := range x[1:] {
		if d := v.DType(); d.IsFloat() && (!widest.IsFloat() || d.Size() > widest.Size()) {
			widest = d
		}
	}
	same := make([]*graph.Node, len(x))
	for i, v := range x {
		same[i] = graph.ConvertDType(v, widest)
	}
	return graph.Concatenate(same, axis)
}
