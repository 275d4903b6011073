package server

import (
	"context"
	"sync"

	"github.com/gonbml/gonbml/kernel/message"
)

// lane is the queue of execute requests. One goroutine (runLane) takes them in order; any may add.
type lane struct {
	// mu guards what follows: the waiting requests, and how to interrupt the run that was taken last (nil: none runs).
	mu      sync.Mutex
	waiting []*request
	cancel  context.CancelFunc
	// wake holds a value when waiting may have grown.
	wake chan struct{}
}

func newLane() *lane { return &lane{wake: make(chan struct{}, 1)} }

func (l *lane) add(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, r)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take waits for the next request and returns it with a context that an interrupt ends. The caller calls done after
// the run.
func (l *lane) take(ctx context.Context) (r *request, interrupted context.Context, done func(), err error) {
	for {
		l.mu.Lock()
		if len(l.waiting) > 0 {
			defer l.mu.Unlock()
			r, l.waiting = l.waiting[0], l.waiting[1:]
			interrupted, l.cancel = context.WithCancel(ctx)
			return r, interrupted, l.done, nil
		}
		l.mu.Unlock()
		select {
		case <-l.wake:
		case <-ctx.Done():
			return nil, nil, nil, ctx.Err()
		}
	}
}

func (l *lane) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel()
	l.cancel = nil
}

// interrupt ends the context of the run and empties the queue; the caller answers what was in it.
func (l *lane) interrupt() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		l.cancel()
	}
	return l.drain()
}

// clear empties the queue; the caller answers what was in it.
func (l *lane) clear() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drain()
}

func (l *lane) drain() []*request {
	waiting := l.waiting
	l.waiting = nil
	return waiting
}

// runLane runs the cells of the lane until ctx ends.
func (s *Server) runLane(ctx context.Context) {
	for {
		r, interrupted, done, err := s.lane.take(ctx)
		if err != nil {
			return
		}
		var abort bool
		s.setRunning(r, true)
		s.guard(r, func() { abort = s.execute(ctx, interrupted, r) })
		s.setRunning(r, false)
		done()
		if abort {
			for _, waiting := range s.lane.clear() {
				s.abort(waiting)
			}
		}
	}
}

// abort answers a cell that is not run, because one before it failed or was interrupted.
func (s *Server) abort(r *request) {
	s.publishStatus(r, "busy")
	s.reply(r, "execute_reply", message.Aborted{Status: "aborted"})
	s.publishStatus(r, "idle")
}
