package ml

import (
	"fmt"
	"iter"
)

// Batch is some examples of a Stream, in any of the forms that Fit takes. X and Y, and Weights if
// it is set, have equally many.
type Batch struct {
	// X are the inputs, Y the targets.
	X, Y any
	// Weights are as FitConfig.SampleWeights; all batches of a stream have them, or none.
	Weights any
}

// Stream is data that does not fit the memory, or is made as it is needed. It is called with the
// number of an epoch and returns that epoch's examples. Epochs count from 1 over the model's life;
// Evaluate asks for the one that comes next. Fit and Evaluate take a Stream in the place of x, with
// y nil; as FitConfig.Validation it is ml.Pair(stream, nil).
//
// Batches may be of any size. They are cut or put together to steps of FitConfig.BatchSize, by
// default the size of the first batch, and the last step is filled up at weight 0, so that nothing
// is compiled twice. While the device computes, a goroutine reads the next batches, up to two steps
// ahead. An error ends the Fit. Nothing is shuffled.
type Stream func(epoch int) iter.Seq2[Batch, error]

// Endless is a Stream that does not end by itself, such as one that draws examples at random. Given
// ml.Endless(stream), a Fit, a validation or an Evaluate that would go on for ever fails at once:
// it needs FitConfig.StepsPerEpoch, FitConfig.ValidationSteps or ml.Steps. Whether a stream will
// end cannot be told from outside, so any other is read until it does, or until somebody
// interrupts.
type Endless Stream

// streamOf says whether x is a stream, and whether it is known not to end.
func streamOf(x any) (s Stream, endless, streamed bool) {
	switch x := x.(type) {
	case Stream:
		return x, false, true
	case func(epoch int) iter.Seq2[Batch, error]:
		return x, false, true
	case Endless:
		return Stream(x), true, true
	}
	return nil, false, false
}

// limited says whether data of that kind may have the number of steps that an option sets.
func limited(option string, steps int, endless, streamed bool) error {
	switch {
	case endless && steps == 0:
		return fmt.Errorf("expected %s for an ml.Endless stream, which does not end by itself: say after how many steps to stop. Got none", option)
	case !streamed && steps > 0:
		return fmt.Errorf("expected %s with a Stream. Got %d for examples in memory, of which all are used; give a part of them instead", option, steps)
	}
	return nil
}
