package data

import (
	"hash/maphash"
	"math"
	"slices"
	"unsafe"
)

// Duplicates returns the indices of the examples that repeat an earlier one: the same inputs, bit
// for bit, with the same class.
func (d Dataset) Duplicates() []int {
	var repeats []int
	seen := map[uint64][]int{}
	seed := maphash.MakeSeed() // only the speed depends on it, not the result
	for i := range d.Len() {
		key := hash(seed, d.X.Row(i))
		same := func(j int) bool { return d.Y[i] == d.Y[j] && equal(d.X.Row(i), d.X.Row(j)) }
		if slices.ContainsFunc(seen[key], same) {
			repeats = append(repeats, i)
			continue
		}
		seen[key] = append(seen[key], i)
	}
	return repeats
}

// DropDuplicates returns a new data set without the examples that Duplicates finds. Of equal
// examples the first stays.
func (d Dataset) DropDuplicates() Dataset { return d.without(d.Duplicates()) }

// Missing returns the indices of the examples with an input that is not a finite number.
func (d Dataset) Missing() []int {
	var missing []int
	for i := range d.Len() {
		if slices.ContainsFunc(d.X.Row(i), func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }) {
			missing = append(missing, i)
		}
	}
	return missing
}

// DropMissing returns a new data set without the examples that Missing finds.
func (d Dataset) DropMissing() Dataset { return d.without(d.Missing()) }

// without returns a new data set without the examples of these numbers, which are in order.
func (d Dataset) without(numbers []int) Dataset {
	keep := make([]int, 0, d.Len()-len(numbers))
	for i := range d.Len() {
		if len(numbers) > 0 && numbers[0] == i {
			numbers = numbers[1:]
			continue
		}
		keep = append(keep, i)
	}
	return d.Rows(keep)
}

func hash(seed maphash.Seed, row []float32) uint64 {
	if len(row) == 0 {
		return 0
	}
	return maphash.Bytes(seed, unsafe.Slice((*byte)(unsafe.Pointer(&row[0])), 4*len(row)))
}

// equal compares bits, so that a NaN equals itself.
func equal(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}
