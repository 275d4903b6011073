package multicore

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// products is a DotGeneral as matrix products of n by k and k by m numbers, one for each batch.
type products struct {
	n, m, k int
	// left, right and result have no data; offsets are where each batch's begin.
	left, right, result matrix
	offsets             [][3]int
}

// dot returns the node's products for inputs that lie as packed arrays.
func (n *node) dot(left, right *node) (products, bool) {
	return n.attr.(dotting).products(packed(left.shape.Dimensions), packed(right.shape.Dimensions))
}

// products returns the products of two views, if their axes can be merged to those of matrices.
func (d dotting) products(left, right view) (p products, ok bool) {
	for _, t := range []dtypes.DType{d.config.AccumulatorDType, d.config.OutputDType} {
		if t != dtypes.InvalidDType && t != dtypes.Float32 {
			return p, false
		}
	}
	if !hasTile {
		return p, false
	}
	rest := func(v view, summed, batch []int) (axes []int) {
		for i := range v.dims {
			if !slices.Contains(summed, i) && !slices.Contains(batch, i) {
				axes = append(axes, i)
			}
		}
		return axes
	}
	var fine [4]bool
	p.n, p.left.row, fine[0] = left.merged(rest(left, d.leftSummed, d.leftBatch))
	p.k, p.left.column, fine[1] = left.merged(d.leftSummed)
	_, p.right.row, fine[2] = right.merged(d.rightSummed)
	p.m, p.right.column, fine[3] = right.merged(rest(right, d.rightSummed, d.rightBatch))
	if slices.Contains(fine[:], false) {
		return p, false
	}
	p.result = matrix{nil, p.m, 1}
	p.offsets = [][3]int{{left.offset, right.offset, 0}}
	for i, axis := range d.leftBatch {
		var next [][3]int
		for _, o := range p.offsets {
			for j := range left.dims[axis] {
				next = append(next, [3]int{o[0] + j*left.strides[axis], o[1] + j*right.strides[d.rightBatch[i]]})
			}
		}
		p.offsets = next
	}
	for i := range p.offsets {
		p.offsets[i][2] = i * p.n * p.m
	}
	return p, true
}

// run computes the products.
func (p products) run(w *workers, to, left, right []float32) {
	one := func(w *workers, o [3]int) {
		a, b, c := p.left, p.right, p.result
		a.data, b.data, c.data = left[o[0]:], right[o[1]:], to[o[2]:]
		product(w, p.n, p.m, p.k, a, b, c)
	}
	if len(p.offsets) < 2*w.count() {
		for _, o := range p.offsets {
			one(w, o)
		}
		return
	}
	size := max(1, p.n*p.m*p.k)
	each := max(1, leastFlops/2/size)
	w.run((len(p.offsets)+each-1)/each, func(i int) {
		for _, o := range p.offsets[i*each : min(len(p.offsets), (i+1)*each)] {
			one(alone, o)
		}
	})
}
