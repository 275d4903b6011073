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
}

// MergeLayer combines inputs of the same shape into one, element by element. As in Keras, axes of
// length 1 are stretched to the length that the others have.
type MergeLayer struct {
	// Operation is "Add", "Subtract", "Multiply", "Average", "Maximum" or "Minimum".
	Operation string `json:"operation"`
	// Name is the layer's name in the model; empty means add, add_1, ...
	Name string `json:"name,omitempty"`
}

func merge(operation string, options []PlainOption) *MergeLayer {
	return &MergeLayer{Operation: operation, Name: named(options)}
}

// Add returns a layer that adds its inputs, as a residual block does: layers.Add().On(x, h). See
// MergeLayer.
func Add(options ...PlainOption) *MergeLayer { return merge("Add", options) }

// Subtract returns a layer that subtracts the second of two inputs from the first. See MergeLayer.
func Subtract(options ...PlainOption) *MergeLayer { return merge("Subtract", options) }

// Multiply returns a layer that multiplies its inputs. See MergeLayer.
func Multiply(options ...PlainOption) *MergeLayer { return merge("Multiply", options) }

// Mean returns a layer that computes the mean of its inputs, Keras's Average. See MergeLayer.
func Mean(options ...PlainOption) *MergeLayer { return merge("Average", options) }

// Maximum returns a layer that takes the largest of its inputs at each element. See MergeLayer.
func Maximum(options ...PlainOption) *MergeLayer { return merge("Maximum", options) }

// Minimum returns a layer that takes the smallest of its inputs at each element. See MergeLayer.
func Minimum(options ...PlainOption) *MergeLayer { return merge("Minimum", options) }

// On applies the layer to tensors of a functional model. See contract.On.
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

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*MergeLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *MergeLayer) OutputShape(in []int) ([]int, error) { return l.JointShape([][]int{in}) }

// JointShape returns the shape that all inputs can be stretched to.
func (l *MergeLayer) JointShape(in [][]int) ([]int, error) {
	if l.Operation == "Subtract" && len(in) != 2 {
		return nil, fmt.Errorf("expected two values. Got %d", len(in))
	}
	if merges[l.Operation] == nil {
		return nil, fmt.Errorf("expected an operation among Add, Subtract, Multiply, Average, Maximum and Minimum. Got %q",
			l.Operation)
	}
	out := slices.Clone(in[0])
	for _, shape := range in[1:] {
		if len(shape) != len(out) {
			return nil, fmt.Errorf("expected values with as many axes. Got %s and %s",
				extent.Dims(in[0]), extent.Dims(shape))
		}
		for i, d := range shape {
			switch {
			case out[i] == 1:
				out[i] = d
			case d != 1 && d != out[i]:
				return nil, fmt.Errorf("expected values of one shape, or with 1 where they differ. Got %s and %s",
					extent.Dims(in[0]), extent.Dims(shape))
			}
		}
	}
	return out, nil
}

// merges are the operations on two inputs. Average adds first, and divides at the end.
var merges = map[string]func(a, b *graph.Node) *graph.Node{
	"Add": graph.Add, "Subtract": graph.Sub, "Multiply": graph.Mul, "Average": graph.Add,
	"Maximum": graph.Max, "Minimum": graph.Min,
}

// Apply returns x.
func (l *MergeLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

// Join combines the inputs.
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
