package callbacks

import "github.com/gonbml/gonbml/ml"

// TerminateOnNaN ends a Fit when the loss of a step is no longer a finite number, with a *NotFiniteError that names the layer where it began; the model is given
// the weights from before that step. To find it steps since the epoch's beginning are made again, which gives the same numbers, at most twice as many as there were, and the
// step in question once more with every layer looked at; an interrupt ends that.
//
// It costs two copies of the model's variables at each epoch; with a Stream, which cannot be gone back in, a copy at each step.
type TerminateOnNaN struct{ ml.NoCallback }

// FitBegin has the run watched.
func (TerminateOnNaN) FitBegin(r *ml.Run) error {
	r.TerminateOnNaN()
	return nil
}
