package ml

import (
	"context"
	"time"
)

// slice is how long one execution on the device should take: short enough for the display and an
// interrupt, long enough that starting it costs nothing.
const slice = 150 * time.Millisecond

// pieces runs the epoch to its end in executions of about the same duration, calling after with
// each one's duration. None goes beyond as many steps as reach says; nil means that all may.
func (e *epoch) pieces(ctx context.Context, reach func() int, after func(took time.Duration) error) error {
	for e.done < e.steps {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		before, start := e.done, time.Now()
		count := e.l.piece
		if reach != nil {
			count = min(count, reach())
		}
		if err := e.run(count); err != nil {
			return err
		}
		took := time.Since(start)
		e.l.piece = nextPiece(e.done-before, took)
		if err := after(took); err != nil {
			return err
		}
	}
	return nil
}

// nextPiece returns how many steps to make in the next execution, given how long the last ones
// took. It grows slowly, because the first executions are slower than the rest.
func nextPiece(steps int, took time.Duration) int {
	if took <= 0 {
		took = 1
	}
	return max(1, min(int(float64(steps)*float64(slice)/float64(took)), steps*8))
}

// runTo makes steps until so many are done, in executions after each of which an interrupt is
// heeded.
func (e *epoch) runTo(ctx context.Context, done int) error {
	for e.done < done {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		if err := e.run(min(done-e.done, e.l.piece)); err != nil {
			return err
		}
	}
	return nil
}
