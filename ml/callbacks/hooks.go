package callbacks

import "github.com/gonbml/gonbml/ml"

// Hooks is an ml.Callback made of functions, for cases that need no type of their own. Functions
// that are nil do nothing.
type Hooks struct {
	// OnFitBegin, OnEpochBegin, OnProgress, OnEpochEnd and OnFitEnd are called when the methods of
	// ml.Callback with these names are.
	OnFitBegin, OnEpochBegin, OnProgress, OnEpochEnd func(*ml.Run) error
	OnFitEnd                                         func(r *ml.Run, err error) error
	// OnStepEnd is called after every step. Each step then is an execution of its own, which makes
	// the training of a small model slower.
	OnStepEnd func(*ml.Run) error
}

func call(f func(*ml.Run) error, r *ml.Run) error {
	if f == nil {
		return nil
	}
	return f(r)
}

// FitBegin calls OnFitBegin.
func (h Hooks) FitBegin(r *ml.Run) error { return call(h.OnFitBegin, r) }

// EpochBegin calls OnEpochBegin.
func (h Hooks) EpochBegin(r *ml.Run) error { return call(h.OnEpochBegin, r) }

// Progress calls OnProgress.
func (h Hooks) Progress(r *ml.Run) error { return call(h.OnProgress, r) }

// EpochEnd calls OnEpochEnd.
func (h Hooks) EpochEnd(r *ml.Run) error { return call(h.OnEpochEnd, r) }

// FitEnd calls OnFitEnd.
func (h Hooks) FitEnd(r *ml.Run, err error) error {
	if h.OnFitEnd == nil {
		return nil
	}
	return h.OnFitEnd(r, err)
}

// Every returns 1 with OnStepEnd, otherwise 0.
func (h Hooks) Every() int {
	if h.OnStepEnd == nil {
		return 0
	}
	return 1
}

// StepEnd calls OnStepEnd.
func (h Hooks) StepEnd(r *ml.Run) error { return call(h.OnStepEnd, r) }
