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
	Register("SeparableConv1D", func() contract.Layer { return new(SeparableConvolutionLayer) })
	Register("SeparableConv2D", func() contract.Layer { return new(SeparableConvolutionLayer) })
}

// SeparableConvolutionLayer is a depthwise convolution, then Filters mixtures of the channels at
// each place, then one bias and one activation (Chollet 2017). An Initializer or a Penalty applies
// to both kernels.
type SeparableConvolutionLayer struct {
	ConvolutionLayer
	// Multiplier is the number of results of the depthwise convolution for each channel, 1 by
	// default.
	Multiplier int `json:"multiplier,omitempty"`
}

// SeparableConv2D returns a separable convolution of images with the given number of filters and a
// square window. See SeparableConvolutionLayer.
func SeparableConv2D(filters, size int, options ...ConvOption) *SeparableConvolutionLayer {
	return &SeparableConvolutionLayer{ConvolutionLayer: *newConvolution(2, filters, size, options)}
}

// SeparableConv1D returns a separable convolution of sequences with the given number of filters and
// size of the window. See SeparableConvolutionLayer.
func SeparableConv1D(filters, size int, options ...ConvOption) *SeparableConvolutionLayer {
	return &SeparableConvolutionLayer{ConvolutionLayer: *newConvolution(1, filters, size, options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *SeparableConvolutionLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

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

// Apply computes the layer with the variables depthwise_kernel, [size..., channels, Multiplier],
// pointwise_kernel, [1..., channels·Multiplier, Filters], and bias, [Filters].
func (l *SeparableConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		y := l.depthwise(scope, "depthwise_kernel", w, x, max(1, l.Multiplier))
		shape := y.Shape().Dimensions
		ones := slices.Repeat([]int{1}, l.Axes)
		init, dims := l.Initializer.Or(initializers.GlorotUniform),
			append(ones, shape[3], l.Filters)
		point := contract.Weight(scope, "pointwise_kernel", init, x, dims...)
		y = graph.Reshape(y, shape[0]*shape[1]*shape[2], shape[3])
		y = graph.MatMul(y, graph.Reshape(point, shape[3], l.Filters))
		return l.finish(scope, graph.Reshape(y, shape[0], shape[1], shape[2], l.Filters), nil)
	})
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (l *SeparableConvolutionLayer) RegularizationLoss(
	scope *model.Scope, g *graph.Graph,
) *graph.Node {
	return ops.Sum(l.Penalty.Of(scope.GetVariable("depthwise_kernel"), g),
		l.Penalty.Of(scope.GetVariable("pointwise_kernel"), g))
}
