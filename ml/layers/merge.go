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
	Register("Add", func() contract.Layer { return new(MergeLayer) })
	Register("Subtract", func() contract.Layer { return new(MergeLayer) })
	Register("Multiply", func() contract.Layer { return new(MergeLayer) })
	Register("Average", func() contract.Layer { return new(MergeLayer) })
	Register("Maximum", func() contract.Layer { return new(MergeLayer) })
	Register("Minimum", func() contract.Layer { return new(MergeLayer) })
	Register("Concatenate", func() contract.Layer { return new(ConcatenateLayer) })
}

// MergeLayer makes one value of several of the same shape, element by element. Axes of length 1 are stretched to the others' length, as in
// Keras.
type MergeLayer struct {
	// Operation is how: "Add", "Subtract", "Multiply", "Average", "Maximum" or "Minimum".
	Operation string `json:"operation"`
	// Name is the layer's name in the model; empty means add, add_1, ...
	Name string `json:"name,omitempty"`
}

func merge(operation string, options []PlainOption) *MergeLayer {
	return &MergeLayer{Operation: operation, Name: named(options)}
}

// Add returns a layer that adds values up, as a residual block does: layers.Add().On(x, h). See MergeLayer.
func Add(options ...PlainOption) *MergeLayer { return merge("Add", options) }

// Subtract returns a layer that takes the second of two values from the first. See MergeLayer.
func Subtract(options ...PlainOption) *MergeLayer { return merge("Subtract", options) }

// Multiply returns a layer that multiplies values. See MergeLayer.
func Multiply(options ...PlainOption) *MergeLayer { return merge("Multiply", options) }

// Mean returns a layer that takes the mean of values, Keras's Average. See MergeLayer.
func Mean(options ...PlainOption) *MergeLayer { return merge("Average", options) }

// Maximum returns a layer that takes the largest of values. See MergeLayer.
func Maximum(options ...PlainOption) *MergeLayer { return merge("Maximum", options) }

// Minimum returns a layer that takes the smallest of values. See MergeLayer.
func Minimum(options ...PlainOption) *MergeLayer { return merge("Minimum", options) }

// On applies the layer to values of a model that is being put together. See contract.On.
func (l *MergeLayer) On(x ...*contract.Tensor) *contract.Tensor { return contract.On(l, x...) }

// Kind returns the operation.
func (l *MergeLayer) Kind() string { return l.Operation }

// String returns the layer as its constructor was called.
func (l *MergeLayer) String() string {
	if l.Operation == "Average" {
		return "Mean()"
	}
	return l.Operation + "()"
}

// Autocast is true: the layer computes in the type of the model's policy.
func (*MergeLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *MergeLayer) OutputShape(in []int) ([]int, error) { return l.JointShape([][]int{in}) }

// JointShape returns the shape to which all of in can be stretched.
func (l *MergeLayer) JointShape(in [][]int) ([]int, error) {
	if l.Operation == "Subtract" && len(in) != 2 {
		return nil, fmt.Errorf("expected two values. Got %d", len(in))
	}
	if merges[l.Operation] == nil {
		return nil, fmt.Errorf("expected an operation among Add, Subtract, Multiply, Average, Maximum and Minimum. Got %q", l.Operation)
	}
	out := slices.Clone(in[0])
	for _, shape := range in[1:] {
		if len(shape) != len(out) {
			return nil, fmt.Errorf("expected values with as many axes. Got %s and %s", extent.Dims(in[0]), extent.Dims(shape))
		}
		for i, d := range shape {
			switch {
			case out[i] == 1:
				out[i] = d
			case d != 1 && d != out[i]:
				return nil, fmt.Errorf("expected values of one shape, or with 1 where they differ. Got %s and %s", extent.Dims(in[0]), extent.Dims(shape))
			}
		}
	}
	return out, nil
}

// merges are the operations on two values; Average adds first.
var merges = map[string]func(a, b *graph.Node) *graph.Node{
	"Add": graph.Add, "Subtract": graph.Sub, "Multiply": graph.Mul, "Average": graph.Add, "Maximum": graph.Max, "Minimum": graph.Min,
}

// Apply returns x.
func (l *MergeLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

// Join merges the values.
func (l *MergeLayer) Join(_ *model.Scope, x []*graph.Node) *graph.Node {
	sum := x[0]
	for _, v := range x[1:] {
		sum = merges[l.Operation](sum, v)
	}
	if l.Operation == "Average" {
		sum = graph.DivScalar(sum, float64(len(x)))
	}
	return sum
}

// ConcatenateLayer joins values along an axis; their other axes must be of the same lengths.
type ConcatenateLayer struct {
	// Axis counts the axes of one example from 1, as the batch is axis 0; 0 and -1 mean the last, the default.
	Axis int `json:"axis,omitempty"`
	// Name is the layer's name in the model; empty means concatenate, concatenate_1, ...
	Name string `json:"name,omitempty"`
}

// Concatenate returns a layer that joins values along their last axis: layers.Concatenate().On(a, b). See ConcatenateLayer.
func Concatenate(options ...PlainOption) *ConcatenateLayer {
	return &ConcatenateLayer{Name: named(options)}
}

// On applies the layer to values of a model that is being put together. See contract.On.
func (l *ConcatenateLayer) On(x ...*contract.Tensor) *contract.Tensor { return contract.On(l, x...) }

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

// JointShape adds up the lengths of the axis.
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
			return nil, fmt.Errorf("expected values that differ only along axis %d. Got %s and %s", axis+1, extent.Dims(in[0]), extent.Dims(shape))
		}
		out[axis] += shape[axis]
	}
	return out, nil
}

// Apply returns x.
func (l *ConcatenateLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

// Join joins the values, in the type of the widest of them: it computes nothing, so that token ids
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
