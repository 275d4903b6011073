package data

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strconv"
	"strings"
)

// Dataset is examples with their classes.
type Dataset struct {
	// Name and Source say what it is and where it comes from, with the attribution that its licence
	// requires.
	Name, Source string
	// X holds the inputs and Y the class number of each example.
	X Array
	Y []int
	// Classes has the names of the classes: that of class c is Classes[c].
	Classes []string
	// Width and Height are set if each example is a grey picture, row by row from the top. White is
	// the value of white in it.
	Width, Height int
	White         float32
}

// Len returns the number of examples.
func (d Dataset) Len() int { return d.X.Len() }

// Examples returns X and Y, which is the form in which package ml takes validation data.
func (d Dataset) Examples() (x, y any) { return d.X, d.Y }

// String describes the data set in a line.
func (d Dataset) String() string {
	return fmt.Sprintf("%s: %d examples of shape %v, %d classes", d.Name, d.Len(), d.X.Shape[min(1, len(d.X.Shape)):], len(d.Classes))
}

// Rows returns a new data set with the examples at these indices.
func (d Dataset) Rows(numbers []int) Dataset {
	e := d
	e.X = d.X.Rows(numbers)
	e.Y = make([]int, len(numbers))
	for i, n := range numbers {
		e.Y[i] = d.Y[n]
	}
	return e
}

// Head returns a new data set of the first n examples.
func (d Dataset) Head(n int) Dataset { return d.Rows(count(min(n, d.Len()))) }

// count returns 0, 1, ... n-1.
func count(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// Concat returns a new data set with d's examples followed by those of the others, which must have
// d's shape.
func (d Dataset) Concat(others ...Dataset) (Dataset, error) {
	e := d
	e.X, e.Y = d.X.Clone(), slices.Clone(d.Y)
	for _, o := range others {
		if !slices.Equal(o.X.Shape[1:], d.X.Shape[1:]) {
			return Dataset{}, fmt.Errorf("data: expected examples of shape %v to put together. Got %v", d.X.Shape[1:], o.X.Shape[1:])
		}
		e.X.Values = append(e.X.Values, o.X.Values...)
		e.X.Shape[0] += o.Len()
		e.Y = append(e.Y, o.Y...)
	}
	return e, nil
}

// Reshape returns the data set with another shape for each example. The numbers are d's own.
func (d Dataset) Reshape(example ...int) (Dataset, error) {
	x, err := d.X.Reshape(example...)
	d.X = x
	return d, err
}

// Count is how often a class occurs.
type Count struct {
	Class string
	Count int
}

// ClassCounts returns how often each class occurs, in the order of the class numbers.
func (d Dataset) ClassCounts() []Count {
	counts := make([]Count, len(d.Classes))
	for i, name := range d.Classes {
		counts[i].Class = name
	}
	for _, c := range d.Y {
		for c >= len(counts) {
			counts = append(counts, Count{Class: strconv.Itoa(len(counts))})
		}
		counts[c].Count++
	}
	return counts
}

// Image returns example i as a grey picture, white on black as in the data. It returns nil if the
// examples are not pictures.
func (d Dataset) Image(i int) image.Image {
	if d.Width*d.Height == 0 || d.Width*d.Height != d.X.Features() {
		return nil
	}
	img := image.NewGray(image.Rect(0, 0, d.Width, d.Height))
	white := d.White
	if white == 0 {
		white = 1
	}
	for k, v := range d.X.Row(i) {
		img.SetGray(k%d.Width, k/d.Width, color.Gray{Y: uint8(max(0, min(255, v/white*255+0.5)))})
	}
	return img
}

// class returns the name of a class number.
func (d Dataset) class(c int) string {
	if c >= 0 && c < len(d.Classes) {
		return d.Classes[c]
	}
	return strconv.Itoa(c)
}

// Label returns the name of example i's class.
func (d Dataset) Label(i int) string { return d.class(d.Y[i]) }

// digits names the classes of digits.
func digits() []string { return strings.Split("0123456789", "") }
