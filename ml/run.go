package ml

import (
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

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
	// Model is being trained. A callback must not call its methods, other than Store: they wait for
	// the Fit until they are interrupted.
	Model *Model
	// Config is what Fit was called with, defaults filled in.
	Config FitConfig
	// Examples and Validation are the numbers of examples; 0 for a Stream.
	Examples, Validation int
	// Backend names what the model computes on.
	Backend string
	Phase   Phase
	// Epoch counts from 1 to Config.Epochs. Step counts the steps done in it, out of Steps, which
	// is 0 as long as a Stream has not ended once.
	Epoch, Step, Steps int
	// Total counts the steps of all epochs.
	Total int
	// Scores are those of the epoch so far.
	Scores Scores
	// Training is the wall time of the epoch's steps so far.
	Training time.Duration
	History  *History

	callbacks []Callback
	// batchGiven is FitConfig.BatchSize as the user gave it.
	batchGiven int
	stop       string
	// replaced are the weights that training arrived at, if a callback put others in their place at
	// the end.
	replaced *Weights
	// compiled says that the loops are, so that training has begun.
	compiled bool
	// current is the epoch under way, nil between two.
	current *epoch
	// finite looks whether the numbers stay so, if a callback has called TerminateOnNaN.
	finite nanCheck
	// left is where an earlier Fit stands within the first epoch, if this one resumes it.
	left *stand
}

// Stop ends the training after this epoch, or after this execution if the epoch is under way. Fit
// then returns without an error, and History.Stopped has the reason.
func (r *Run) Stop(reason string) { r.stop = reason }

// Value returns the figure of that name, such as "val_loss", in the record of the last epoch, and
// whether there is one.
func (r *Run) Value(name string) (float64, bool) {
	if len(r.History.Epochs) == 0 {
		return 0, false
	}
	return r.History.Epochs[len(r.History.Epochs)-1].Value(name)
}

// LearningRate is what the optimiser will use in the next step. It is NaN before the first Fit has
// compiled, and for optimisers from elsewhere that keep no learning rate.
func (r *Run) LearningRate() float64 {
	v := r.rateVariable()
	if v == nil || !v.HasValue() {
		return math.NaN()
	}
	value, err := v.Value()
	if err != nil {
		return math.NaN()
	}
	switch rate := value.Value().(type) {
	case float32:
		return float64(rate)
	case float64:
		return rate
	}
	return math.NaN()
}

// SetLearningRate changes the learning rate from the next step on; nothing is compiled again. It
// fails before anything is compiled (so in FitBegin), and if the optimiser has a Schedule, which
// sets the rate at each step.
func (r *Run) SetLearningRate(rate float64) error {
	v := r.rateVariable()
	switch {
	case !(rate >= 0) || math.IsInf(rate, 1):
		return fmt.Errorf("expected a learning rate of 0 or more. Got %g", rate)
	case v == nil || !v.HasValue():
		return errors.New("expected an optimizer with a learning rate to set, after FitBegin. Got none")
	case r.Scheduled():
		return fmt.Errorf("expected an optimizer without a Schedule, which sets the learning rate at each step. Got %s", r.Model.optimizer)
	}
	return v.SetValue(tensors.FromScalarAndDimensions(float32(rate)))
}

// Scheduled says whether the optimiser has a Schedule, which sets the learning rate at each step.
func (r *Run) Scheduled() bool {
	o, err := r.Model.optimizer.GoMLX()
	s, ok := o.(contract.Scheduled)
	return err == nil && ok && s.Scheduled()
}

// Optimizer is the model's.
func (r *Run) Optimizer() contract.Optimizer { return r.Model.optimizer }

// Validates says whether the epochs' records have figures of validation.
func (r *Run) Validates() bool { return r.Config.Validation != nil || r.Config.ValidationSplit > 0 }

// Trained is the number of epochs that the model has seen, in all its Fits.
func (r *Run) Trained() int { return r.Model.epochs }

func (r *Run) rateVariable() *model.Variable {
	return r.Model.store.GetVariable(path.Join(model.ScopeSeparator, optimizer.Scope, optimizer.ParamLearningRate))
}

// Weights returns a copy of the layers' variables as they are now.
func (r *Run) Weights() (*Weights, error) { return r.Model.weights(modelScope) }

// SetWeights puts a copy of w into the model. In FitEnd this decides what the model keeps; a later
// Fit with FitConfig.Resume still goes on from where training was.
func (r *Run) SetWeights(w *Weights) error {
	if r.Phase == Finished && r.replaced == nil {
		now, err := r.Weights()
		if err != nil {
			return err
		}
		r.replaced = now
	}
	return r.Model.setWeights(w)
}

// each calls f for all callbacks and returns the first error.
func (r *Run) each(f func(Callback) error) error {
	for _, c := range r.callbacks {
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// place is the step, and out of how many where that is known.
func (r *Run) place() string {
	if r.Steps == 0 {
		return strconv.Itoa(r.Step)
	}
	return fmt.Sprintf("%d of %d", r.Step, r.Steps)
}

// reach is the number of steps to the next one after which a StepCallback wants to be called.
func (r *Run) reach() int {
	n := math.MaxInt
	if r.finite.good != nil && r.current.from != nil {
		n = 1
	}
	for _, c := range r.callbacks {
		if s, ok := c.(StepCallback); ok && s.Every() > 0 {
			n = min(n, s.Every()-r.Total%s.Every())
		}
	}
	return n
}

// stepEnd calls the StepCallbacks whose turn it is.
func (r *Run) stepEnd() error {
	return r.each(func(c Callback) error {
		if s, ok := c.(StepCallback); ok && s.Every() > 0 && r.Total%s.Every() == 0 {
			return s.StepEnd(r)
		}
		return nil
	})
}

func (r *Run) endEpoch() {
	if r.current != nil {
		r.current.end()
		r.current = nil
	}
}

func (r *Run) phase(p Phase) error {
	r.Phase = p
	return r.each(func(c Callback) error { return c.Progress(r) })
}

// TerminateOnNaN ends the Fit with a *NotFiniteError when the loss of a step is no longer a finite
// number. A callback asks for it in FitBegin; see callbacks.TerminateOnNaN for what it does and
// costs.
func (r *Run) TerminateOnNaN() { r.finite.asked = true }
