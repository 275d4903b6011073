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

	// Engine.mu guards what follows. cancel ends what the run in progress waits for; nil between runs. active is the process
	// that carries out a cell, nil while none does, stop interrupts the cell, and stopped is when that was done.
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
func (e *Engine) lane(name string) *lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.laneLocked(name)
}

func (e *Engine) laneLocked(name string) *lane {
	l := e.lanes[name]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		e.lanes[name] = l
	}
	return l
}

// CloseLane implements exec.Lanes.
func (e *Engine) CloseLane(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[name]
	if l == nil {
		return
	}
	l.ahead.clear()
	if l.cancel != nil {
		l.closing = true
	} else {
		delete(e.lanes, name)
	}
}

// enter begins a run in the lane. It returns the run's context, which an interrupt ends before the cell's code begins,
// and what ends the run.
func (e *Engine) enter(ctx context.Context, name string, l *lane) (context.Context, func(), *exec.Failure) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, words.Interrupted("before it began")
	}
	ctx, cancel := context.WithCancel(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		cancel()
		<-l.turn
		return nil, nil, words.Failure(exec.EngineError, "the session has ended")
	}
	l.cancel = cancel
	return ctx, func() {
		e.mu.Lock()
		l.cancel = nil
		if l.closing && e.lanes[name] == l {
			delete(e.lanes, name)
		}
		e.mu.Unlock()
		cancel()
		<-l.turn
	}, nil
}

// Interrupt implements exec.Engine: it interrupts all lanes.
func (e *Engine) Interrupt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.lanes {
		l.interrupt()
	}
}

// InterruptLane implements exec.Lanes.
func (e *Engine) InterruptLane(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.lanes[name]; l != nil {
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

// Session returns the program as the next cell of a lane will find it: with what the lane's running cell defines. It
// waits for nothing, and the program does not change.
func (e *Engine) Session(name string) *program.Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.lanes[name]; l != nil && l.coming != nil {
		return l.coming
	}
	return e.program
}

// now returns the program with all cells that have joined it.
func (e *Engine) now() *program.Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.program
}

// prepare calls f while no other lane prepares a cell: checks, compiles and loads it, or replaces the worker.
func (e *Engine) prepare(ctx context.Context, f func() *exec.Failure) *exec.Failure {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return words.Interrupted("while it waited for a cell of another lane to be prepared")
	}
	return f()
}
