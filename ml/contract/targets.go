package contract

import (
	"fmt"
	"slices"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// TargetChecker is a Loss or a Metric that can tell before the first step that targets do not fit: a
// graph cannot report a bad value, and knows nothing of the shapes that the user gave.
type TargetChecker interface {
	// CheckTargets says what is wrong with targets for an output whose examples have the shape given.
	CheckTargets(y Targets, output []int) error
}

// Targets are the targets of a data set, or of a batch of a stream, as a TargetChecker sees them.
type Targets interface {
	// ExampleShape is the shape of one example's targets; empty if each is a single number.
	ExampleShape() []int
	// Len is the number of values, of all examples together.
	Len() int
	// At returns a value, an int32 or a float32 as the user gave whole numbers or others.
	At(i int) any
	// Whole returns a value as an integer, and whether it is one.
	Whole(i int) (int, bool)
}

// SameShape says whether there is one target for each output: of the same shape, but for axes of length 1,
// which may be left out. What is the loss or metric that asks.
func SameShape(what string, y Targets, output []int) error {
	if !slices.Equal(long(y.ExampleShape()), long(output)) {
		return fmt.Errorf("%s: expected targets of shape %s, as the last layer's output. Got %s", what, extent.Dims(output), extent.Dims(y.ExampleShape()))
	}
	return nil
}

// ClassNumbers says whether there is one class number for each prediction of an output [..., classes], and
// whether all of them are numbers of classes. What is the loss or metric that asks.
func ClassNumbers(what string, y Targets, output []int) error {
	if len(output) == 0 {
		return fmt.Errorf("%s: expected a last layer with one output for each class. Got %s", what, extent.Dims(output))
	}
	classes := output[len(output)-1]
	if !slices.Equal(long(y.ExampleShape()), long(output[:len(output)-1])) {
		return fmt.Errorf("%s: expected one class number for each prediction, y of shape %s. Got %s; for one-hot targets turn them into class numbers first",
			what, extent.Dims(output[:len(output)-1]), extent.Dims(y.ExampleShape()))
	}
	each := max(1, extent.Size(y.ExampleShape()))
	for i := range y.Len() {
		v, whole := y.Whole(i)
		if !whole {
			return fmt.Errorf("%s: expected whole class numbers in y. Got %v for example %d", what, y.At(i), i/each)
		}
		if v < 0 || v >= classes {
			return fmt.Errorf("%s: expected class numbers from 0 to %d, because the last layer has %d outputs. Got %d for example %d",
				what, classes-1, classes, v, i/each)
		}
	}
	return nil
}

// long is a shape without its axes of length 1.
func long(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
}
