package multicore_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

func single(v compute.Value, err error) ([]compute.Value, error) { return []compute.Value{v}, err }

// step adds one operation, or none if what was drawn does not fit.
func (d *drawn) step(t *testing.T) {
	number := func(v value) bool { return v.shape.DType == dtypes.Float32 }
	truth := func(v value) bool { return v.shape.DType == dtypes.Bool }
	numeric := func(v value) bool {
		return v.shape.DType == dtypes.Float32 || v.shape.DType == dtypes.Float64 || v.shape.DType == dtypes.Int32
	}
	fits := number
	switch d.choice(8) {
	case 0:
		fits = numeric
	case 1:
		fits = func(value) bool { return true }
	}
	x := d.pick(fits)
	if x < 0 {
		return
	}
	v := d.values[x]
	rank, dims := v.shape.Rank(), v.shape.Dimensions
	// other finds a value of the same type whose shape is the same, or is broadcast to it, or the
	// other way round.
	other := func(kind dtypes.DType) int {
		return d.pick(func(o value) bool {
			// The inner backend makes an array of one number of 1 by 0, from what happens to be in
			// memory.
			if o.shape.DType != kind || (o.shape.Size() == 0) != (v.shape.Size() == 0) {
				return false
			}
			if o.shape.Size() == 1 && o.shape.Rank() == 0 || rank == 0 {
				return true
			}
			if o.shape.Rank() != rank {
				return false
			}
			for i, n := range o.shape.Dimensions {
				if n != dims[i] && n != 1 && dims[i] != 1 {
					return false
				}
			}
			return true
		})
	}
	switch d.choice(24) {
	case 0: // one of one
		ops := []struct {
			name string
			do   func(compute.Function, compute.Value) (compute.Value, error)
		}{{"neg", compute.Function.Neg}, {"abs", compute.Function.Abs}, {"sign", compute.Function.Sign}, {"identity", compute.Function.Identity}, {"floor", compute.Function.Floor}, {"isnan", compute.Function.IsNaN}}
		o := ops[d.choice(len(ops))]
		if !numeric(v) || (o.name == "sign" || o.name == "floor") && !v.exact || o.name == "sign" && d.special {
			// The inner backend's sign of NaN is 0, here it is NaN, as XLA has it.
			return
		}
		d.add(t, o.name, max(1, v.most), v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) { return single(o.do(f, in[0])) }, x)
	case 1, 2, 3: // one of two
		ops := []struct {
			name string
			do   func(compute.Function, compute.Value, compute.Value) (compute.Value, error)
		}{{"add", compute.Function.Add}, {"sub", compute.Function.Sub}, {"mul", compute.Function.Mul}, {"max", compute.Function.Max}, {"min", compute.Function.Min}}
		o := ops[d.choice(len(ops))]
		y := other(v.shape.DType)
		if y < 0 || !numeric(v) {
			return
		}
		w := d.values[y]
		most := v.most + w.most
		if o.name == "mul" {
			if most = v.most * w.most; !v.exact || !w.exact {
				return
			}
		}
		if d.choice(2) == 0 {
			x, y = y, x
		}
		d.add(t, o.name, most, v.exact && w.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(o.do(f, in[0], in[1]))
		}, x, y)
	case 4: // comparisons
		ops := []struct {
			name string
			do   func(compute.Function, compute.Value, compute.Value) (compute.Value, error)
		}{{"==", compute.Function.Equal}, {"!=", compute.Function.NotEqual}, {"<", compute.Function.LessThan}, {"<=", compute.Function.LessOrEqual}, {">", compute.Function.GreaterThan}, {">=", compute.Function.GreaterOrEqual}}
		o := ops[d.choice(len(ops))]
		y := other(v.shape.DType)
		if y < 0 || !numeric(v) || !v.exact || !d.values[y].exact {
			return
		}
		d.add(t, o.name, 1, true, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(o.do(f, in[0], in[1]))
		}, x, y)
	case 5: // truths
		if x = d.pick(truth); x < 0 {
			return
		}
		v = d.values[x]
		rank, dims = v.shape.Rank(), v.shape.Dimensions
		y := other(dtypes.Bool)
		if y < 0 {
			return
		}
		which := d.choice(4)
		d.add(t, []string{"and", "or", "not", "xor"}[which], 1, true, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			switch which {
			case 0:
				return single(f.LogicalAnd(in[0], in[1]))
			case 1:
				return single(f.LogicalOr(in[0], in[1]))
			case 2:
				return single(f.LogicalNot(in[0]))
			}
			return single(f.LogicalXor(in[0], in[1]))
		}, x, y)
	case 6: // where
		c := d.pick(truth)
		y := other(v.shape.DType)
		if c < 0 || y < 0 {
			return
		}
		d.add(t, "where", max(v.most, d.values[y].most), v.exact && d.values[y].exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Where(in[0], in[1], in[2]))
		}, c, x, y)
	case 7: // convert
		types := []dtypes.DType{dtypes.Float32, dtypes.Float32, dtypes.Int32, dtypes.Float64, dtypes.Bool, dtypes.BFloat16}
		to := types[d.choice(len(types))]
		if !v.exact || to == dtypes.BFloat16 && v.most > 256 {
			return
		}
		if to == dtypes.Int32 && !truth(v) {
			// What becomes of NaN is the processor's.
			return
		}
		d.add(t, "convert", max(1, v.most), true, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.ConvertDType(in[0], to))
		}, x)
	case 8: // reshape
		left, to := v.shape.Size(), []int(nil)
		for left > 1 && len(to) < 4 {
			n := 1 + d.choice(9)
			if left%n == 0 {
				to, left = append(to, n), left/n
			} else if d.choice(3) == 0 {
				break
			}
		}
		if to = append(to, left); d.choice(3) == 0 {
			slices.Reverse(to)
		}
		d.add(t, fmt.Sprint("reshape ", to), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Reshape(in[0], to...))
		}, x)
	case 9, 10: // transpose
		order := make([]int, rank)
		for i := range order {
			order[i] = i
		}
		for i := range order {
			j := i + d.choice(rank-i)
			order[i], order[j] = order[j], order[i]
		}
		d.add(t, fmt.Sprint("transpose ", order), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Transpose(in[0], order...))
		}, x)
	case 11: // slice
		starts, limits, strides := make([]int, rank), make([]int, rank), make([]int, rank)
		for i, n := range dims {
			starts[i], limits[i], strides[i] = d.choice(n/2+1), n, 1+d.choice(2)*d.choice(3)
			limits[i] = n - d.choice(n-starts[i]+1)/2
		}
		d.add(t, fmt.Sprint("slice ", starts, limits, strides), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Slice(in[0], starts, limits, strides))
		}, x)
	case 12: // concatenate
		if rank == 0 {
			return
		}
		axis := d.choice(rank)
		parts := []int{x}
		most, exact := v.most, v.exact
		for range d.choice(3) {
			y := d.pick(func(o value) bool {
				if o.shape.DType != v.shape.DType || o.shape.Rank() != rank {
					return false
				}
				for i, n := range o.shape.Dimensions {
					if i != axis && n != dims[i] {
						return false
					}
				}
				return true
			})
			if y >= 0 {
				parts = append(parts, y)
				most, exact = max(most, d.values[y].most), exact && d.values[y].exact
			}
		}
		d.add(t, fmt.Sprint("concatenate ", axis), most, exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Concatenate(axis, in...))
		}, parts...)
	case 13: // pad
		y := d.pick(func(o value) bool { return o.shape.Rank() == 0 && o.shape.DType == v.shape.DType })
		if y < 0 {
			return
		}
		axes := make([]compute.PadAxis, rank-d.choice(2)*d.choice(rank+1))
		for i := range axes {
			axes[i] = compute.PadAxis{Start: d.choice(3) - d.choice(2)*d.choice(2), End: d.choice(3), Interior: d.choice(2) * d.choice(3)}
		}
		d.add(t, fmt.Sprint("pad ", axes), max(v.most, d.values[y].most), v.exact && d.values[y].exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Pad(in[0], in[1], axes...))
		}, x, y)
	case 14, 15: // reduce
		var axes []int
		for i := range rank {
			if d.choice(2) == 0 {
				axes = append(axes, i)
			}
		}
		if d.choice(6) == 0 {
			axes = nil
		}
		which := d.choice(5)
		most := v.most
		if which < 2 {
			most *= float64(max(1, v.shape.Size()))
		} else if which == 4 {
			if v.shape.Size() > 8 || !v.exact {
				return
			}
			most = math.Pow(max(1, most), float64(v.shape.Size()))
		}
		if !numeric(v) || v.shape.Size() == 0 && which > 1 {
			return
		}
		d.add(t, fmt.Sprint([]string{"sum", "sum", "most", "least", "product"}[which], axes), most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			switch which {
			case 2:
				return single(f.ReduceMax(in[0], axes...))
			case 3:
				return single(f.ReduceMin(in[0], axes...))
			case 4:
				return single(f.ReduceProduct(in[0], axes...))
			}
			return single(f.ReduceSum(in[0], axes...))
		}, x)
	case 16, 17: // broadcast
		to, axes := []int(nil), []int(nil)
		for _, n := range dims {
			if d.choice(3) == 0 {
				to = append(to, 1+d.choice(5))
			}
			axes = append(axes, len(to))
			if n == 1 && d.choice(2) == 0 {
				n = 1 + d.choice(6)
			}
			to = append(to, n)
		}
		if d.choice(2) == 0 {
			to = append(to, 1+d.choice(40))
		}
		shape := shapes.Make(v.shape.DType, to...)
		d.add(t, fmt.Sprint("broadcast ", to, axes), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.BroadcastInDim(in[0], shape, axes))
		}, x)
	case 18, 19: // product
		d.product(t, x)
	case 20: // constants
		n := d.dims()
		size := shapes.Make(dtypes.Float32, n...).Size()
		if d.choice(2) == 0 {
			n, size = nil, 1
		}
		numbers, truths := make([]float32, size), make([]bool, size)
		first := d.choice(5)
		for i := range numbers {
			numbers[i], truths[i] = float32((first+i*7)%5), (first+i*7)%3 == 0
		}
		flat := any(numbers)
		if d.choice(3) == 0 {
			flat = truths
		}
		d.add(t, "constant", 4, true, func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
			return single(f.Constant(flat, n...))
		})
	case 21: // what only the inner backend computes
		d.others(t, x)
	case 22: // functions that are not exact
		ops := []func(compute.Function, compute.Value) (compute.Value, error){compute.Function.Exp, compute.Function.Expm1, compute.Function.Log, compute.Function.Log1p, compute.Function.Tanh, compute.Function.Logistic, compute.Function.Sqrt, compute.Function.Rsqrt, compute.Function.Erf, compute.Function.Sin}
		which := d.choice(len(ops))
		if !number(v) || !v.exact || which < 2 && v.most > 10 || which == 7 && d.special {
			// A sum of nothing but -0 is 0 in the inner backend, and -0 here: their reciprocals are
			// far apart.
			return
		}
		most := max(16, v.most)
		if which < 2 {
			most = math.Exp(v.most)
		}
		d.add(t, fmt.Sprint("function ", which), most, false, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(ops[which](f, in[0]))
		}, x)
	case 23:
		if d.control {
			d.loop(t, x)
		}
	}
}
