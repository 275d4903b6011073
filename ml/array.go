package ml

import (
	"fmt"
	"math"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Flat is data that knows its own shape, the first axis counting the examples; values are in row-major order. The data sets
// of ml/data are.
type Flat interface {
	Flat() (values []float32, shape []int)
}

// Examples is a set of inputs with their targets, each in a form that Fit takes. The data sets of ml/data are; Pair
// makes one of two arrays.
type Examples interface {
	Examples() (x, y any)
}

// Pair makes Examples of inputs and targets.
func Pair(x, y any) Examples { return pair{x, y} }

type pair struct{ x, y any }

func (p pair) Examples() (x, y any) { return p.x, p.y }

// array is a user's data in the form that goes to the device: one of the two slices is set.
type array struct {
	floats []float32
	ints   []int32
	shape  []int
}

// ExampleShape is the shape of one example.
func (a *array) ExampleShape() []int { return a.shape[1:] }

// Len is the number of values.
func (a *array) Len() int { return len(a.floats) + len(a.ints) }

// At returns a value.
func (a *array) At(i int) any {
	if a.ints != nil {
		return a.ints[i]
	}
	return a.floats[i]
}

// Whole returns an element as an integer, and whether it is one.
func (a *array) Whole(i int) (int, bool) {
	if a.ints != nil {
		return int(a.ints[i]), true
	}
	f := float64(a.floats[i])
	return int(f), f == math.Trunc(f) && !math.IsInf(f, 0)
}

// float turns integers into float32, which is what layers compute with.
func (a *array) float() *array {
	if a.ints == nil {
		return a
	}
	return &array{floats: convert[float32](a.ints), shape: a.shape}
}

// upload copies the array to the device.
func (a *array) upload(b compute.Backend) (*tensors.Tensor, error) {
	var t *tensors.Tensor
	var err error
	dtype := dtypes.Float32
	if a.ints != nil {
		dtype = dtypes.Int32
	}
	// A tensor made for the backend shares the device's memory where the device is the CPU: one copy instead of two.
	t, err = tensors.FromShapeForBackend(b, 0, shapes.Make(dtype, a.shape...))
	if err != nil {
		return nil, err
	}
	if a.ints != nil {
		err = tensors.AssignFlatData(t, a.ints)
	} else {
		err = tensors.AssignFlatData(t, a.floats)
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
func toArray(what string, v any) (*array, error) {
	one := func(n int) []int { return []int{n} }
	switch v := v.(type) {
	case nil:
		return nil, fmt.Errorf("expected %s as a slice, a slice of slices, a tensor or a data set's X or Y. Got nil", what)
	case *array:
		return v, nil
	case Flat:
		values, shape := v.Flat()
		if len(shape) == 0 || size(shape) != len(values) {
			return nil, fmt.Errorf("expected %s with as many values as its shape %v says. Got %d values", what, shape, len(values))
		}
		return &array{floats: values, shape: shape}, nil
	case *tensors.Tensor:
		return fromTensor(what, v)
	case []float32:
		return &array{floats: v, shape: one(len(v))}, nil
	case []float64:
		return &array{floats: convert[float32](v), shape: one(len(v))}, nil
	case []int:
		return &array{ints: convert[int32](v), shape: one(len(v))}, nil
	case []int32:
		return &array{ints: v, shape: one(len(v))}, nil
	case []int64:
		return &array{ints: convert[int32](v), shape: one(len(v))}, nil
	case []uint8:
		return &array{ints: convert[int32](v), shape: one(len(v))}, nil
	case [][]float32:
		if len(v) > 0 {
			return fromRows(what, v)
		}
	}
	return fromNested(what, v)
}

func fromRows(what string, rows [][]float32) (*array, error) {
	width := len(rows[0])
	a := &array{floats: make([]float32, 0, len(rows)*width), shape: []int{len(rows), width}}
	for i, r := range rows {
		if len(r) != width {
			return nil, fmt.Errorf("expected rows of %d values in %s, as in row 0. Got %d in row %d", width, what, len(r), i)
		}
		a.floats = append(a.floats, r...)
	}
	return a, nil
}

func fromTensor(what string, t *tensors.Tensor) (*array, error) {
	if t.Rank() == 0 {
		return nil, fmt.Errorf("expected %s with a first axis that counts the examples. Got a single number", what)
	}
	a := &array{shape: t.Shape().Dimensions}
	var err error
	read := t.ConstFlatData(func(flat any) {
		switch v := flat.(type) {
		case []float32:
			a.floats = append([]float32{}, v...)
		case []float64:
			a.floats = convert[float32](v)
		case []int32:
			a.ints = append([]int32{}, v...)
		case []int64:
			a.ints = convert[int32](v)
		case []uint8:
			a.ints = convert[int32](v)
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
func fromNested(what string, v any) (*array, error) {
	a := &array{}
	rv := reflect.ValueOf(v)
	for d := rv; d.Kind() == reflect.Slice || d.Kind() == reflect.Array; d = d.Index(0) {
		a.shape = append(a.shape, d.Len())
		if d.Len() == 0 {
			return nil, fmt.Errorf("expected examples in %s. Got %T of length 0", what, v)
		}
	}
	if a.shape == nil {
		return nil, fmt.Errorf("expected %s as a slice, a slice of slices, a tensor or a data set's X or Y. Got %T", what, v)
	}
	var walk func(d reflect.Value, axis int) error
	walk = func(d reflect.Value, axis int) error {
		if axis < len(a.shape) {
			if d.Len() != a.shape[axis] {
				return fmt.Errorf("expected %d values along axis %d of %s everywhere. Got %d", a.shape[axis], axis, what, d.Len())
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
			a.floats = append(a.floats, float32(d.Float()))
		case d.CanInt():
			a.ints = append(a.ints, int32(d.Int()))
		case d.CanUint():
			a.ints = append(a.ints, int32(d.Uint()))
		case d.Kind() == reflect.Bool:
			n := int32(0)
			if d.Bool() {
				n = 1
			}
			a.ints = append(a.ints, n)
		default:
			return fmt.Errorf("expected numbers in %s. Got %T", what, v)
		}
		return nil
	}
	return a, walk(rv, 0)
}
