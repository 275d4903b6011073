package ops

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Window slides over the two axes in the middle of [batch, height, width, channels]. Sequences,
// which have one such axis, are taken as images of height 1.
type Window struct {
	// Size and Stride, the distance between windows, are in the order height, width.
	Size, Stride [2]int
	// Same pads the input, so that the output has its size divided by the stride, rounded up.
	Same bool
}

// NewWindow makes a window over one or two axes. Sizes and strides have one number for each axis,
// or one for all. If strides is nil, standard takes its place.
func NewWindow(axes int, sizes, strides, standard []int, same bool) (w Window, err error) {
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
	if strides == nil {
		strides = standard
	}
	if w.Size, err = read("window size", sizes); err != nil {
		return w, err
	}
	w.Stride, err = read("stride", strides)
	w.Same = same
	return w, err
}

// Out returns the number of windows along an axis (0 or 1) of the given length, and the padding
// before and behind it, as TensorFlow computes them.
func (w Window) Out(axis, length int) (n, before, behind int) {
	size, stride := w.Size[axis], w.Stride[axis]
	if w.Same {
		n = (length + stride - 1) / stride
		pad := max(0, (n-1)*stride+size-length)
		return n, pad / 2, pad - pad/2
	}
	return max(0, (length-size)/stride+1), 0, 0
}

// Pad adds the padding to x, with the value fill.
func (w Window) Pad(x *graph.Node, fill float64) *graph.Node {
	for a := range 2 {
		_, before, behind := w.Out(a, x.Shape().Dim(1+a))
		x = Extend(x, 1+a, before, behind, fill)
	}
	return x
}

// Extend adds elements of the value fill to x along an axis: the given numbers before and behind
// it. It uses Concatenate, because GoMLX's Pad has no gradient.
func Extend(x *graph.Node, axis, before, behind int, fill float64) *graph.Node {
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

// Views returns, for each place in the window, what all windows have there, [batch, rows, columns,
// channels]. Together that is what the windows contain. x must be padded. Rows and columns are the
// numbers of windows that are wanted.
func (w Window) Views(x *graph.Node, rows, columns int) []*graph.Node {
	var all []*graph.Node
	span := func(at, n, stride int) graph.SliceAxisSpec {
		s := graph.AxisRange(at, at+(n-1)*stride+1)
		if stride > 1 {
			s = s.Stride(stride)
		}
		return s
	}
	for i := range w.Size[0] {
		for j := range w.Size[1] {
			all = append(all, graph.Slice(x, graph.AxisRange(), span(i, rows, w.Stride[0]),
				span(j, columns, w.Stride[1]), graph.AxisRange()))
		}
	}
	return all
}

// Plane returns x with two axes between batch and channels: sequences get a first one of length 1.
func Plane(x *graph.Node) *graph.Node {
	if x.Shape().Rank() == 4 {
		return x
	}
	return graph.InsertAxes(x, 1)
}
