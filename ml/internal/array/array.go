package array

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// Flat is data that knows its own shape, the first axis counting the examples; values are in row-major order. The data sets
// of ml/data are.
type Flat interface {
	Flat() (values []float32, shape []int)
}

// Array is a user's data in the form that goes to the device: one of the two slices is set.
type Array struct {
	Floats []float32
	Ints   []int32
	Shape  []int
}

// ExampleShape is the shape of one example.
func (a *Array) ExampleShape() []int { return a.Shape[1:] }

// Len is the number of values.
func (a *Array) Len() int { return len(a.Floats) + len(a.Ints) }

// At returns a value.
func (a *Array) At(i int) any {
	if a.Ints != nil {
		return a.Ints[i]
	}
	return a.Floats[i]
}

// Whole returns an element as an integer, and whether it is one.
func (a *Array) Whole(i int) (int, bool) {
	if a.Ints != nil {
		return int(a.Ints[i]), true
	}
	f := float64(a.Floats[i])
	return int(f), f == math.Trunc(f) && !math.IsInf(f, 0)
}

// Float turns integers into float32, which is what layers compute with.
func (a *Array) Float() *Array {
	if a.Ints == nil {
		return a
	}
	return &Array{Floats: convert[float32](a.Ints), Shape: a.Shape}
}

// Upload copies the array to the device.
func (a *Array) Upload(b compute.Backend) (*tensors.Tensor, error) {
	var t *tensors.Tensor
	var err error
	dtype := dtypes.Float32
	if a.Ints != nil {
		dtype = dtypes.Int32
	}
	// A tensor made for the backend shares the device's memory where the device is the CPU: one copy instead of two.
	t, err = tensors.FromShapeForBackend(b, 0, shapes.Make(dtype, a.Shape...))
	if err != nil {
		return nil, err
	}
	if a.Ints != nil {
		err = tensors.AssignFlatData(t, a.Ints)
	} else {
		err = tensors.AssignFlatData(t, a.Floats)
	}
	if err != nil {
		return nil, err
	}
	return t, t.MaterializeOnDevice(b, true, 0)
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func convert[T, F number](from []F) []T {
	to := make([]T, len(from))
	for i, v := range from {
		to[i] = T(v)
	}
	return to
}

// toArray understands what users pass as x or y; what is the argument's name.
func Of(what string, v any) (*Array, error) {
	one := func(n int) []int { return []int{n} }
	switch v := v.(type) {
	case nil:
		return nil, fmt.Errorf("expected %s as a slice, a slice of slices, a tensor or a data set's X or Y. Got nil", what)
	case *Array:
		return v, nil
	case Flat:
		values, shape := v.Flat()
		if len(shape) == 0 || extent.Size(shape) != len(values) {
			return nil, fmt.Errorf("expected %s with as many values as its shape %v says. Got %d values", what, shape, len(values))
		}
		return &Array{Floats: values, Shape: shape}, nil
	case *tensors.Tensor:
		return fromTensor(what, v)
	case []float32:
		return &Array{Floats: v, Shape: one(len(v))}, nil
	case []float64:
		return fromFloats(what, v, one(len(v)))
	case []int:
		return fromInts(v, one(len(v))), nil
	case []int32:
		return &Array{Ints: v, Shape: one(len(v))}, nil
	case []int64:
		return fromInts(v, one(len(v))), nil
	case []uint8:
		return &Array{Ints: convert[int32](v), Shape: one(len(v))}, nil
	case [][]float32:
		if len(v) > 0 {
			return fromRows(what, v)
		}
	}
	return fromNested(what, v)
}

func fromRows(what string, rows [][]float32) (*Array, error) {
	width := len(rows[0])
	a := &Array{Floats: make([]float32, 0, len(rows)*width), Shape: []int{len(rows), width}}
	for i, r := range rows {
		if len(r) != width {
			return nil, fmt.Errorf("expected rows of %d values in %s, as in row 0. Got %d in row %d", width, what, len(r), i)
		}
		a.Floats = append(a.Floats, r...)
	}
	return a, nil
}

func fromTensor(what string, t *tensors.Tensor) (*Array, error) {
	if t.Rank() == 0 {
		return nil, fmt.Errorf("expected %s with a first axis that counts the examples. Got a single number", what)
	}
	a := &Array{Shape: t.Shape().Dimensions}
	var err error
	read := t.ConstFlatData(func(flat any) {
		switch v := flat.(type) {
		case []float32:
			a.Floats = append([]float32{}, v...)
		case []float64:
			a, err = fromFloats(what, v, a.Shape)
		case []int32:
			a.Ints = append([]int32{}, v...)
		case []int64:
			a = fromInts(v, a.Shape)
		case []uint8:
			a.Ints = convert[int32](v)
		default:
			err = fmt.Errorf("expected %s as a tensor of float32, float64, int32, int64 or uint8. Got %s", what, t.DType())
		}
	})
	if read != nil {
		return nil, fmt.Errorf("reading the tensor %s: %w", what, read)
	}
	return a, err
}

// fromNested reads slices and arrays of any depth by reflection.
func fromNested(what string, v any) (*Array, error) {
	a := &Array{}
	var floats []float64
	var ints []int64
	rv := reflect.ValueOf(v)
	for d := rv; d.Kind() == reflect.Slice || d.Kind() == reflect.Array; d = d.Index(0) {
		a.Shape = append(a.Shape, d.Len())
		if d.Len() == 0 {
			return nil, fmt.Errorf("expected examples in %s. Got %T of length 0", what, v)
		}
	}
	if a.Shape == nil {
		return nil, fmt.Errorf("expected %s as a slice, a slice of slices, a tensor or a data set's X or Y. Got %T", what, v)
	}
	var walk func(d reflect.Value, axis int) error
	walk = func(d reflect.Value, axis int) error {
		if axis < len(a.Shape) {
			if d.Len() != a.Shape[axis] {
				return fmt.Errorf("expected %d values along axis %d of %s everywhere. Got %d", a.Shape[axis], axis, what, d.Len())
			}
			for i := range d.Len() {
				if err := walk(d.Index(i), axis+1); err != nil {
					return err
				}
			}
			return nil
		}
		switch {
		case d.CanFloat():
			floats = append(floats, d.Float())
		case d.CanInt():
			ints = append(ints, d.Int())
		case d.CanUint():
			if d.Uint() > math.MaxInt64 {
				return fmt.Errorf("expected numbers of up to %d in %s. Got %d", math.MaxInt64, what, d.Uint())
			}
			ints = append(ints, int64(d.Uint()))
		case d.Kind() == reflect.Bool:
			n := int64(0)
			if d.Bool() {
				n = 1
			}
			ints = append(ints, n)
		default:
			return fmt.Errorf("expected numbers in %s. Got %T", what, v)
		}
		return nil
	}
	if err := walk(rv, 0); err != nil {
		return nil, err
	}
	if ints != nil {
		return fromInts(ints, a.Shape), nil
	}
	return fromFloats(what, floats, a.Shape)
}

// fromInts takes whole numbers as they are if all of them are numbers of 32 bits, else as float32: class
// numbers are always of 32 bits, and what layers compute with is float32 in any case.
func fromInts[T int | int64](values []T, shape []int) *Array {
	for _, v := range values {
		if int64(v) != int64(int32(v)) {
			return &Array{Floats: convert[float32](values), Shape: shape}
		}
	}
	return &Array{Ints: convert[int32](values), Shape: shape}
}

// fromFloats takes numbers as float32. One that is finite and too large for that is an error.
func fromFloats(what string, values []float64, shape []int) (*Array, error) {
	a := &Array{Floats: make([]float32, len(values)), Shape: shape}
	for i, v := range values {
		a.Floats[i] = float32(v)
		if math.IsInf(float64(a.Floats[i]), 0) && !math.IsInf(v, 0) {
			return nil, fmt.Errorf("expected numbers of up to %.3g in %s, those of float32, which layers compute with. Got %g at place %d; scale the data first", math.MaxFloat32, what, v, i)
		}
	}
	return a, nil
}

// Part returns the examples from first to last, which share a's storage.
func (a *Array) Part(first, last int) *Array {
	k := extent.Size(a.Shape[1:])
	p := &Array{Shape: slices.Clone(a.Shape)}
	p.Shape[0] = last - first
	if a.Ints != nil {
		p.Ints = a.Ints[first*k : last*k]
	} else {
		p.Floats = a.Floats[first*k : last*k]
	}
	return p
}

// Join returns the examples of a and then those of b, which must be of its kind.
func (a *Array) Join(b *Array) (*Array, error) {
	if !slices.Equal(a.Shape[1:], b.Shape[1:]) || (a.Ints == nil) != (b.Ints == nil) {
		return nil, fmt.Errorf("expected all batches of a stream with examples of one shape and type, %s. Got %s", extent.Dims(a.Shape[1:]), extent.Dims(b.Shape[1:]))
	}
	shape := slices.Clone(a.Shape)
	shape[0] += b.Shape[0]
	return &Array{Floats: slices.Concat(a.Floats, b.Floats), Ints: slices.Concat(a.Ints, b.Ints), Shape: shape}, nil
}

// Rows returns a copy of the examples from first to last, as many as fill by repeating them.
func (a *Array) Rows(first, last, fill int) *Array {
	k, n := extent.Size(a.Shape[1:]), max(fill, last-first)
	part := &Array{Shape: slices.Clone(a.Shape)}
	part.Shape[0] = n
	part.Floats, part.Ints = repeat(a.Floats, first*k, last*k, n*k), repeat(a.Ints, first*k, last*k, n*k)
	return part
}

// repeat copies values[first:last] again and again up to n values.
func repeat[T any](values []T, first, last, n int) []T {
	if values == nil || last <= first {
		return nil
	}
	all := make([]T, n)
	for at := 0; at < n; {
		at += copy(all[at:], values[first:last])
	}
	return all
}
