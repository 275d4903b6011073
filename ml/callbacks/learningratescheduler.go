package callbacks

import (
	"fmt"

	"github.com/gonbml/gonbml/ml"
)

// LearningRateScheduler returns a Callback that sets the learning rate before each epoch to rate(epoch, now): epoch counts from 1, now is the rate
// so far. Nothing is compiled again. A Schedule in the optimiser is for rates that change at each step, and rules this callback out.
func LearningRateScheduler(rate func(epoch int, now float64) float64) ml.Callback {
	return rateScheduler{rate: rate}
}

type rateScheduler struct {
	ml.NoCallback
	rate func(epoch int, now float64) float64
}

// EpochBegin sets the rate.
func (s rateScheduler) EpochBegin(r *ml.Run) error {
	if err := r.SetLearningRate(s.rate(r.Epoch, r.LearningRate())); err != nil {
		return fmt.Errorf("LearningRateScheduler: epoch %d: %w", r.Epoch, err)
	}
	return nil
}
