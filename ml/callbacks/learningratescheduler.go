package callbacks

import (
	"fmt"

	"github.com/gonbml/gonbml/ml"
)

// LearningRateScheduler returns a callback that sets the learning rate to rate(epoch, now) before
// each epoch. Epochs are counted from 1; now is the rate until then. Nothing is compiled again. For
// rates that change at each step there is the optimiser's Schedule, which cannot be combined with
// this callback.
func LearningRateScheduler(rate func(epoch int, now float64) float64) ml.Callback {
	return rateScheduler{rate: rate}
}

type rateScheduler struct {
	ml.NoCallback
	rate func(epoch int, now float64) float64
}

// EpochBegin sets the learning rate.
func (s rateScheduler) EpochBegin(r *ml.Run) error {
	if err := r.SetLearningRate(s.rate(r.Epoch, r.LearningRate())); err != nil {
		return fmt.Errorf("LearningRateScheduler: epoch %d: %w", r.Epoch, err)
	}
	return nil
}
