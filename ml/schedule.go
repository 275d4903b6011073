package ml

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Schedule is a learning rate that changes from step to step. Make one with ConstantRate, StepDecay, ExponentialDecay or
// CosineDecay, and put a warm-up before it with WarmUp; its zero value means that there is none. Formulas are those of Keras's
// schedules.
type Schedule struct {
	// Kind is the constructor's name.
	Kind string `json:"kind,omitempty"`
	// Initial is the rate at the first step behind the warm-up.
	Initial float64 `json:"initial,omitempty"`
	// Steps is how long a decay takes.
	Steps int `json:"steps,omitempty"`
	// Rate is the factor that ExponentialDecay applies every Steps steps; for CosineDecay it is the part of Initial that remains at the end.
	Rate float64 `json:"rate,omitempty"`
	// Boundaries and Values are StepDecay's: Values[i] holds up to and including step Boundaries[i], counted from 0.
	Boundaries []int     `json:"boundaries,omitempty"`
	Values     []float64 `json:"values,omitempty"`
	// Warm is the number of steps over which the rate rises linearly from 0 to Initial.
	Warm int `json:"warm,omitempty"`
}

// ConstantRate is the same rate at every step; use it with WarmUp.
func ConstantRate(rate float64) Schedule { return Schedule{Kind: "ConstantRate", Initial: rate} }

// StepDecay is piecewise constant: values[0] up to and including step boundaries[0] (counted from 0), and so on; there is one value more
// than boundaries.
func StepDecay(boundaries []int, values []float64) Schedule {
	s := Schedule{Kind: "StepDecay", Boundaries: boundaries, Values: values}
	if len(values) > 0 {
		s.Initial = values[0]
	}
	return s
}

// ExponentialDecay is initial·rate^(step/steps), falling a little at every step.
func ExponentialDecay(initial float64, steps int, rate float64) Schedule {
	return Schedule{Kind: "ExponentialDecay", Initial: initial, Steps: steps, Rate: rate}
}

// CosineDecay falls from initial to 0 along half a cosine over so many steps and stays there (Loshchilov and Hutter 2016).
func CosineDecay(initial float64, steps int) Schedule {
	return Schedule{Kind: "CosineDecay", Initial: initial, Steps: steps}
}

// WarmUp returns the schedule behind so many steps over which the rate rises linearly from 0.
func (s Schedule) WarmUp(steps int) Schedule {
	s.Warm = steps
	return s
}

// String is the schedule as its constructor was called.
func (s Schedule) String() string {
	text := s.Kind
	switch s.Kind {
	case "ConstantRate":
		text += fmt.Sprintf("(%g)", s.Initial)
	case "StepDecay":
		text += fmt.Sprintf("(%v, %v)", s.Boundaries, s.Values)
	case "ExponentialDecay":
		text += fmt.Sprintf("(%g, %d, %g)", s.Initial, s.Steps, s.Rate)
	case "CosineDecay":
		text += fmt.Sprintf("(%g, %d)", s.Initial, s.Steps)
	}
	if s.Warm > 0 {
		text += fmt.Sprintf(".WarmUp(%d)", s.Warm)
	}
	return text
}

func (s Schedule) check() error {
	switch s.Kind {
	case "", "ConstantRate":
	case "StepDecay":
		if len(s.Values) != len(s.Boundaries)+1 {
			return fmt.Errorf("StepDecay: expected one value more than boundaries. Got %d values and %d boundaries", len(s.Values), len(s.Boundaries))
		}
		for i := 1; i < len(s.Boundaries); i++ {
			if s.Boundaries[i] <= s.Boundaries[i-1] {
				return fmt.Errorf("StepDecay: expected boundaries that rise. Got %v", s.Boundaries)
			}
		}
	case "ExponentialDecay", "CosineDecay":
		if s.Steps <= 0 {
			return fmt.Errorf("%s: expected a positive number of steps. Got %d", s.Kind, s.Steps)
		}
	default:
		return fmt.Errorf("expected a schedule made by ml.ConstantRate, StepDecay, ExponentialDecay or CosineDecay. Got kind %q", s.Kind)
	}
	if s.Warm < 0 {
		return errors.New("expected a warm-up of 0 or more steps")
	}
	return nil
}

// rate is the learning rate at a step, a float32 scalar counted from 0.
func (s Schedule) rate(step *graph.Node) *graph.Node {
	g := step.Graph()
	number := func(v float64) *graph.Node { return graph.Const(g, float32(v)) }
	since := graph.SubScalar(step, float64(s.Warm))
	var rate *graph.Node
	switch s.Kind {
	case "StepDecay":
		rate = number(s.Values[len(s.Values)-1])
		for i := len(s.Boundaries) - 1; i >= 0; i-- {
			rate = graph.Where(graph.LessOrEqual(since, number(float64(s.Boundaries[i]))), number(s.Values[i]), rate)
		}
	case "ExponentialDecay":
		rate = graph.Mul(number(s.Initial), graph.Pow(number(s.Rate), graph.DivScalar(since, float64(s.Steps))))
	case "CosineDecay":
		done := graph.DivScalar(graph.ClipScalar(since, 0, float64(s.Steps)), float64(s.Steps))
		wave := graph.MulScalar(graph.OnePlus(graph.Cos(graph.MulScalar(done, 3.141592653589793))), 0.5)
		rate = graph.Mul(number(s.Initial), graph.AddScalar(graph.MulScalar(wave, 1-s.Rate), s.Rate))
	default:
		rate = number(s.Initial)
	}
	if s.Warm > 0 {
		rising := graph.MulScalar(step, s.Initial/float64(s.Warm))
		rate = graph.Where(graph.LessThan(step, number(float64(s.Warm))), rising, rate)
	}
	return rate
}
