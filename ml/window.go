package ml

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Padding says what windows do at the edges, by Keras's name.
type Padding string

// The paddings: Valid, the default, has only windows that lie within the input; Same pads so that the output is as large as the input
// divided by the stride, rounded up.
const (
	Valid Padding = ""
	Same  Padding = "same"
)

// Set sets the padding.
func (p Padding) Set(s *Settings) { s.Padding = p }

// ConvOption says that convolutions take a Padding.
func (Padding) ConvOption() {}

// PoolOption says that pooling takes a Padding.
func (Padding) PoolOption() {}

// Strides is how far windows lie apart along each axis; one number means the same along all.
func Strides(strides ...int) StrideOption { return StrideOption{strides} }

// StrideOption is what Strides returns, an option of convolutions and pooling.
type StrideOption struct{ strides []int }

// Set sets the strides.
func (o StrideOption) Set(s *Settings) { s.Strides = o.strides }

// ConvOption says that convolutions take Strides.
func (StrideOption) ConvOption() {}

// PoolOption says that pooling takes Strides.
func (StrideOption) PoolOption() {}

// window slides over the two axes in the middle of [batch, height, width, channels]. What has one axis is taken as having a height of 1.
type window struct {
	size, stride [2]int
	padding      Padding
}

// newWindow reads sizes of so many axes; strides that are nil are standard's.
func newWindow(axes int, sizes, strides, standard []int, padding Padding) (w window, err error) {
	read := func(what string, given []int) (pair [2]int, err error) {
		if len(given) != 1 && len(given) != axes {
			return pair, fmt.Errorf("expected %s as one number or %d. Got %v", what, axes, given)
		}
		pair = [2]int{1, 1}
		for i := range axes {
			v := given[min(i, len(given)-1)]
			if v <= 0 {
				return pair, fmt.Errorf("expected a positive %s. Got %v", what, given)
			}
			pair[2-axes+i] = v
		}
		return pair, nil
	}
	if padding != Valid && padding != Same {
		return w, fmt.Errorf("expected padding %q or none. Got %q", Same, padding)
	}
	if strides == nil {
		strides = standard
	}
	if w.size, err = read("window size", sizes); err != nil {
		return w, err
	}
	w.stride, err = read("stride", strides)
	w.padding = padding
	return w, err
}

// out is the number of windows along an axis (0 or 1) of the given length, and the padding before and behind it, TensorFlow's way.
func (w window) out(axis, length int) (n, before, behind int) {
	size, stride := w.size[axis], w.stride[axis]
	if w.padding == Same {
		n = (length + stride - 1) / stride
		pad := max(0, (n-1)*stride+size-length)
		return n, pad / 2, pad - pad/2
	}
	return max(0, (length-size)/stride+1), 0, 0
}

// pad adds the padding to x.
func (w window) pad(x *graph.Node, fill float64) *graph.Node {
	for a := range 2 {
		_, before, behind := w.out(a, x.Shape().Dim(1+a))
		x = extend(x, 1+a, before, behind, fill)
	}
	return x
}

// extend puts constant values before and behind x along an axis, by joining them on: GoMLX's Pad has no gradient.
func extend(x *graph.Node, axis, before, behind int, fill float64) *graph.Node {
	edge := func(n int) *graph.Node {
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = n
		return graph.FillScalar(x.Graph(), shape, fill)
	}
	pieces := []*graph.Node{x}
	if before > 0 {
		pieces = append([]*graph.Node{edge(before)}, pieces...)
	}
	if behind > 0 {
		pieces = append(pieces, edge(behind))
	}
	if len(pieces) == 1 {
		return x
	}
	return graph.Concatenate(pieces, axis)
}

// shapeOf is a shape of x's type.
func shapeOf(x *graph.Node, dims ...int) shapes.Shape { return shapes.Make(x.DType(), dims...) }

// views returns for each position in the window what lies there in all windows, [batch, rows, columns, channels]: together they are
// the windows' contents. x is padded; rows and columns are how many windows are wanted.
func (w window) views(x *graph.Node, rows, columns int) []*graph.Node {
	var all []*graph.Node
	span := func(at, n, stride int) graph.SliceAxisSpec {
		s := graph.AxisRange(at, at+(n-1)*stride+1)
		if stride > 1 {
			s = s.Stride(stride)
		}
		return s
	}
	for i := range w.size[0] {
		for j := range w.size[1] {
			all = append(all, graph.Slice(x, graph.AxisRange(), span(i, rows, w.stride[0]), span(j, columns, w.stride[1]), graph.AxisRange()))
		}
	}
	return all
}

// plane gives what has one axis between batch and channels a second one, of length 1.
func plane(x *graph.Node) *graph.Node {
	if x.Shape().Rank() == 4 {
		return x
	}
	return graph.InsertAxes(x, 1)
}
