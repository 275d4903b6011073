package optimizers

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// Schedule is a learning rate that changes from step to step. ConstantRate, StepDecay,
// ExponentialDecay and CosineDecay make one; WarmUp puts a warm-up before it. The zero value means
// no schedule.
type Schedule struct {
	// Formula is the rate after the warm-up. It may be one of your own.
	Formula LearningRateSchedule
	// Warm is the number of steps over which the rate rises linearly from 0 to the formula's first
	// rate.
	Warm int
}

// LearningRateSchedule is the formula of a Schedule. For models with one of your own to be saved,
// register it with RegisterSchedule.
type LearningRateSchedule interface {
	// String returns the schedule as its constructor was called.
	String() string
	// Check returns an error for settings out of range.
	Check() error
	// Initial returns the rate at the first step.
	Initial() float64
	// Rate adds the rate at a step to a graph. Step is a float32 scalar, counted from 0 after the
	// warm-up. During the warm-up it is negative, and the result does not matter.
	Rate(step *graph.Node) *graph.Node
}

var schedules = contract.NewRegistry[LearningRateSchedule]("learning rate schedule",
	"optimizers.RegisterSchedule")

// RegisterSchedule makes a kind of schedule known, so that models whose optimiser has one can be
// saved and loaded. The function returns an empty schedule, whose exported fields are saved. See
// contract.Registry.Register for the rest.
func RegisterSchedule(kind string, make func() LearningRateSchedule) {
	schedules.Register(kind, make)
}

func init() {
	RegisterSchedule("ConstantRate", func() LearningRateSchedule { return ConstantSchedule{} })
	RegisterSchedule("StepDecay", func() LearningRateSchedule { return StepSchedule{} })
	RegisterSchedule("ExponentialDecay",
		func() LearningRateSchedule { return ExponentialSchedule{} })
	RegisterSchedule("CosineDecay", func() LearningRateSchedule { return CosineSchedule{} })
}

// WarmUp returns the schedule after a warm-up: over the given number of steps, the rate rises
// linearly from 0 to the schedule's first rate.
func (s Schedule) WarmUp(steps int) Schedule {
	s.Warm = steps
	return s
}

// String returns the schedule as its constructor was called.
func (s Schedule) String() string {
	if s.Formula == nil {
		return ""
	}
	text := s.Formula.String()
	if s.Warm > 0 {
		text += fmt.Sprintf(".WarmUp(%d)", s.Warm)
	}
	return text
}

// Check returns an error for settings out of range.
func (s Schedule) Check() error {
	switch {
	case s.Warm < 0:
		return errors.New("expected a warm-up of 0 or more steps")
	case s.Formula == nil && s.Warm > 0:
		return errors.New("expected a schedule to warm up for, such as optimizers.ConstantRate(0.001).WarmUp(100). Got a warm-up alone")
	case s.Formula == nil:
		return nil
	}
	return s.Formula.Check()
}

// Rate adds the learning rate at a step to a graph. Step is a float32 scalar, counted from 0.
func (s Schedule) Rate(step *graph.Node) *graph.Node {
	rate := s.Formula.Rate(graph.SubScalar(step, float64(s.Warm)))
	if s.Warm > 0 {
		rising := graph.MulScalar(step, s.Formula.Initial()/float64(s.Warm))
		rate = graph.Where(graph.LessThan(step, scalar(step, float64(s.Warm))), rising, rate)
	}
	return rate
}

// MarshalJSON writes the formula's kind, its settings and the warm-up: the settings of gonbml's own
// beside the kind, those of others, which may have any names, below it.
func (s Schedule) MarshalJSON() ([]byte, error) {
	fields := map[string]any{}
	if s.Formula != nil {
		saved, err := schedules.Save(s.Formula)
		if err != nil {
			return nil, err
		}
		if saved.Type != "" {
			return json.Marshal(savedSchedule{saved, s.Warm})
		}
		if err := json.Unmarshal(saved.Config, &fields); err != nil {
			return nil, fmt.Errorf("learning rate schedule %q: expected settings that are a JSON object: %w",
				saved.Kind, err)
		}
		fields["kind"] = saved.Kind
	}
	if s.Warm != 0 {
		fields["warm"] = s.Warm
	}
	return json.Marshal(fields)
}

// savedSchedule is a schedule with a formula that is not gonbml's.
type savedSchedule struct {
	contract.Saved
	Warm int `json:"warm,omitempty"`
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Schedule) UnmarshalJSON(text []byte) error {
	var head savedSchedule
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	*s = Schedule{Warm: head.Warm}
	if head.Kind == "" {
		return nil
	}
	if head.Type == "" {
		head.Config = text
	}
	var err error
	s.Formula, err = schedules.Load(head.Saved)
	return err
}

// scalar returns a number in the step's graph.
func scalar(step *graph.Node, v float64) *graph.Node {
	return graph.Const(step.Graph(), float32(v))
}
