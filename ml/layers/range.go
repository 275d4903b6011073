package layers

import (
	"fmt"
	"math"
)

// Range holds the numbers from Low to High, of which one is drawn at random.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// within returns an error if the range is not one from -bound to bound.
func (r Range) within(what string, bound float64) error {
	if r.Low > r.High || r.Low < -bound || r.High > bound {
		return fmt.Errorf("expected %s from %g to %g. Got %g to %g", what, -bound, bound, r.Low,
			r.High)
	}
	return nil
}

// symmetric returns the range from -part to part.
func symmetric(part float64) Range { return Range{-math.Abs(part), math.Abs(part)} }
