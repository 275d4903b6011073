package multicore_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// product adds a DotGeneral of x and something, with axes in any order.
func (d *drawn) product(t *testing.T, x int) {
	v := d.values[x]
	if v.shape.DType == dtypes.Bool || v.shape.DType == dtypes.BFloat16 {
		return
	}
	y := d.pick(func(o value) bool { return o.shape.DType == v.shape.DType })
	if y < 0 || !v.exact || !d.values[y].exact {
		return
	}
	w := d.values[y]
	var sums, batches [2][]int
	k := 1
	used := map[int]bool{}
	for i, n := range v.shape.Dimensions {
		for j, m := range w.shape.Dimensions {
			if n != m || used[j] {
				continue
			}
			kind := d.choice(4)
			if kind == 3 {
				continue
			}
			used[j] = true
			if kind == 2 {
				batches[0], batches[1] = append(batches[0], i), append(batches[1], j)
			} else {
				sums[0], sums[1] = append(sums[0], i), append(sums[1], j)
				k *= n
			}
			break
		}
	}
	size := 1
	for i, n := range v.shape.Dimensions {
		if !slices.Contains(sums[0], i) {
			size *= n
		}
	}
	for i, n := range w.shape.Dimensions {
		if !slices.Contains(sums[1], i) && !slices.Contains(batches[1], i) {
			size *= n
		}
	}
	// A product over no numbers is what happens to be in memory in the inner backend, whose it is.
	if k == 0 || size > 40000 || size*k > 4e6 {
		return
	}
	if len(sums[0]) > 1 && d.choice(2) == 0 {
		slices.Reverse(sums[0])
		slices.Reverse(sums[1])
	}
	d.add(t, fmt.Sprint("product ", sums, batches), v.most*w.most*float64(max(1, k)), true, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return single(f.DotGeneral(in[0], sums[0], batches[0], in[1], sums[1], batches[1], compute.DotGeneralConfig{}))
	}, x, y)
}

// others adds an operation of x that is not planned.
func (d *drawn) others(t *testing.T, x int) {
	v := d.values[x]
	rank := v.shape.Rank()
	if rank == 0 || v.shape.Size() == 0 || v.shape.DType == dtypes.BFloat16 {
		return
	}
	axis := d.choice(rank)
	switch d.choice(5) {
	case 0:
		d.add(t, fmt.Sprint("reverse ", axis), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Reverse(in[0], axis))
		}, x)
	case 1:
		s := shapes.Make(v.shape.DType, v.shape.Dimensions...)
		if v.shape.DType == dtypes.Bool || v.shape.Dim(axis) > 600 {
			return
		}
		d.add(t, fmt.Sprint("iota ", axis), 600, true, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return single(f.Iota(s, axis))
		})
	case 2:
		// Rows of the first axis, in another order.
		sizes := slices.Clone(v.shape.Dimensions)
		n := sizes[0]
		sizes[0] = 1
		indices := make([]int32, 1+d.choice(9))
		for i := range indices {
			indices[i] = int32(d.choice(n))
		}
		offsets := make([]int, rank-1)
		for i := range offsets {
			offsets[i] = i + 1
		}
		d.add(t, fmt.Sprint("gather ", indices), v.most, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			at, err := f.Constant(indices, len(indices), 1)
			if err != nil {
				return nil, err
			}
			return single(f.Gather(in[0], at, 1, offsets, []int{0}, []int{0}, sizes, false))
		}, x)
	case 3:
		// Every row is added to some row.
		if v.shape.DType != dtypes.Float32 {
			return
		}
		n := v.shape.Dim(0)
		indices := make([]int32, n)
		for i := range indices {
			indices[i] = int32(d.choice(n))
		}
		windows := make([]int, rank-1)
		for i := range windows {
			windows[i] = i + 1
		}
		d.add(t, "scatter", v.most*float64(n+1), v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			at, err := f.Constant(indices, n, 1)
			if err != nil {
				return nil, err
			}
			return single(f.ScatterSum(in[0], at, in[0], 1, windows, []int{0}, []int{0}, false, false))
		}, x)
	case 4:
		y := d.choice(len(d.values))
		if d.values[y].exact != v.exact {
			return
		}
		d.add(t, "barrier", max(v.most, d.values[y].most), v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return f.OptimizationBarrier(in...)
		}, x, y)
	}
}

// loop adds a loop that adds x to itself some times.
func (d *drawn) loop(t *testing.T, x int) {
	v := d.values[x]
	if v.shape.DType != dtypes.Float32 {
		return
	}
	d.add(t, "while", v.most*8, v.exact, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		zero, err := f.Constant([]int32{0})
		if err != nil {
			return nil, err
		}
		counter, err := f.Shape(zero)
		if err != nil {
			return nil, err
		}
		closure := func(end func(g compute.Function, i, x compute.Value) ([]compute.Value, error)) (compute.Function, error) {
			g, err := f.Closure()
			if err != nil {
				return nil, err
			}
			i, err := g.Parameter("i", counter, nil)
			if err != nil {
				return nil, err
			}
			x, err := g.Parameter("x", v.shape, nil)
			if err != nil {
				return nil, err
			}
			out, err := end(g, i, x)
			if err != nil {
				return nil, err
			}
			return g, g.Return(out, nil)
		}
		cond, err := closure(func(g compute.Function, i, _ compute.Value) ([]compute.Value, error) {
			three, err := g.Constant([]int32{3})
			if err != nil {
				return nil, err
			}
			return single(g.LessThan(i, three))
		})
		if err != nil {
			return nil, err
		}
		body, err := closure(func(g compute.Function, i, x compute.Value) ([]compute.Value, error) {
			one, err := g.Constant([]int32{1})
			if err != nil {
				return nil, err
			}
			if i, err = g.Add(i, one); err != nil {
				return nil, err
			}
			x, err = g.Add(x, x)
			return []compute.Value{i, x}, err
		})
		if err != nil {
			return nil, err
		}
		out, err := f.While(cond, body, zero, in[0])
		if err != nil {
			return nil, err
		}
		return out[1:], nil
	}, x)
}
