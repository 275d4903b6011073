package ml

import (
	"fmt"
	"iter"
)

// Batch is some examples of a Stream, in any of the forms that Fit takes: as many in X as in Y, and in Weights if it is set.
type Batch struct {
	// X are the inputs, Y the targets.
	X, Y any
	// Weights are as FitConfig.SampleWeights; all batches of a stream have them, or none.
	Weights any
}

// Stream is data that does not fit the memory, or is made as it is needed: called with the number of the epoch that is under way or, for Evaluate, comes next,
// from 1 over the model's life, it returns that epoch's examples. Fit and Evaluate take it in the place of x, with y nil; as FitConfig.Validation it is ml.Pair(stream, nil).
//
// Batches may be of any size: they are cut into and put together to steps of FitConfig.BatchSize, by default the first batch's size, and the last one is filled up at
// weight 0, so that nothing is compiled twice. While the device computes, the next batches are read in a goroutine of their own, up to two steps ahead; an error
// ends the Fit. Nothing is shuffled.
type Stream func(epoch int) iter.Seq2[Batch, error]

// Endless is a Stream that does not end by itself, such as one that draws examples at random. Given so, as ml.Endless(stream), a Fit, a validation or an
// Evaluate that would go on for ever is an error at once: it needs FitConfig.StepsPerEpoch, FitConfig.ValidationSteps or ml.Steps. That a stream will not end cannot
// be told from outside, so without the word it is read until it does, or until somebody interrupts.
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
