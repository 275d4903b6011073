package layers

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func init() {
	Register("Conv1D", func() contract.Layer { return new(ConvolutionLayer) })
	Register("Conv2D", func() contract.Layer { return new(ConvolutionLayer) })
}

// ConvolutionLayer slides a kernel over one or two axes: input [batch, (height,) width, channels], kernel [size..., channels, filters],
// output [batch, (height,) width, filters], then the bias and the activation. The kernel starts Glorot-uniform, the bias zero.
//
// It is computed as one matrix product of the kernel with the windows' contents laid out in columns: XLA's convolution on a CPU and that
// of the Go backend take several times as long.
type ConvolutionLayer struct {
	// Axes is 1 for Conv1D and 2 for Conv2D.
	Axes int `json:"axes"`
	// Filters is the number of output channels.
	Filters int `json:"filters"`
	// Size is the window's, one number for each axis, or one for all.
	Size []int `json:"size"`
	// Strides are 1 by default.
	Strides []int `json:"strides,omitempty"`
	// Padding is Valid by default.
	Padding Padding `json:"padding,omitempty"`
	// Activation comes after the bias; empty means none.
	Activation Activation `json:"activation,omitempty"`
	// NoBias leaves the bias out.
	NoBias bool `json:"no_bias,omitempty"`
	// Initializer of the kernel is GlorotUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty of the kernel; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's scope in the model; empty means conv2d, conv2d_1, ...
	Name string `json:"name,omitempty"`
}

// Conv2D returns a convolution of images with so many filters and a square window: Conv2D(32, 3, layers.ReLU). See ConvolutionLayer.
func Conv2D(filters, size int, options ...ConvOption) *ConvolutionLayer {
	return newConvolution(2, filters, size, options)
}

// Conv1D returns a convolution of sequences [batch, steps, channels]. See ConvolutionLayer.
func Conv1D(filters, size int, options ...ConvOption) *ConvolutionLayer {
	return newConvolution(1, filters, size, options)
}

func newConvolution(axes, filters, size int, options []ConvOption) *ConvolutionLayer {
	s := Read(options)
	if s.KernelSize == nil {
		s.KernelSize = []int{size}
	}
	return &ConvolutionLayer{
		Axes: axes, Filters: filters, Size: s.KernelSize, Strides: s.Strides, Padding: s.Padding, Activation: s.Activation, NoBias: s.NoBias,
		Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name,
	}
}

// KernelSize sets a window that is not square: KernelSize(3, 5) is 3 high and 5 wide.
func KernelSize(sizes ...int) ConvOption { return kernelSize(sizes) }

type kernelSize []int

func (k kernelSize) Set(s *Settings) { s.KernelSize = k }
func (kernelSize) ConvOption()       {}

// On applies the layer to a value of a model that is being put together. See contract.On.
func (l *ConvolutionLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Conv1D" or "Conv2D".
func (l *ConvolutionLayer) Kind() string { return fmt.Sprintf("Conv%dD", l.Axes) }

// String returns the layer as its constructor was called.
func (l *ConvolutionLayer) String() string { return l.text(l.Kind(), true) }

// text is a layer of that kind as its constructor was called; filters says whether that takes their number.
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

// sizes prints window sizes: 3, or 3x5.
func sizes(s []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(s), "[]"), " ", "x")
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

// Autocast is true: the layer computes in the type of the model's policy.
func (*ConvolutionLayer) Autocast() bool { return true }

// OutputShape returns [(height,) width, filters].
func (l *ConvolutionLayer) OutputShape(in []int) ([]int, error) {
	w, err := l.check()
	if err != nil {
		return nil, err
	}
	return windowedShape(w, l.Axes, in, l.Filters)
}

// windowedShape is the shape of one example behind a window, with the number of channels given (0 means the input's).
func windowedShape(w ops.Window, axes int, in []int, channels int) ([]int, error) {
	if len(in) != axes+1 {
		want := "[batch, steps, channels]"
		hint := ""
		if axes == 2 {
			want = "[batch, height, width, channels]"
			if len(in) == 2 {
				hint = fmt.Sprintf("; for images of one channel put layers.Reshape(%d, %d, 1) before it", in[0], in[1])
			}
		}
		return nil, fmt.Errorf("expected input %s. Got %s%s", want, extent.Dims(in), hint)
	}
	var out []int
	for i := range axes {
		n, _, _ := w.Out(2-axes+i, in[i])
		if n == 0 {
			return nil, fmt.Errorf("expected an input at least as large as the window, %d. Got %s", w.Size[2-axes+i], extent.Dims(in))
		}
		out = append(out, n)
	}
	if channels == 0 {
		channels = in[axes]
	}
	return append(out, channels), nil
}

// Apply computes the layer with the variables kernel [size..., channels, Filters] and bias [Filters].
func (l *ConvolutionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.onPlane(x, func(w ops.Window, x *graph.Node) *graph.Node {
		rows, _, _ := w.Out(0, x.Shape().Dim(1))
		columns, _, _ := w.Out(1, x.Shape().Dim(2))
		y, p := l.convolve(scope, w, x, rows, columns)
		return l.finish(scope, y, p)
	})
}

// onPlane calls f with x as something that has two axes in the middle, and returns the result with as many axes as x.
func (l *ConvolutionLayer) onPlane(x *graph.Node, f func(w ops.Window, x *graph.Node) *graph.Node) *graph.Node {
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

// convolve computes so many rows and columns of the output, before bias and activation. The product is for finish.
func (l *ConvolutionLayer) convolve(scope *model.Scope, w ops.Window, x *graph.Node, rows, columns int) (*graph.Node, *ops.Product) {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(3)
	dims := []int{w.Size[0], w.Size[1], channels, l.Filters}
	kernel := contract.Weight(scope, "kernel", l.Initializer.Or(initializers.GlorotUniform), x, dims[2-l.Axes:]...)
	contents := w.Views(w.Pad(x, 0), rows, columns)
	depth := len(contents) * channels
	p := ops.NewProduct(scope, graph.Reshape(kernel, depth, l.Filters), !l.NoBias)
	return graph.Reshape(p.OfParts(contents), batch, rows, columns, l.Filters), p
}

// finish adds bias and activation to what the product, if there is one, was used for.
func (l *ConvolutionLayer) finish(scope *model.Scope, y *graph.Node, p *ops.Product) *graph.Node {
	if !l.NoBias {
		n := y.Shape().Dim(-1)
		y = graph.Add(y, p.Tie(graph.Reshape(contract.Weight(scope, "bias", initializers.Zeros, y, n), 1, 1, 1, n)))
	}
	return l.Activation.Apply(y)
}

// RegularizationLoss is what the penalties of its kernels add to the loss.
func (l *ConvolutionLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("kernel"), g)
}
