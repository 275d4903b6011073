package callbacks

import "github.com/gonbml/gonbml/ml"

// TerminateOnNaN ends a Fit when the loss of a step is no longer finite. The error is an
// *ml.NotFiniteError, which names the layer where that began. The model gets the weights from
// before that step. To find the step, those since the beginning of the epoch are repeated, at most
// twice as many as there were, which gives the same numbers; then the step is repeated once more,
// with a check of every layer. An interrupt ends the search.
//
// The cost is two copies of the model's variables in each epoch; with a Stream, which cannot be
// read again, a copy in each step.
type TerminateOnNaN struct{ ml.NoCallback }

// FitBegin makes the run watch for such a loss.
func (TerminateOnNaN) FitBegin(r *ml.Run) error {
	r.TerminateOnNaN()
	return nil
}
