// Package progress shows how a training is going: in a notebook as one display that is updated in
// place and stays when the training ends, elsewhere as lines of text like Keras's.
//
// It owns the form, not the facts: whoever trains hands it a State. So it does not need package ml,
// which imports it.
package progress

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gonbml/gonbml/display"
)

// Display shows a training's progress. Its methods are called from one goroutine.
type Display interface {
	// Update shows the state. It may be called far more often than is worth showing.
	Update(State)
	// EpochEnd shows an epoch that has ended and how long it took. The state's values now include
	// those of validation.
	EpochEnd(s State, took time.Duration)
	// Done shows the end and closes the display.
	Done(State)
}

// State is a training at one moment.
type State struct {
	// Backend is the name of what computes.
	Backend string
	// Phase is what is going on: "compiling", "training".
	Phase string
	// Epoch counts from 1. Step counts the steps done in the epoch; Steps is their total, or 0 as
	// long as nobody knows it.
	Epoch, Epochs, Step, Steps int
	// Training is the time that the epoch's steps have taken so far.
	Training time.Duration
	// Compiling is how long the compilation took, once it has ended.
	Compiling time.Duration
	// Examples and BatchSize describe the data.
	Examples, BatchSize int
	// LearningRate is that of the next step. It is 0 or NaN if it is not known.
	LearningRate float64
	// Values are the loss and metrics so far.
	Values []Value
	// Note says in words why a training ended early.
	Note string
}

// Value is a named figure.
type Value struct {
	Name  string
	Value float64
}

// StepTime returns the mean time of the epoch's steps so far.
func (s State) StepTime() time.Duration {
	if s.Step == 0 {
		return 0
	}
	return s.Training / time.Duration(s.Step)
}

// Remaining estimates the time to the end of the epoch's steps.
func (s State) Remaining() time.Duration { return s.StepTime() * time.Duration(s.Steps-s.Step) }

// New returns the display that suits where the program runs: a notebook, a terminal, or a file.
func New() Display {
	if display.Interactive() {
		return NewNotebook(time.Now, new(display.Handle).Publish)
	}
	info, err := os.Stdout.Stat()
	return NewText(os.Stdout, err == nil && info.Mode()&os.ModeCharDevice != 0)
}

// PerSecond returns how many examples per second the epoch's steps have taken so far.
func (s State) PerSecond() float64 {
	if s.Training <= 0 {
		return 0
	}
	return float64(s.Step*s.BatchSize) / s.Training.Seconds()
}

// place is how far the epoch is: "5/20", or "step 5" where the end is not known.
func (s State) place() string {
	if s.Steps == 0 {
		return fmt.Sprintf("step %d", s.Step)
	}
	return fmt.Sprintf("%d/%d", s.Step, s.Steps)
}

// speed is the time of a step and the examples in a second.
func (s State) speed() string {
	text := perStep(s.StepTime())
	if n := s.PerSecond(); n > 0 {
		text += " - " + thousands(n) + " examples/s"
	}
	return text
}

// rate is the learning rate as a part of a line, behind the separator; empty if it is not known.
func (s State) rate(separator string) string {
	if s.LearningRate == 0 || math.IsNaN(s.LearningRate) {
		return ""
	}
	return separator + "learning rate " + strconv.FormatFloat(s.LearningRate, 'g', 3, 32)
}

// left is the time to the epoch's end as a part of a line, behind the separator; empty if nobody
// knows.
func (s State) left(separator string) string {
	if s.Steps == 0 {
		return ""
	}
	return separator + short(s.Remaining()) + " left"
}

// thousands prints a number with separators, in three digits or so.
func thousands(v float64) string {
	for unit := 1.0; ; unit *= 10 {
		if v/unit < 1000 {
			v = math.Round(v/unit) * unit
			break
		}
	}
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// values prints the figures as Keras does: "loss: 0.1234 - accuracy: 0.9876".
func values(all []Value) string {
	var parts []string
	for _, v := range all {
		parts = append(parts, v.Name+": "+figure(v.Value))
	}
	return strings.Join(parts, " - ")
}

// figure prints four places, or four digits of a number too small for that.
func figure(v float64) string {
	if v != 0 && v < 1e-3 && v > -1e-3 {
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// perStep prints the time of a step.
func perStep(d time.Duration) string {
	switch {
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%dms/step", d.Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1fms/step", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.2fms/step", d.Seconds()*1e3)
}

// short prints a duration to two or three digits: "0.41 s", "12 s", "3 min 5 s".
func short(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	case s < 60:
		return fmt.Sprintf("%.0f s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", int(s)/60, int(s)%60)
	default:
		return fmt.Sprintf("%d h %d min", int(s)/3600, int(s)/60%60)
	}
}

// bar draws a bar of so many characters.
func bar(done, all, width int) string {
	if all == 0 {
		return strings.Repeat(".", width)
	}
	full := done * width / all
	if full >= width {
		return strings.Repeat("=", width)
	}
	return strings.Repeat("=", full) + ">" + strings.Repeat(".", width-full-1)
}
