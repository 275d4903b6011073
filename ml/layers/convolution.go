package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func init() {
	Register("Conv1D", func() contract.Layer { return new(ConvolutionLayer) })
	Register("Conv2D", func() contract.Layer { return new(ConvolutionLayer) })
}

// ConvolutionLayer slides a kernel over one or two axes, then adds the bias and applies the
// activation: input [batch, (height,) width, channels], kernel [size..., channels, filters], output
// [batch, (height,) width, filters]. The kernel starts Glorot-uniform, the bias zero.
//
// It is computed as one matrix product of the kernel and the contents of the windows, laid out in
// columns. The convolutions of XLA on a CPU and of the Go backend take several times as long.
type ConvolutionLayer struct {
	// Axes is 1 for Conv1D and 2 for Conv2D.
	Axes int `json:"axes"`
	// Filters is the number of output channels.
	Filters int `json:"filters"`
	// Size is that of the window: a number for each axis, or one for all axes.
	Size []int `json:"size"`
	// Strides are the distances between windows, as Size; 1 by default.
	Strides []int `json:"strides,omitempty"`
	// Padding is Valid by default.
	Padding Padding `json:"padding,omitempty"`
	// Activation comes after the bias; empty means none.
	Activation Activation `json:"activation,omitempty"`
	// NoBias leaves the bias out.
	NoBias bool `json:"no_bias,omitempty"`
	// Initializer is that of the kernel, GlorotUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty is that of the kernel; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's name in the model; empty means conv2d, conv2d_1, ...
	Name string `json:"name,omitempty"`
}

// Conv2D returns a convolution of images, [batch, height, width, channels], with the given number
// of filters and a square window: Conv2D(32, 3, layers.ReLU). See ConvolutionLayer.
func Conv2D(filters, size int, options ...ConvOption) *ConvolutionLayer {
	return newConvolution(2, filters, size, options)
}

// Conv1D returns a convolution of sequences, [batch, steps, channels], with the given number of
// filters and size of the window. See ConvolutionLayer.
func Conv1D(filters, size int, options ...ConvOption) *ConvolutionLayer {
	return newConvolution(1, filters, size, options)
}

func newConvolution(axes, filters, size int, options []ConvOption) *ConvolutionLayer {
	s := Read(options)
	if s.KernelSize == nil {
		s.KernelSize = []int{size}
	}
	return &ConvolutionLayer{
		Axes: axes, Filters: filters, Size: s.KernelSize, Strides: s.Strides, Padding: s.Padding,
		Activation: s.Activation, NoBias: s.NoBias, Initializer: s.Initializer, Penalty: s.Penalty,
		Name: s.Name,
	}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *ConvolutionLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Conv1D" or "Conv2D".
func (l *ConvolutionLayer) Kind() string { return fmt.Sprintf("Conv%dD", l.Axes) }

// String returns the layer as its constructor was called.
func (l *ConvolutionLayer) String() string { return l.text(l.Kind(), true) }

// text returns the layer as the constructor of a kind was called. Filters says whether that takes a
// number of filters.
func (l *ConvolutionLayer) text(kind string, filters bool) string {
	s := kind + "("
	if filters {
		s += fmt.Sprintf("%d, ", l.Filters)
	}
	s += sizes(l.Size)
	if l.Strides != nil {
		s += ", strides " + sizes(l.Strides)
	}
	for _, option := range []string{string(l.Padding), string(l.Activation)} {
		if option != "" {
			s += ", " + option
		}
	}
	if l.NoBias {
		s += ", no bias"
	}
	return s + ")"
}

func (l *ConvolutionLayer) window() (ops.Window, error) {
	same, err := l.Padding.same()
	if err != nil {
		return ops.Window{}, err
	}
	return ops.NewWindow(l.Axes, l.Size, l.Strides, []int{1}, same)
}

// check says what is wrong with the layer's settings.
func (l *ConvolutionLayer) check() (ops.Window, error) {
	w, err := l.window()
	if err != nil {
		return w, err
	}
	if l.Filters <= 0 {
		return w, fmt.Errorf("expected a positive number of filters. Got %d", l.Filters)
	}
	return w, checkAll(l.Activation, l.Initializer, l.Penalty)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*ConvolutionLayer) Autocast() bool { return true }

// OutputShape returns [(height,) width, filters].
func (l *ConvolutionLayer) OutputShape(in []int) ([]int, error) {
	w, err := l.check()
	if err != nil {
		return nil, err
	}
	return windowedShape(w, l.Axes, in, l.Filters)
}

// Apply computes the layer with the variables kernel, [size..., channels, Filters], and bias,
// [Filters].
func (l *ConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		rows, _, _ := w.Out(0, x.Shape().Dim(1))
		columns, _, _ := w.Out(1, x.Shape().Dim(2))
		y, p := l.convolve(scope, w, x, rows, columns)
		return l.finish(scope, y, p)
	})
}

// onPlane calls f with x as a batch with two axes in the middle, and returns the result with as
// many axes as x.
func (l *ConvolutionLayer) onPlane(
	x *graph.Node, f func(w ops.Window, x *graph.Node) *graph.Node,
) *graph.Node {
	w, err := l.window()
	if err != nil {
		panic(err)
	}
	y := f(w, ops.Plane(x))
	if x.Shape().Rank() == 3 {
		y = graph.Squeeze(y, 1)
	}
	return y
}

// convolve computes the given numbers of rows and columns of the output, before bias and
// activation. The product is for finish.
func (l *ConvolutionLayer) convolve(
	scope *model.Scope, w ops.Window, x *graph.Node, rows, columns int,
) (*graph.Node, *ops.Product) {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(3)
	dims := []int{w.Size[0], w.Size[1], channels, l.Filters}
	kernel := contract.Weight(scope, "kernel", l.Initializer.Or(initializers.GlorotUniform), x,
		dims[2-l.Axes:]...)
	contents := w.Views(w.Pad(x, 0), rows, columns)
	depth := len(contents) * channels
	p := ops.NewProduct(scope, graph.Reshape(kernel, depth, l.Filters), !l.NoBias)
	return graph.Reshape(p.OfParts(contents), batch, rows, columns, l.Filters), p
}

// finish adds the bias and applies the activation. The product, if there is one, is what y was
// computed with.
func (l *ConvolutionLayer) finish(scope *model.Scope, y *graph.Node, p *ops.Product) *graph.Node {
	if !l.NoBias {
		n := y.Shape().Dim(-1)
		bias := contract.Weight(scope, "bias", initializers.Zeros, y, n)
		y = graph.Add(y, p.Tie(graph.Reshape(bias, 1, 1, 1, n)))
	}
	return l.Activation.Apply(y)
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (l *ConvolutionLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("kernel"), g)
}
