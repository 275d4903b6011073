package optimizers

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// The formulas are those of Keras's schedules.

// ConstantRate is the same rate at every step. It is of use with WarmUp.
func ConstantRate(rate float64) Schedule { return Schedule{Formula: ConstantSchedule{rate}} }

// ConstantSchedule is the formula of ConstantRate.
type ConstantSchedule struct {
	// Value is the rate.
	Value float64 `json:"initial"`
}

// String returns the schedule as ConstantRate was called.
func (s ConstantSchedule) String() string { return fmt.Sprintf("ConstantRate(%g)", s.Value) }

// Check returns nil.
func (ConstantSchedule) Check() error { return nil }

// Initial returns the rate.
func (s ConstantSchedule) Initial() float64 { return s.Value }

// Rate returns the rate.
func (s ConstantSchedule) Rate(step *graph.Node) *graph.Node { return scalar(step, s.Value) }

// StepDecay is piecewise constant: values[0] up to and including step boundaries[0], counted from
// 0, then values[1], and so on. There is one more value than boundaries.
func StepDecay(boundaries []int, values []float64) Schedule {
	return Schedule{Formula: StepSchedule{boundaries, values}}
}

// StepSchedule is the formula of StepDecay.
type StepSchedule struct {
	// Values[i] is the rate up to and including step Boundaries[i], counted from 0; the last value
	// is the rate after that.
	Boundaries []int     `json:"boundaries"`
	Values     []float64 `json:"values"`
}

// String returns the schedule as StepDecay was called.
func (s StepSchedule) String() string {
	return fmt.Sprintf("StepDecay(%v, %v)", s.Boundaries, s.Values)
}

// Check returns an error if the boundaries do not rise, or if there is not one more value.
func (s StepSchedule) Check() error {
	if len(s.Values) != len(s.Boundaries)+1 {
		return fmt.Errorf("StepDecay: expected one value more than boundaries. Got %d values and %d boundaries",
			len(s.Values), len(s.Boundaries))
	}
	for i := 1; i < len(s.Boundaries); i++ {
		if s.Boundaries[i] <= s.Boundaries[i-1] {
			return fmt.Errorf("StepDecay: expected boundaries that rise. Got %v", s.Boundaries)
		}
	}
	return nil
}

// Initial returns the first value.
func (s StepSchedule) Initial() float64 {
	if len(s.Values) == 0 {
		return 0
	}
	return s.Values[0]
}

// Rate returns the value for the step.
func (s StepSchedule) Rate(step *graph.Node) *graph.Node {
	rate := scalar(step, s.Values[len(s.Values)-1])
	for i := len(s.Boundaries) - 1; i >= 0; i-- {
		within := graph.LessOrEqual(step, scalar(step, float64(s.Boundaries[i])))
		rate = graph.Where(within, scalar(step, s.Values[i]), rate)
	}
	return rate
}

// ExponentialDecay is initial·rate^(step/steps). It falls a little at every step.
func ExponentialDecay(initial float64, steps int, rate float64) Schedule {
	return Schedule{Formula: ExponentialSchedule{initial, steps, rate}}
}

// ExponentialSchedule is the formula of ExponentialDecay.
type ExponentialSchedule struct {
	// Start is the first rate.
	Start float64 `json:"initial"`
	// Steps is the number of steps in which the rate is multiplied by Factor.
	Steps int `json:"steps"`
	// Factor is the part of the rate that is left after Steps steps.
	Factor float64 `json:"rate"`
}

// String returns the schedule as ExponentialDecay was called.
func (s ExponentialSchedule) String() string {
	return fmt.Sprintf("ExponentialDecay(%g, %d, %g)", s.Start, s.Steps, s.Factor)
}

// Check returns an error if Steps is not positive.
func (s ExponentialSchedule) Check() error { return someSteps("ExponentialDecay", s.Steps) }

// Initial returns the first rate.
func (s ExponentialSchedule) Initial() float64 { return s.Start }

// Rate returns Start·Factor^(step/Steps).
func (s ExponentialSchedule) Rate(step *graph.Node) *graph.Node {
	power := graph.Pow(scalar(step, s.Factor), graph.DivScalar(step, float64(s.Steps)))
	return graph.Mul(scalar(step, s.Start), power)
}

// CosineDecay falls from initial to 0 along half a period of a cosine over the given number of
// steps, and stays there (Loshchilov and Hutter 2016).
func CosineDecay(initial float64, steps int) Schedule {
	return Schedule{Formula: CosineSchedule{Start: initial, Steps: steps}}
}

// CosineSchedule is the formula of CosineDecay.
type CosineSchedule struct {
	// Start is the first rate.
	Start float64 `json:"initial"`
	// Steps is the number of steps in which the rate falls.
	Steps int `json:"steps"`
	// Alpha is the part of Start that remains at the end, 0 by default.
	Alpha float64 `json:"rate,omitempty"`
}

// String returns the schedule as CosineDecay was called.
func (s CosineSchedule) String() string {
	return fmt.Sprintf("CosineDecay(%g, %d)", s.Start, s.Steps)
}

// Check returns an error if Steps is not positive.
func (s CosineSchedule) Check() error { return someSteps("CosineDecay", s.Steps) }

// Initial returns the first rate.
func (s CosineSchedule) Initial() float64 { return s.Start }

// Rate returns Start·((1+cos(π·step/Steps))/2·(1-Alpha) + Alpha), with the step clipped to 0 to
// Steps.
func (s CosineSchedule) Rate(step *graph.Node) *graph.Node {
	done := graph.DivScalar(graph.ClipScalar(step, 0, float64(s.Steps)), float64(s.Steps))
	wave := graph.MulScalar(graph.OnePlus(graph.Cos(graph.MulScalar(done, math.Pi))), 0.5)
	part := graph.AddScalar(graph.MulScalar(wave, 1-s.Alpha), s.Alpha)
	return graph.Mul(scalar(step, s.Start), part)
}

func someSteps(kind string, steps int) error {
	if steps <= 0 {
		return fmt.Errorf("%s: expected a positive number of steps. Got %d", kind, steps)
	}
	return nil
}
