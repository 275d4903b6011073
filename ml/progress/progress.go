// Package progress shows how a training goes: in a notebook as one display that is updated in place and stays at its end,
// elsewhere as lines of text like Keras's.
//
// It owns the form, not the facts: whoever trains hands it a State. It therefore imports nothing of package ml, which
// imports it.
package progress

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gonbml/gonbml/display"
)

// Display shows a training's progress. Its methods are called from one goroutine.
type Display interface {
	// Update shows the state; it may be called far more often than is worth showing.
	Update(State)
	// EpochEnd shows an epoch that took so long; the state's values now include those of validation.
	EpochEnd(s State, took time.Duration)
	// Done shows the end and closes the display.
	Done(State)
}

// State is a moment of a training.
type State struct {
	// Backend names what computes.
	Backend string
	// Phase is what goes on: "compiling", "training".
	Phase string
	// Epoch counts from 1, Step counts the steps done in it.
	Epoch, Epochs, Step, Steps int
	// Training is the time that the epoch's steps took so far.
	Training time.Duration
	// Compiling is how long the compilation took, once it has ended.
	Compiling time.Duration
	// Examples and BatchSize describe the data.
	Examples, BatchSize int
	// Values are the loss and metrics so far.
	Values []Value
	// Note says in words how a training ended before its time.
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

// New returns the display for where the program runs: a notebook, a terminal, or a file.
func New() Display {
	if display.Interactive() {
		return NewNotebook(time.Now, new(display.Handle).Publish)
	}
	info, err := os.Stdout.Stat()
	return NewText(os.Stdout, err == nil && info.Mode()&os.ModeCharDevice != 0)
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
