package ml

import (
	"time"
)

// Callback takes part in a Fit. Embed NoCallback and write only the methods that are needed. Any error ends the Fit with it.
type Callback interface {
	// FitBegin comes before anything is compiled.
	FitBegin(*Run) error
	// EpochBegin comes before the first step of each epoch.
	EpochBegin(*Run) error
	// Progress comes several times a second, between two executions on the device, and when the phase changes.
	Progress(*Run) error
	// EpochEnd comes when the epoch's record is in Run.History.
	EpochEnd(*Run) error
	// FitEnd comes in every way that a Fit can end once FitBegin was called; err is what it ends with.
	FitEnd(r *Run, err error) error
}

// NoCallback does nothing at every call.
type NoCallback struct{}

// FitBegin does nothing.
func (NoCallback) FitBegin(*Run) error { return nil }

// EpochBegin does nothing.
func (NoCallback) EpochBegin(*Run) error { return nil }

// Progress does nothing.
func (NoCallback) Progress(*Run) error { return nil }

// EpochEnd does nothing.
func (NoCallback) EpochEnd(*Run) error { return nil }

// FitEnd does nothing.
func (NoCallback) FitEnd(*Run, error) error { return nil }

// Phase is what a Fit is doing.
type Phase string

// The phases of a Fit, in order; Training and Validating alternate.
const (
	Preparing  Phase = "preparing the data"
	Compiling  Phase = "compiling"
	Training   Phase = "training"
	Validating Phase = "validating"
	Finished   Phase = "finished"
)

// Run is a Fit under way, as callbacks see it. It belongs to the goroutine that calls them.
type Run struct {
	// Model is being trained; a callback must not call its methods, which wait for the Fit, other than Store.
	Model *Model
	// Config is what Fit was called with, defaults filled in.
	Config FitConfig
	// Examples and Validation are the numbers of examples.
	Examples, Validation int
	// Backend names what the model computes on.
	Backend string
	Phase   Phase
	// Epoch counts from 1 to Config.Epochs; Step counts the steps done in it, out of Steps.
	Epoch, Step, Steps int
	// Scores are those of the epoch so far.
	Scores Scores
	// Training is the wall time of the epoch's steps so far.
	Training time.Duration
	History  *History

	callbacks []Callback
	stop      string
}

// Stop ends the training after this epoch, or after this execution if the epoch is under way; Fit then returns without an error and
// History.Stopped has the reason.
func (r *Run) Stop(reason string) { r.stop = reason }

// each calls f for all callbacks and returns the first error.
func (r *Run) each(f func(Callback) error) error {
	for _, c := range r.callbacks {
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) phase(p Phase) error {
	r.Phase = p
	return r.each(func(c Callback) error { return c.Progress(r) })
}
