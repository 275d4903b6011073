package layers

import (
	"fmt"
	"strings"

	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Padding says what happens at the edges of the input, by Keras's name.
type Padding string

// The paddings. Valid, the default, uses only windows that lie within the input. Same pads the
// input so that the output has its size divided by the stride, rounded up.
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

// Strides sets the distance between windows along each axis; a single number is for all axes.
func Strides(strides ...int) StrideOption { return StrideOption{strides} }

// StrideOption is what Strides returns, an option of convolutions and pooling.
type StrideOption struct{ strides []int }

// Set sets the strides.
func (o StrideOption) Set(s *Settings) { s.Strides = o.strides }

// ConvOption says that convolutions take Strides.
func (StrideOption) ConvOption() {}

// PoolOption says that pooling takes Strides.
func (StrideOption) PoolOption() {}

// same says whether the padding is Same. An unknown padding is an error.
func (p Padding) same() (bool, error) {
	if p != Valid && p != Same {
		return false, fmt.Errorf("expected padding %q or none. Got %q", Same, p)
	}
	return p == Same, nil
}

// KernelSize sets a window that is not square: KernelSize(3, 5) is 3 high and 5 wide.
func KernelSize(sizes ...int) ConvOption { return kernelSize(sizes) }

type kernelSize []int

func (k kernelSize) Set(s *Settings) { s.KernelSize = k }
func (kernelSize) ConvOption()       {}

// sizes prints window sizes: 3, or 3x5.
func sizes(s []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(s), "[]"), " ", "x")
}

// windowedShape returns the shape of one example after windows of one or two axes. It has the given
// number of channels; 0 means the input's.
func windowedShape(w ops.Window, axes int, in []int, channels int) ([]int, error) {
	if len(in) != axes+1 {
		want := "[batch, steps, channels]"
		hint := ""
		if axes == 2 {
			want = "[batch, height, width, channels]"
			if len(in) == 2 {
				hint = fmt.Sprintf("; for images of one channel put layers.Reshape(%d, %d, 1) before it",
					in[0], in[1])
			}
		}
		return nil, fmt.Errorf("expected input %s. Got %s%s", want, extent.Dims(in), hint)
	}
	var out []int
	for i := range axes {
		n, _, _ := w.Out(2-axes+i, in[i])
		if n == 0 {
			return nil, fmt.Errorf("expected an input at least as large as the window, %d. Got %s",
				w.Size[2-axes+i], extent.Dims(in))
		}
		out = append(out, n)
	}
	if channels == 0 {
		channels = in[axes]
	}
	return append(out, channels), nil
}
