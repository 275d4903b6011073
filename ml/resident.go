package ml

import (
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// resident is a data set on the device: the arrays of each input, and each head's targets and
// weights (nil for all 1).
type resident struct {
	x, y, w []*tensors.Tensor
	n       int
}

func (r *resident) tensors() []*tensors.Tensor { return slices.Concat(r.x, r.y, r.w) }

func (r *resident) free() {
	for _, t := range r.tensors() {
		t.FinalizeAll()
	}
}

// twoOf are the shapes of a batch of two of the data.
func twoOf(data *resident) []shapes.Shape {
	var all []shapes.Shape
	for _, t := range data.tensors() {
		s := t.Shape().Clone()
		s.Dimensions[0] = 2
		all = append(all, s)
	}
	return all
}

// mask has a 1 for each of n examples in a batch of b.
func mask(b, n int) []float32 {
	m := make([]float32, b)
	for i := range min(b, n) {
		m[i] = 1
	}
	return m
}

func indices(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// shuffle puts the numbers 0 to n-1 into the order for that epoch of that seed, whatever order they
// were in.
func shuffle(order []int32, seed int64, epoch int) {
	for i := range order {
		order[i] = int32(i)
	}
	r := rand.New(rand.NewPCG(uint64(seed), uint64(epoch)))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}
