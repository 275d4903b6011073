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
	Register("SeparableConv1D", func() contract.Layer { return new(SeparableConvolutionLayer) })
	Register("SeparableConv2D", func() contract.Layer { return new(SeparableConvolutionLayer) })
}

// DepthwiseConvolutionLayer slides a kernel over each channel by itself (Chollet 2017): output [batch, height, width, channels·Multiplier], the
// results for a channel side by side. See ConvolutionLayer for the rest; Filters does not matter.
type DepthwiseConvolutionLayer struct {
	ConvolutionLayer
	// Multiplier is the number of results for each channel, 1 by default.
	Multiplier int `json:"multiplier,omitempty"`
}

// DepthwiseConv2D returns a convolution of each channel of images with a square window: DepthwiseConv2D(3, layers.ReLU). See
// DepthwiseConvolutionLayer.
func DepthwiseConv2D(size int, options ...ConvOption) *DepthwiseConvolutionLayer {
	return &DepthwiseConvolutionLayer{ConvolutionLayer: *newConvolution(2, 1, size, options)}
}

// On applies the layer to a value of a model that is being put together. See contract.On.
func (l *DepthwiseConvolutionLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

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

// Apply computes the layer with the variables kernel [size..., channels, Multiplier] and bias [channels·Multiplier].
func (l *DepthwiseConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		return l.finish(scope, l.depthwise(scope, "kernel", w, x, l.multiplier()), nil)
	})
}

// depthwise computes the convolution of each channel, before bias and activation.
func (l *ConvolutionLayer) depthwise(scope *model.Scope, name string, w ops.Window, x *graph.Node, multiplier int) *graph.Node {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(3)
	rows, _, _ := w.Out(0, x.Shape().Dim(1))
	columns, _, _ := w.Out(1, x.Shape().Dim(2))
	shape := append(slices.Clone(w.Size[2-l.Axes:]), channels, multiplier)
	kernel := graph.Reshape(contract.Weight(scope, name, l.Initializer.Or(initializers.GlorotUniform), x, shape...), w.Size[0]*w.Size[1], channels, multiplier)
	var sum *graph.Node
	for i, view := range w.Views(w.Pad(x, 0), rows, columns) {
		part := graph.Reshape(graph.SliceAxis(kernel, 0, graph.AxisElem(i)), 1, 1, 1, channels, multiplier)
		term := graph.Mul(graph.InsertAxes(view, -1), part)
		if sum == nil {
			sum = term
		} else {
			sum = graph.Add(sum, term)
		}
	}
	return graph.Reshape(sum, batch, rows, columns, channels*multiplier)
}

// SeparableConvolutionLayer is a depthwise convolution and a mixture of the channels at each place, Filters of them, with one bias and
// activation behind both (Chollet 2017). An Initializer or Penalty is for both kernels.
type SeparableConvolutionLayer struct {
	ConvolutionLayer
	// Multiplier is the number of results for each channel between the two, 1 by default.
	Multiplier int `json:"multiplier,omitempty"`
}

// SeparableConv2D returns a separable convolution of images with so many filters and a square window. See SeparableConvolutionLayer.
func SeparableConv2D(filters, size int, options ...ConvOption) *SeparableConvolutionLayer {
	return &SeparableConvolutionLayer{ConvolutionLayer: *newConvolution(2, filters, size, options)}
}

// SeparableConv1D returns a separable convolution of sequences. See SeparableConvolutionLayer.
func SeparableConv1D(filters, size int, options ...ConvOption) *SeparableConvolutionLayer {
	return &SeparableConvolutionLayer{ConvolutionLayer: *newConvolution(1, filters, size, options)}
}

// On applies the layer to a value of a model that is being put together. See contract.On.
func (l *SeparableConvolutionLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "SeparableConv1D" or "SeparableConv2D".
func (l *SeparableConvolutionLayer) Kind() string { return fmt.Sprintf("SeparableConv%dD", l.Axes) }

// String returns the layer as its constructor was called.
func (l *SeparableConvolutionLayer) String() string { return l.text(l.Kind(), true) }

// OutputShape returns [(height,) width, Filters].
func (l *SeparableConvolutionLayer) OutputShape(in []int) ([]int, error) {
	if l.Multiplier < 0 {
		return nil, fmt.Errorf("expected a multiplier above 0. Got %d", l.Multiplier)
	}
	return l.ConvolutionLayer.OutputShape(in)
}

// Apply computes the layer with the variables depthwise_kernel [size..., channels, Multiplier], pointwise_kernel [1..., channels·Multiplier,
// Filters] and bias [Filters].
func (l *SeparableConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		y := l.depthwise(scope, "depthwise_kernel", w, x, max(1, l.Multiplier))
		shape := y.Shape().Dimensions
		ones := slices.Repeat([]int{1}, l.Axes)
		point := contract.Weight(scope, "pointwise_kernel", l.Initializer.Or(initializers.GlorotUniform), x, append(ones, shape[3], l.Filters)...)
		y = graph.MatMul(graph.Reshape(y, shape[0]*shape[1]*shape[2], shape[3]), graph.Reshape(point, shape[3], l.Filters))
		return l.finish(scope, graph.Reshape(y, shape[0], shape[1], shape[2], l.Filters), nil)
	})
}

// RegularizationLoss is what the penalties of its kernels add to the loss.
func (l *SeparableConvolutionLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return ops.Sum(l.Penalty.Of(scope.GetVariable("depthwise_kernel"), g), l.Penalty.Of(scope.GetVariable("pointwise_kernel"), g))
}

// Fuse returns nil: it is the plain convolution that is computed together with a pooling.
func (l *DepthwiseConvolutionLayer) Fuse(contract.Layer) func(scope *model.Scope, x *graph.Node) *graph.Node {
	return nil
}

// Fuse returns nil: it is the plain convolution that is computed together with a pooling.
func (l *SeparableConvolutionLayer) Fuse(contract.Layer) func(scope *model.Scope, x *graph.Node) *graph.Node {
	return nil
}
