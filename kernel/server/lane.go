package server

import (
	"context"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/message"
)

// lane is a queue of execute requests. One goroutine (runLane) takes them in order; any may add.
type lane struct {
	// id is the subshell's name; empty for the main lane.
	id string
	// end ends the lane's goroutine, and interrupts its cell.
	end context.CancelFunc

	// mu guards what follows: the waiting requests, how to interrupt the run that was taken last
	// (nil: none runs), and whether the lane takes no more requests.
	mu      sync.Mutex
	waiting []*request
	cancel  context.CancelFunc
	deleted bool
	// wake holds a value when waiting may have grown.
	wake chan struct{}
}

func newLane(id string) *lane { return &lane{id: id, end: func() {}, wake: make(chan struct{}, 1)} }

// add appends a request. It returns false if the lane was deleted.
func (l *lane) add(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deleted {
		return false
	}
	l.waiting = append(l.waiting, r)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return true
}

// take waits for the next request and returns it with a context that an interrupt ends. The caller
// calls done after the run.
func (l *lane) take(ctx context.Context) (r *request, interrupted context.Context, done func(), err error) {
	for {
		l.mu.Lock()
		if len(l.waiting) > 0 && ctx.Err() == nil {
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

// interrupt empties the queue; the caller answers what was in it, and ends the context of the run
// by calling cancel.
func (l *lane) interrupt() (waiting []*request, cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cancel = func() {}
	if l.cancel != nil {
		cancel = l.cancel
	}
	return l.drain(), cancel
}

// clear empties the queue; the caller answers what was in it.
func (l *lane) clear() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drain()
}

// delete interrupts the lane for good; the caller answers what was in the queue.
func (l *lane) delete() []*request {
	l.mu.Lock()
	l.deleted = true
	l.mu.Unlock()
	waiting := l.clear()
	l.end()
	return waiting
}

func (l *lane) drain() []*request {
	waiting := l.waiting
	l.waiting = nil
	return waiting
}

// runLane runs the cells of the lane until ctx ends.
func (s *Server) runLane(ctx context.Context, l *lane) {
	for {
		r, interrupted, done, err := l.take(ctx)
		if err != nil {
			return
		}
		var abort bool
		r.began = time.Now()
		s.setRunning(r, true)
		s.guard(r, func() { abort = s.execute(interrupted, l, r) })
		s.setRunning(r, false)
		done()
		if abort {
			s.abort(l.clear())
			s.withdraw(l)
		}
	}
}

// abort answers cells that are not run, because one before them failed or was interrupted.
func (s *Server) abort(waiting []*request) {
	for _, r := range waiting {
		s.publishStatus(r, "busy")
		s.reply(r, "execute_reply", message.Aborted{Status: "aborted"})
		s.publishStatus(r, "idle")
	}
}
