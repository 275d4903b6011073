package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("DepthwiseConv2D", func() contract.Layer { return new(DepthwiseConvolutionLayer) })
}

// DepthwiseConvolutionLayer slides kernels over each channel by itself (Chollet 2017). The output
// is [batch, height, width, channels·Multiplier], with the results for a channel side by side. See
// ConvolutionLayer for the rest; Filters has no effect.
type DepthwiseConvolutionLayer struct {
	ConvolutionLayer
	// Multiplier is the number of kernels, and so of results, for each channel; 1 by default.
	Multiplier int `json:"multiplier,omitempty"`
}

// DepthwiseConv2D returns a convolution of each channel of images by itself, with a square window:
// DepthwiseConv2D(3, layers.ReLU). See DepthwiseConvolutionLayer.
func DepthwiseConv2D(size int, options ...ConvOption) *DepthwiseConvolutionLayer {
	return &DepthwiseConvolutionLayer{ConvolutionLayer: *newConvolution(2, 1, size, options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *DepthwiseConvolutionLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "DepthwiseConv2D".
func (l *DepthwiseConvolutionLayer) Kind() string { return fmt.Sprintf("DepthwiseConv%dD", l.Axes) }

// String returns the layer as its constructor was called.
func (l *DepthwiseConvolutionLayer) String() string { return l.text(l.Kind(), false) }

func (l *DepthwiseConvolutionLayer) multiplier() int { return max(1, l.Multiplier) }

// OutputShape returns [height, width, channels·Multiplier].
func (l *DepthwiseConvolutionLayer) OutputShape(in []int) ([]int, error) {
	if l.Multiplier < 0 {
		return nil, fmt.Errorf("expected a multiplier above 0. Got %d", l.Multiplier)
	}
	out, err := l.ConvolutionLayer.OutputShape(in)
	if err == nil {
		out[len(out)-1] = in[len(in)-1] * l.multiplier()
	}
	return out, err
}

// Apply computes the layer with the variables kernel, [size..., channels, Multiplier], and bias,
// [channels·Multiplier].
func (l *DepthwiseConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		return l.finish(scope, l.depthwise(scope, "kernel", w, x, l.multiplier()), nil)
	})
}

// depthwise computes the convolution of each channel, before bias and activation.
func (l *ConvolutionLayer) depthwise(
	scope *model.Scope, name string, w ops.Window, x *graph.Node, multiplier int,
) *graph.Node {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(3)
	rows, _, _ := w.Out(0, x.Shape().Dim(1))
	columns, _, _ := w.Out(1, x.Shape().Dim(2))
	shape := append(slices.Clone(w.Size[2-l.Axes:]), channels, multiplier)
	init := l.Initializer.Or(initializers.GlorotUniform)
	kernel := contract.Weight(scope, name, init, x, shape...)
	kernel = graph.Reshape(kernel, w.Size[0]*w.Size[1], channels, multiplier)
	var sum *graph.Node
	for i, view := range w.Views(w.Pad(x, 0), rows, columns) {
		part := graph.SliceAxis(kernel, 0, graph.AxisElem(i))
		part = graph.Reshape(part, 1, 1, 1, channels, multiplier)
		term := graph.Mul(graph.InsertAxes(view, -1), part)
		if sum == nil {
			sum = term
		} else {
			sum = graph.Add(sum, term)
		}
	}
	return graph.Reshape(sum, batch, rows, columns, channels*multiplier)
}
