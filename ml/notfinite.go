package ml

import (
	"fmt"
	"strings"
)

// NotFiniteError says where a training's numbers stopped being finite.
type NotFiniteError struct {
	// Epoch and Step count from 1; Step is the first whose loss, gradients or new weights are not
	// all finite.
	Epoch, Step int
	// Layer is the first layer concerned, as error texts name layers; empty if it is none.
	Layer string
	// Where says what of it: "output", "gradient", "weights", ...
	Where string
	// NaN and Inf count the values, of so many.
	NaN, Inf, Of int
	// Largest is the largest finite value, by its absolute value, among the weights before the
	// step.
	Largest float64
}

// Error says where, what and why that may be.
func (e *NotFiniteError) Error() string {
	where := e.Where
	if e.Layer != "" {
		where = fmt.Sprintf("the %s of %s", e.Where, e.Layer)
	}
	s := fmt.Sprintf("expected finite numbers. Got a loss that is not, first in epoch %d at step %d: %s", e.Epoch, e.Step, where)
	if e.Of > 0 {
		s += fmt.Sprintf(" has %d NaN and %d infinite of %d values", e.NaN, e.Inf, e.Of)
	}
	hint := "likely the learning rate is too high, or a loss gets values out of its range; a lower rate, optimizers.Clip and FromLogits help"
	switch {
	case strings.HasPrefix(where, "the data"):
		hint = "clean the data: data.Dataset.Missing finds such examples"
	case e.Largest > 1e4:
		hint = fmt.Sprintf("the weights had grown to %.3g before: the learning rate is too high, or the data is not normalised", e.Largest)
	}
	return s + ". The model has the weights from before that step; " + hint
}
