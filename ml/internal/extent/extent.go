package extent

import "strconv"

// Numbers returns the lengths of a shape's axes as texts.
func Numbers(shape []int) []string {
	var all []string
	for _, d := range shape {
		all = append(all, strconv.Itoa(d))
	}
	return all
}

// Dims returns the shape of one example as that of a batch: "[batch, 28, 28]".
func Dims(shape []int) string {
	s := "[batch"
	for _, d := range shape {
		s += ", " + strconv.Itoa(d)
	}
	return s + "]"
}

// Size returns the number of elements of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
