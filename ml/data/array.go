// Package data holds data sets in memory and prepares them for training. It gets data (MNIST, and a
// set of small digits that is part of the package), cleans it, removes duplicates, normalises and
// splits it.
//
// Examples are plain slices. Every step is a function from one data set to another, which shares no
// storage with the first unless its comment says so. The package knows nothing about models and
// devices and does not link GoMLX, so that a cell which only looks at data compiles fast.
// Everything random takes a seed and is deterministic.
package data

import (
	"fmt"
	"slices"
)

// Array is numbers with a shape, in row-major order. The first axis of the shape counts the
// examples.
type Array struct {
	Values []float32
	Shape  []int
}

// NewArray makes an array from rows of equal length.
func NewArray(rows [][]float32) (Array, error) {
	if len(rows) == 0 {
		return Array{}, fmt.Errorf("data: expected at least one row. Got none")
	}
	a := Array{Shape: []int{len(rows), len(rows[0])}}
	for i, r := range rows {
		if len(r) != len(rows[0]) {
			return Array{}, fmt.Errorf("data: expected rows of %d values, as the first. Got %d in row %d", len(rows[0]), len(r), i)
		}
		a.Values = append(a.Values, r...)
	}
	return a, nil
}

// Flat returns the values and the shape, which is the form in which package ml takes data.
func (a Array) Flat() (values []float32, shape []int) { return a.Values, a.Shape }

// Len returns the number of examples.
func (a Array) Len() int {
	if len(a.Shape) == 0 {
		return 0
	}
	return a.Shape[0]
}

// Features returns how many numbers each example has.
func (a Array) Features() int {
	n := 1
	for _, d := range a.Shape[1:] {
		n *= d
	}
	return n
}

// Row returns the numbers of example i, which are the array's own.
func (a Array) Row(i int) []float32 {
	k := a.Features()
	return a.Values[i*k : (i+1)*k]
}

// Rows returns a new array with the examples at these indices.
func (a Array) Rows(numbers []int) Array {
	k := a.Features()
	b := Array{make([]float32, 0, len(numbers)*k), append([]int{len(numbers)}, a.Shape[1:]...)}
	for _, i := range numbers {
		b.Values = append(b.Values, a.Values[i*k:(i+1)*k]...)
	}
	return b
}

// Clone returns a copy.
func (a Array) Clone() Array { return Array{slices.Clone(a.Values), slices.Clone(a.Shape)} }

// Reshape returns the same numbers, not copied, with another shape for each example: Reshape(784),
// or Reshape(28, 28).
func (a Array) Reshape(example ...int) (Array, error) {
	b := Array{a.Values, append([]int{a.Len()}, example...)}
	if b.Features() != a.Features() {
		return Array{}, fmt.Errorf("data: expected a shape that holds %d numbers, as %v does. Got %v", a.Features(), a.Shape[1:], example)
	}
	return b, nil
}

// OneHot returns an array with a 1 at each example's class and 0 elsewhere.
func OneHot(classes []int, count int) (Array, error) {
	a := Array{make([]float32, len(classes)*count), []int{len(classes), count}}
	for i, c := range classes {
		if c < 0 || c >= count {
			return Array{}, fmt.Errorf("data: expected classes from 0 to %d. Got %d for example %d", count-1, c, i)
		}
		a.Values[i*count+c] = 1
	}
	return a, nil
}
