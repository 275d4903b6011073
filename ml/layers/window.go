package layers

import "fmt"

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

// same says whether it is Same; an unknown padding is an error.
func (p Padding) same() (bool, error) {
	if p != Valid && p != Same {
		return false, fmt.Errorf("expected padding %q or none. Got %q", Same, p)
	}
	return p == Same, nil
}
