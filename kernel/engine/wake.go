package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// ready makes sure that there is a worker, and that it has the definitions of the one before. The
// caller prepares.
func (s *session) ready(ctx context.Context, out exec.Output) *exec.Failure {
	p := s.settled()
	if p != nil && p.Err() != nil { // it died between two cells
		s.tellDeath(p, out)
		p = s.settled()
	}
	if p == nil {
		if f := s.begin(ctx, out); f != nil {
			return f
		}
	}
	return s.wake(ctx, out)
}

// awake makes the definitions of a worker that has ended known again for a command that asks for
// them.
func (s *session) awake(ctx context.Context, out exec.Output) *exec.Failure {
	s.mu.Lock()
	asleep := s.asleep != nil
	s.mu.Unlock()
	if !asleep {
		return nil
	}
	return s.prepare(ctx, func() *exec.Failure { return s.ready(ctx, out) })
}

// wake loads into a new worker what cells had defined in the one before, variables excepted. What
// cannot be had is told, and is no failure: the cell that waits may do without.
func (s *session) wake(ctx context.Context, out exec.Output) *exec.Failure {
	s.mu.Lock()
	old, proc := s.asleep, s.proc
	s.mu.Unlock()
	if old == nil || proc == nil {
		return nil
	}
	r, err := s.revive(ctx, old, proc)
	var exit *worker.ExitError
	switch {
	case ctx.Err() != nil:
		return words.Interrupted("while it was being prepared")
	case errors.As(err, &exit):
		s.asleepNoMore(nil, proc) // or the next worker would end as well
		s.tellDeath(proc, out)
		out.Stream("stderr", "note: the worker ended while the definitions were loaded again; run the cells that define them\n")
		return s.ready(ctx, out)
	case err != nil:
		s.asleepNoMore(nil, proc)
		out.Stream("stderr", fmt.Sprintf("note: the definitions could not be loaded again; run the cells that define them: %v\n", err))
		return nil
	}
	for _, gone := range r.Gone {
		out.Stream("stderr", "note: not in the new worker: "+gone+"\n")
	}
	s.asleepNoMore(r.Program, proc)
	return nil
}

// revive plans and compiles the definitions, and loads them.
func (s *session) revive(ctx context.Context, old *program.Program, proc *worker.Process) (*program.Revival, error) {
	r := old.Revive(library{s.builder}, s.builder.Salt(), s.builder.Language())
	for _, plan := range r.Plans {
		o, err := s.builder.Compile(ctx, unit(plan, nil))
		if err != nil {
			return nil, err
		}
		if err := proc.Open(ctx, 0, plan.Package.Path, o.SO); err != nil {
			return nil, err
		}
		plan.Claim()
		s.loaded(o.Cached)
	}
	return r, nil
}

// asleepNoMore makes a version the program of a worker; nil leaves it as it is.
func (s *session) asleepNoMore(p *program.Program, in *worker.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asleep = nil
	if p != nil && s.proc == in {
		s.program = p
		s.keep.due = len(s.keep.names) > 0
	}
}

// tellDeath tells that a process has ended for which no cell waited.
func (s *session) tellDeath(p *worker.Process, out exec.Output) {
	for _, line := range s.died(p, p.Err()).Traceback {
		out.Stream("stderr", line+"\n")
	}
}

// joinDead makes the definitions of a cell part of what comes back after its worker has ended. Its
// variables are lost with the others.
func (r *run) joinDead() {
	s := r.session
	if r.plan == nil {
		return
	}
	s.joining.Lock()
	defer s.joining.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.proc == r.proc:
		s.program = r.plan.Join(s.program).Program
	case s.asleep != nil && s.asleepOf == r.proc:
		s.asleep = r.plan.Join(s.asleep).Program
	}
}
