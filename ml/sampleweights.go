package ml

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

// exampleWeights returns an array of weights for each target, made of the examples' and the
// classes'; nil if there are neither.
func exampleWeights(weights any, classes map[int]float64, targets []string, y []*array.Array) ([]*array.Array, error) {
	if weights == nil && classes == nil {
		return nil, nil
	}
	n := y[0].Shape[0]
	all := make([]*array.Array, len(targets))
	for i := range all {
		all[i] = &array.Array{Floats: slices.Repeat([]float32{1}, n), Shape: []int{n}}
	}
	if weights != nil {
		if err := sampleWeights(weights, targets, all); err != nil {
			return nil, err
		}
	}
	if classes != nil {
		if len(targets) != 1 {
			return nil, errors.New("expected class weights for a model of one output. Got several; turn them into SampleWeights by output")
		}
		numbers := y[0]
		if extent.Size(numbers.Shape[1:]) > 1 {
			numbers = numbers.Float()
		}
		for i := range n {
			c, err := classOf(numbers, i)
			if err != nil {
				return nil, err
			}
			if w, ok := classes[c]; ok {
				all[0].Floats[i] *= float32(w)
			}
		}
	}
	return all, nil
}

// oneClassEach says whether an output of that shape judges an example as a whole, so that it has
// one class.
func oneClassEach(output []int) error {
	if extent.Size(output[:max(0, len(output)-1)]) > 1 {
		return fmt.Errorf("expected class weights for an output with one class for each example. Got one of shape %s, with a class for each step or place; give SampleWeights instead", extent.Dims(output))
	}
	return nil
}

// sampleWeights sets the targets' weights to what the user gave, for all of them or by name.
func sampleWeights(weights any, targets []string, all []*array.Array) error {
	n := all[0].Shape[0]
	found, err := namedArrays(weights)
	if err != nil {
		return fmt.Errorf("sample weights: %w", err)
	}
	set := func(i int, what string, v any) error {
		a, err := array.Of(what, v)
		if err != nil {
			return err
		}
		if len(a.Floats)+len(a.Ints) != n || a.Shape[0] != n {
			return fmt.Errorf("expected %s with one number for each example, %d. Got shape %v", what, n, a.Shape)
		}
		all[i] = &array.Array{Floats: a.Float().Floats, Shape: []int{n}}
		return nil
	}
	if found == nil {
		for i := range all {
			if err := set(i, "sample weights", weights); err != nil {
				return err
			}
		}
		return nil
	}
	for _, f := range found {
		i := slices.IndexFunc(targets, func(t string) bool { return t == f.name || f.loose && plain(t) == plain(f.name) })
		if i < 0 {
			return fmt.Errorf("expected sample weights for outputs among %q. Got %q", targets, f.name)
		}
		if err := set(i, "sample weights of "+f.name, f.value); err != nil {
			return err
		}
	}
	return nil
}

// classOf is the class of example i: the number in y, or the place of the largest of its numbers,
// which are floats.
func classOf(y *array.Array, i int) (int, error) {
	k := extent.Size(y.Shape[1:])
	if k == 1 {
		c, ok := y.Whole(i)
		if !ok {
			return 0, fmt.Errorf("expected class numbers or one-hot targets in y for class weights. Got %v for example %d", y.At(i), i)
		}
		return c, nil
	}
	row := y.Floats[i*k : (i+1)*k]
	largest := 0
	for c, v := range row {
		if v > row[largest] {
			largest = c
		}
	}
	return largest, nil
}
