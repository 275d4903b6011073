package ml

import (
	"errors"
	"fmt"
	"math"

	"github.com/gonbml/gonbml/ml/progress"
)

// reporter is the callback that shows the progress.
type reporter struct {
	NoCallback
	display progress.Display
}

// Order is behind all others, so that what they did is shown.
func (*reporter) Order() int { return math.MaxInt }

func (p *reporter) state(r *Run) progress.State {
	s := progress.State{
		Backend: r.Backend, Phase: string(r.Phase), Epoch: min(r.Epoch, r.Config.Epochs), Epochs: r.Config.Epochs,
		Step: r.Step, Steps: r.Steps, Training: r.Training, Compiling: r.History.Compiling, Examples: r.Examples, BatchSize: r.Config.BatchSize,
		LearningRate: r.LearningRate(),
	}
	if r.Step > 0 {
		s.Values = shown(r.Scores.Values(""))
	}
	return s
}

// Progress shows the state.
func (p *reporter) Progress(r *Run) error {
	p.display.Update(p.state(r))
	return nil
}

// EpochEnd shows the epoch's record.
func (p *reporter) EpochEnd(r *Run) error {
	e := r.History.Epochs[len(r.History.Epochs)-1]
	s := p.state(r)
	s.Step, s.Training, s.Values, s.Epoch = e.Steps, e.Training, shown(e.Values), r.Epoch
	p.display.EpochEnd(s, e.Duration)
	return nil
}

// FitEnd shows how it ended.
func (p *reporter) FitEnd(r *Run, err error) error {
	s := p.state(r)
	switch {
	case errors.Is(err, ErrInterrupted):
		s.Note = fmt.Sprintf("interrupted in epoch %d of %d at step %s; the model keeps what it has learned", s.Epoch, s.Epochs, r.place())
	case err != nil:
		s.Note = "failed"
	case r.History.Stopped != "":
		s.Note = "stopped: " + r.History.Stopped
	}
	if r.History.Restored != "" {
		if s.Note != "" {
			s.Note += "; "
		}
		s.Note += r.History.Restored
	}
	p.display.Done(s)
	return nil
}
