package layers

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("MaxPooling1D", func() contract.Layer { return new(PoolingLayer) })
	Register("MaxPooling2D", func() contract.Layer { return new(PoolingLayer) })
	Register("AveragePooling1D", func() contract.Layer { return new(PoolingLayer) })
	Register("AveragePooling2D", func() contract.Layer { return new(PoolingLayer) })
}

// PoolingLayer takes the largest value or the mean of each window over images, [batch, height,
// width, channels], or sequences, [batch, steps, channels]. If several places of a window have the
// largest value, the first of them gets the gradient, as in TensorFlow. Padding does not count in a
// mean.
type PoolingLayer struct {
	// Mean takes means instead of the largest values.
	Mean bool `json:"mean,omitempty"`
	// Axes is 1 for sequences, and 2 or 0 for images.
	Axes int `json:"axes,omitempty"`
	// Size is that of the window: a number for each axis, or one for both.
	Size []int `json:"size"`
	// Strides are the distances between windows, as Size; by default that is Size.
	Strides []int `json:"strides,omitempty"`
	// Padding is Valid by default.
	Padding Padding `json:"padding,omitempty"`
	// Name is the layer's name in the model; empty means max_pooling2d, max_pooling2d_1, ...
	Name string `json:"name,omitempty"`
}

// MaxPooling2D returns a layer that keeps the largest value of each window of size by size:
// MaxPooling2D(2). See PoolingLayer.
func MaxPooling2D(size int, options ...PoolOption) *PoolingLayer {
	s := Read(options)
	return &PoolingLayer{Size: []int{size}, Strides: s.Strides, Padding: s.Padding, Name: s.Name}
}

// AveragePooling2D returns a layer that computes the mean of each window of size by size. See
// PoolingLayer.
func AveragePooling2D(size int, options ...PoolOption) *PoolingLayer {
	l := MaxPooling2D(size, options...)
	l.Mean = true
	return l
}

// MaxPooling1D returns a layer that keeps the largest value of each window of size steps. See
// PoolingLayer.
func MaxPooling1D(size int, options ...PoolOption) *PoolingLayer {
	l := MaxPooling2D(size, options...)
	l.Axes = 1
	return l
}

// AveragePooling1D returns a layer that computes the mean of each window of size steps. See
// PoolingLayer.
func AveragePooling1D(size int, options ...PoolOption) *PoolingLayer {
	l := AveragePooling2D(size, options...)
	l.Axes = 1
	return l
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *PoolingLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "MaxPooling2D", "AveragePooling2D", "MaxPooling1D" or "AveragePooling1D".
func (l *PoolingLayer) Kind() string {
	if l.Mean {
		return fmt.Sprintf("AveragePooling%dD", l.axes())
	}
	return fmt.Sprintf("MaxPooling%dD", l.axes())
}

func (l *PoolingLayer) axes() int {
	if l.Axes == 0 {
		return 2
	}
	return l.Axes
}

// String returns the layer as its constructor was called.
func (l *PoolingLayer) String() string {
	s := fmt.Sprintf("%s(%s", l.Kind(), sizes(l.Size))
	if l.Strides != nil {
		s += ", strides " + sizes(l.Strides)
	}
	if l.Padding != Valid {
		s += ", " + string(l.Padding)
	}
	return s + ")"
}

func (l *PoolingLayer) window() (ops.Window, error) {
	same, err := l.Padding.same()
	if err != nil {
		return ops.Window{}, err
	}
	return ops.NewWindow(l.axes(), l.Size, l.Strides, l.Size, same)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*PoolingLayer) Autocast() bool { return true }

// OutputShape returns [(height,) width, channels].
func (l *PoolingLayer) OutputShape(in []int) ([]int, error) {
	w, err := l.window()
	if err != nil {
		return nil, err
	}
	return windowedShape(w, l.axes(), in, 0)
}

// Apply pools x.
func (l *PoolingLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	w, err := l.window()
	if err != nil {
		panic(err)
	}
	if x.Shape().Rank() == 3 {
		return graph.Squeeze(l.pool(w, ops.Plane(x)), 1)
	}
	return l.pool(w, x)
}

// pool is Apply for images.
func (l *PoolingLayer) pool(w ops.Window, x *graph.Node) *graph.Node {
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	rows, _, _ := w.Out(0, height)
	columns, _, _ := w.Out(1, width)
	if l.Mean {
		views := w.Views(w.Pad(x, 0), rows, columns)
		sum := views[0]
		for _, v := range views[1:] {
			sum = graph.Add(sum, v)
		}
		share := graph.Const(x.Graph(), shares(w, height, width))
		return graph.Mul(sum, graph.ConvertDType(share, x.DType()))
	}
	x = w.Pad(x, -math.MaxFloat32)
	if w.Size == w.Stride {
		return ops.MaxOfTiles(x, w.Size, rows, columns)
	}
	views := w.Views(x, rows, columns)
	largest := views[0]
	for _, v := range views[1:] {
		// Only a larger value takes over, so that the first of equals gets the gradient.
		largest = graph.Where(graph.GreaterThan(v, largest), v, largest)
	}
	return largest
}

// shares returns, for each window, 1 divided by the number of places in it that are not padding,
// [1][rows][columns][1].
func shares(w ops.Window, height, width int) [][][][]float32 {
	rows, top, _ := w.Out(0, height)
	columns, left, _ := w.Out(1, width)
	within := func(at, size, length int) int { return min(at+size, length) - max(at, 0) }
	all := make([][][]float32, rows)
	for i := range all {
		for j := range columns {
			n := within(i*w.Stride[0]-top, w.Size[0], height)
			n *= within(j*w.Stride[1]-left, w.Size[1], width)
			all[i] = append(all[i], []float32{1 / float32(n)})
		}
	}
	return [][][][]float32{all}
}
