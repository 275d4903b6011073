package ml

import (
	"context"
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// ahead is how many steps' batches are read before they are needed.
const ahead = 2

// source is a pass over a stream. One goroutine reads it; it ends when the stream does, or at the
// first batch after close.
type source struct {
	// size is the number of examples in a step.
	size  int
	steps chan slab
	quit  chan struct{}
	// kept is a slab taken too early.
	kept *slab
}

// slab is the examples of a step in the program's memory: size rows, of which n are examples and
// the rest fill up; or an error.
type slab struct {
	x, y, w []*array.Array
	n       int
	err     error
}

// open begins the pass over a stream for that epoch, given by what names the data is found and how
// much classes count. The size may be 0: that of the first batch.
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
