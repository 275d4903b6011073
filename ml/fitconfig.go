package ml

import (
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/ml/progress"
)

// DefaultBatchSize is Keras's batch size.
const DefaultBatchSize = 32

// FitConfig says how to train. The zero value trains one epoch in batches of 32, shuffled, and
// shows the progress.
type FitConfig struct {
	// BatchSize is the number of examples in a step, 32 by default.
	BatchSize int
	// Epochs is the number of passes over the examples, 1 by default.
	Epochs int
	// Validation is evaluated after each epoch; nil means none.
	Validation Examples
	// ValidationSplit, from 0 to below 1, takes that part of the examples for validation: the last
	// ones, before anything is shuffled, as Keras does. It excludes Validation.
	ValidationSplit float64
	// StepsPerEpoch ends an epoch of a Stream after so many steps; 0, the default, means at the
	// stream's own end. An Endless one needs it.
	StepsPerEpoch int
	// ValidationSteps ends each validation with a Stream after so many steps, each of as many
	// examples as the stream's first batch has; 0, the default, means at the stream's own end. An
	// Endless one needs it. Each validation begins the stream anew.
	ValidationSteps int
	// InOrder keeps the order of the examples; by default each epoch shuffles it.
	InOrder bool
	// Seed fixes the order of the examples, and, if the model has no weights yet, those and
	// dropout.
	Seed int64
	// SampleWeights say how much each example counts in the loss: one number for each, or, by name,
	// an array of them for each output that has a loss. Nil means 1 for all. As in Keras, the loss
	// is the sum of the weighted losses, divided by the number of examples.
	SampleWeights any
	// ClassWeights say how much examples of a class count in the loss. The class of an example is
	// its number in y, or the place of the largest in a row of targets; a class that is missing
	// here counts 1. They multiply SampleWeights. The model must have one output.
	ClassWeights map[int]float64
	// Callbacks are called in order.
	Callbacks []Callback
	// Resume goes on with the model's last Fit, be it in this process or before Save and Load.
	// Epochs then counts from the beginning of that Fit, History begins with its epochs, and
	// callbacks get their states back. On the same backend, with the same data and FitConfig, the
	// numbers are bit for bit those of a Fit that was never cut off.
	Resume bool
	// Quiet shows no progress.
	Quiet bool
	// Progress shows the progress somewhere else than in the notebook or on standard output.
	Progress progress.Display
}

func (c *FitConfig) fill() error {
	if c.BatchSize < 0 || c.Epochs < 0 {
		return fmt.Errorf("expected a batch size and a number of epochs above 0. Got %d and %d", c.BatchSize, c.Epochs)
	}
	if c.StepsPerEpoch < 0 || c.ValidationSteps < 0 || !(c.ValidationSplit >= 0 && c.ValidationSplit < 1) {
		return fmt.Errorf("expected StepsPerEpoch and ValidationSteps of 0 or more, and a ValidationSplit from 0 to below 1. Got %d, %d and %g", c.StepsPerEpoch, c.ValidationSteps, c.ValidationSplit)
	}
	if c.ValidationSplit > 0 && c.Validation != nil {
		return errors.New("expected Validation or ValidationSplit. Got both")
	}
	if c.Epochs == 0 {
		c.Epochs = 1
	}
	return nil
}
