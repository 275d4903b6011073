package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("Conv1DTranspose", func() contract.Layer { return new(TransposedConvolutionLayer) })
	Register("Conv2DTranspose", func() contract.Layer { return new(TransposedConvolutionLayer) })
}

// TransposedConvolutionLayer goes from the output of a convolution back to its input (Zeiler et al.
// 2010): each place of the input adds the kernel, multiplied by its value, to a window of the
// output. Windows are Strides apart. The output is Strides times as large as the input; with Valid
// padding, the part of the last window that exceeds the stride is added to that. See
// ConvolutionLayer for the rest.
type TransposedConvolutionLayer struct{ ConvolutionLayer }

// Conv2DTranspose returns a transposed convolution of images with the given number of filters and a
// square window: Conv2DTranspose(8, 3, layers.Strides(2), layers.Same) doubles height and width.
// See TransposedConvolutionLayer.
func Conv2DTranspose(filters, size int, options ...ConvOption) *TransposedConvolutionLayer {
	return &TransposedConvolutionLayer{*newConvolution(2, filters, size, options)}
}

// Conv1DTranspose returns a transposed convolution of sequences with the given number of filters
// and size of the window. See TransposedConvolutionLayer.
func Conv1DTranspose(filters, size int, options ...ConvOption) *TransposedConvolutionLayer {
	return &TransposedConvolutionLayer{*newConvolution(1, filters, size, options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *TransposedConvolutionLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "Conv1DTranspose" or "Conv2DTranspose".
func (l *TransposedConvolutionLayer) Kind() string {
	return fmt.Sprintf("Conv%dDTranspose", l.Axes)
}

// String returns the layer as its constructor was called.
func (l *TransposedConvolutionLayer) String() string { return l.text(l.Kind(), true) }

// spread returns the length of an axis after transposed windows, and how much is cut off at its
// beginning.
func spread(w ops.Window, axis, length int) (n, cut int) {
	rest := max(w.Size[axis]-w.Stride[axis], 0)
	if w.Same {
		return length * w.Stride[axis], rest / 2
	}
	return length*w.Stride[axis] + rest, 0
}

// OutputShape returns [(height,) width, Filters].
func (l *TransposedConvolutionLayer) OutputShape(in []int) ([]int, error) {
	w, err := l.check()
	if err != nil {
		return nil, err
	}
	if len(in) != l.Axes+1 {
		return nil, fmt.Errorf("expected input of %d axes and channels. Got %s", l.Axes,
			extent.Dims(in))
	}
	var out []int
	for i := range l.Axes {
		n, _ := spread(w, 2-l.Axes+i, in[i])
		out = append(out, n)
	}
	return append(out, l.Filters), nil
}

// Apply computes the layer with the variables kernel, [size..., Filters, channels], and bias,
// [Filters]. It multiplies all places by the kernel at once. Those rows and columns of the output
// whose numbers have the same remainder by the stride are sums of shifted results. They are
// computed together, and then interleaved.
func (l *TransposedConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		dims := x.Shape().Dimensions
		batch, height, width, channels := dims[0], dims[1], dims[2], dims[3]
		size, stride := w.Size, w.Stride
		shape := append(slices.Clone(size[2-l.Axes:]), l.Filters, channels)
		init := l.Initializer.Or(initializers.GlorotUniform)
		kernel := contract.Weight(scope, "kernel", init, x, shape...)
		kernel = graph.Transpose(graph.Reshape(kernel, size[0]*size[1]*l.Filters, channels), 0, 1)
		products := graph.MatMul(graph.Reshape(x, batch*height*width, channels), kernel)
		products = graph.Reshape(products, batch, height, width, size[0]*size[1], l.Filters)
		// shifts is how many results overlap along an axis, at most.
		shifts := [2]int{
			(size[0] + stride[0] - 1) / stride[0],
			(size[1] + stride[1] - 1) / stride[1],
		}
		rows, columns := height+shifts[0]-1, width+shifts[1]-1
		var phases []*graph.Node
		for a := range stride[0] {
			for b := range stride[1] {
				phases = append(phases, l.phase(products, w, shifts, a, b))
			}
		}
		y := graph.Stack(phases, 3)
		y = graph.Reshape(y, batch, rows, columns, stride[0], stride[1], l.Filters)
		y = graph.TransposeAllAxes(y, 0, 1, 3, 2, 4, 5)
		y = graph.Reshape(y, batch, rows*stride[0], columns*stride[1], l.Filters)
		for i, length := range []int{height, width} {
			n, cut := spread(w, i, length)
			y = graph.SliceAxis(y, 1+i, graph.AxisRange(cut, cut+n))
		}
		return l.finish(scope, y, nil)
	})
}

// phase computes the rows a, a+stride, ... and columns b, b+stride, ... of the output.
func (l *TransposedConvolutionLayer) phase(
	products *graph.Node, w ops.Window, shifts [2]int, a, b int,
) *graph.Node {
	dims := products.Shape().Dimensions
	rows, columns := dims[1]+shifts[0]-1, dims[2]+shifts[1]-1
	shape := shapes.Make(products.DType(), dims[0], rows, columns, l.Filters)
	sum := graph.Zeros(products.Graph(), shape)
	for p := range shifts[0] {
		for q := range shifts[1] {
			i, j := a+p*w.Stride[0], b+q*w.Stride[1]
			if i >= w.Size[0] || j >= w.Size[1] {
				continue
			}
			part := graph.Squeeze(graph.SliceAxis(products, 3, graph.AxisElem(i*w.Size[1]+j)), 3)
			part = ops.Extend(part, 1, p, shifts[0]-1-p, 0)
			sum = graph.Add(sum, ops.Extend(part, 2, q, shifts[1]-1-q, 0))
		}
	}
	return sum
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (l *TransposedConvolutionLayer) RegularizationLoss(
	scope *model.Scope, g *graph.Graph,
) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("kernel"), g)
}
