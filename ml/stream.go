package ml

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/mistake"
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

// ahead is how many steps' batches are read before they are needed.
const ahead = 2

// source is a pass over a stream. One goroutine reads it; it ends when the stream does, or at the first batch after close.
type source struct {
	// size is the number of examples in a step.
	size  int
	steps chan slab
	quit  chan struct{}
	// kept is a slab taken too early.
	kept *slab
}

// slab is the examples of a step in the program's memory: size rows, of which n are examples and the rest fill up; or an error.
type slab struct {
	x, y, w []*array.Array
	n       int
	err     error
}

// open begins the pass over a stream for that epoch, given by what names the data is found and how much
// classes count. The size may be 0: that of the first batch.
func open(ctx context.Context, s Stream, epoch, size int, p ports, classes map[int]float64) (*source, error) {
	src := &source{steps: make(chan slab, ahead), quit: make(chan struct{})}
	sized := make(chan int, 1)
	go func() {
		defer close(src.steps)
		defer close(sized)
		emit := func(b slab) bool {
			select {
			case src.steps <- b:
				return true
			case <-src.quit:
				return false
			}
		}
		var all slab
		err := mistake.Building(func() { // a stream's panic becomes an error
			for b, err := range s(epoch) {
				if err == nil {
					err = all.add(b, p, classes)
				}
				if err != nil {
					emit(slab{err: err})
					return
				}
				if all.n == 0 {
					continue
				}
				if size == 0 {
					size = all.n
				}
				select {
				case sized <- size:
				default:
				}
				at := 0
				for ; all.n-at >= size; at += size {
					if !emit(all.cut(at, at+size, size)) {
						return
					}
				}
				if at > 0 {
					all = all.cut(at, all.n, 0)
				}
			}
			if all.n > 0 {
				emit(all.cut(0, all.n, size))
			}
		})
		if err != nil {
			emit(slab{err: err})
		}
	}()
	select {
	case src.size = <-sized:
	case <-ctx.Done():
		src.close()
		return nil, interrupted(ctx)
	}
	if _, err := src.peek(ctx); err != nil {
		src.close()
		return nil, err
	}
	return src, nil
}

// add puts a batch's examples behind those that are there.
func (s *slab) add(b Batch, p ports, classes map[int]float64) error {
	x, y, err := p.feed(b.X, b.Y)
	if err != nil {
		return err
	}
	if err := p.sameCount(x, y); err != nil {
		return err
	}
	w, err := exampleWeights(b.Weights, classes, p.targets, y)
	if err != nil {
		return err
	}
	n := x[0].Shape[0]
	for i := range x {
		x[i] = x[i].Float()
	}
	if s.n == 0 {
		s.x, s.y, s.w, s.n = x, y, w, n
		*s = s.cut(0, n, 0) // the stream may use its slices again
		return nil
	}
	if len(w) != len(s.w) {
		return errors.New("expected all batches of a stream with Weights, or none. Got both kinds")
	}
	for _, part := range []struct{ to, from []*array.Array }{{s.x, x}, {s.y, y}, {s.w, w}} {
		for i, a := range part.from {
			if part.to[i], err = part.to[i].Join(a); err != nil {
				return err
			}
		}
	}
	s.n += n
	return nil
}

// cut returns a copy of the rows from first to last, filled up with the first of them to size.
func (s *slab) cut(first, last, size int) slab {
	some := func(all []*array.Array) (part []*array.Array) {
		for _, a := range all {
			part = append(part, a.Rows(first, last, size))
		}
		return part
	}
	return slab{x: some(s.x), y: some(s.y), w: some(s.w), n: last - first}
}

// next returns the slab of the next step; nil at the end.
func (s *source) next(ctx context.Context) (*slab, error) {
	if b := s.kept; b != nil {
		s.kept = nil
		return b, nil
	}
	select {
	case b, more := <-s.steps:
		if !more {
			return nil, nil
		}
		if b.err != nil {
			return nil, fmt.Errorf("the stream: %w", b.err)
		}
		return &b, nil
	case <-ctx.Done():
		return nil, interrupted(ctx)
	}
}

// peek returns the slab of the next step and keeps it for next; a stream without any is an error.
func (s *source) peek(ctx context.Context) (*slab, error) {
	b, err := s.next(ctx)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, errors.New("expected a stream with at least one example. Got none")
	}
	s.kept = b
	return b, nil
}

// close lets the reading goroutine end.
func (s *source) close() { close(s.quit) }
