package engine

import (
	"context"
	"time"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// again is how long after an interrupt another one is meant as such, and not as a double click.
const again = 500 * time.Millisecond

// lane is one sequence of runs. Runs of different lanes go on at the same time.
type lane struct {
	// turn holds a value while a run of the lane is in progress.
	turn chan struct{}

	// session.mu guards what follows. cancel ends what the run in progress waits for; nil between
	// runs. active is the process that carries out a cell, nil while none does, stop interrupts the
	// cell, and stopped is when that was done.
	cancel  context.CancelFunc
	active  *worker.Process
	stop    context.CancelFunc
	stopped time.Time
	// coming is the program as it will be when the cell that runs has joined it; nil between runs.
	coming *program.Program
	ahead  ahead
	// closing says that the lane is forgotten when its run has ended.
	closing bool
}

// lane returns the lane of that name, which it makes when it is first asked for.
func (s *session) lane(name string) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.laneLocked(name)
}

func (s *session) laneLocked(name string) *lane {
	l := s.lanes[name]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		s.lanes[name] = l
	}
	return l
}

// closeLane forgets a lane, which may still run.
func (s *session) closeLane(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		return
	}
	l.ahead.clear()
	if l.cancel != nil {
		l.closing = true
	} else {
		delete(s.lanes, name)
	}
}

// enter begins a run in the lane. It returns the run's context, which an interrupt ends before the cell's code begins,
// and what ends the run.
func (s *session) enter(ctx context.Context, name string, l *lane) (context.Context, func(), *exec.Failure) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, words.Interrupted("before it began")
	}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel()
		<-l.turn
		return nil, nil, words.Failure(exec.EngineError, "the session has ended")
	}
	l.cancel = cancel
	return ctx, func() {
		s.mu.Lock()
		l.cancel = nil
		if l.closing && s.lanes[name] == l {
			delete(s.lanes, name)
		}
		s.mu.Unlock()
		cancel()
		<-l.turn
	}, nil
}

// interrupt interrupts all lanes.
func (s *session) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.interrupt()
	}
}

// interruptLane interrupts one lane.
func (s *session) interruptLane(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lanes[name]; l != nil {
		l.interrupt()
	}
}

// interrupt ends what the lane's run waits for (a command, the compiler, a download) or stops its cell in the worker.
// Called again for a cell that does not stop, it ends the worker. What was to run next is not prepared any further.
func (l *lane) interrupt() {
	l.ahead.clear()
	switch {
	case l.active == nil && l.cancel != nil:
		l.cancel()
	case l.active != nil && l.stopped.IsZero():
		l.stopped = time.Now()
		l.stop() // also if the process has not heard of the run yet
	case l.active != nil && time.Since(l.stopped) > again:
		go l.active.Kill()
	}
}

// began notes that a lane's cell runs in a process until stop is called, and has what waits behind
// it prepared.
func (s *session) began(l *lane, p *worker.Process, stop context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.active, l.stop, l.stopped = p, stop, time.Time{}
	s.lookAhead(l)
}

// ended notes that the lane's cell does not run any more.
func (s *session) ended(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.active = nil
}

// comes notes what the program will be when the lane's cell has joined it; nil at the end.
func (s *session) comes(l *lane, p *program.Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.coming = p
}

// prepare calls f while no other lane prepares a cell: checks, compiles and loads it, or replaces the worker.
func (s *session) prepare(ctx context.Context, f func() *exec.Failure) *exec.Failure {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return words.Interrupted("while it waited for a cell of another lane to be prepared")
	}
	return f()
}
