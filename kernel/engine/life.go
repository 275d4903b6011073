package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// starting is the start of a worker in the background.
type starting struct {
	done chan struct{} // closed at the end; proc and err are set before
	proc *worker.Process
	err  error
}

// start starts a worker.
func (s *session) start(ctx context.Context) (*worker.Process, error) {
	dir, env := s.place.surroundings()
	p, err := worker.Start(ctx, worker.Spec{Path: s.builder.WorkerPath(), Dir: dir, Env: env, TempDir: s.tempDir}, s.routes)
	if err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return p, nil
}

// process returns the worker, or nil while there is none.
func (s *session) process() *worker.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// lockSettled waits until no start in the background is due, and locks mu: what is then in proc stays the worker until mu is
// free, and where there is none, no death in another lane makes one. A start that failed is tried again, in the foreground,
// by the next run.
func (s *session) lockSettled() {
	for {
		s.mu.Lock()
		st := s.starting
		if st == nil {
			return
		}
		s.mu.Unlock()
		<-st.done
		s.mu.Lock()
		if s.starting == st {
			s.starting, s.proc = nil, st.proc
		}
		s.mu.Unlock()
	}
}

// settled returns the worker once no start in the background is due; nil where there is none.
func (s *session) settled() *worker.Process {
	s.lockSettled()
	defer s.mu.Unlock()
	return s.proc
}

// toPrograms hands a value of the page to the worker, also while a cell runs.
func (s *session) toPrograms(address string, value any) {
	if p := s.process(); p != nil {
		p.Value(address, value)
	}
}

// died tells how a process ended, and begins to start another unless that has been done.
func (s *session) died(p *worker.Process, err error) *exec.Failure {
	st := &starting{done: make(chan struct{})}
	s.mu.Lock()
	first := s.proc == p
	lost := s.lost()
	if first {
		s.proc, s.starting = nil, st
		s.putToSleep(p)
	}
	s.mu.Unlock()
	if !first {
		return s.cells.Exit(err, "")
	}
	s.forget()
	go func() {
		defer close(st.done)
		st.proc, st.err = s.start(context.Background())
	}()
	return s.cells.Exit(err, lost)
}

// close ends all lanes for good and returns the last worker, or nil; first is false if that was
// done before.
func (s *session) close() (last *worker.Process, first bool) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, false
	}
	s.closed = true
	var lanes []*lane
	for _, l := range s.lanes {
		l.ahead.clear()
		if l.cancel != nil {
			l.cancel()
		}
		if l.active != nil {
			go l.active.Kill()
		}
		lanes = append(lanes, l)
	}
	s.mu.Unlock()
	for _, l := range lanes {
		l.turn <- struct{}{} // for good: no run begins any more
	}
	s.looking.Wait()
	return s.settled(), true
}

// putToSleep keeps the program for the next worker. The caller holds mu.
func (s *session) putToSleep(of *worker.Process) {
	if s.asleep == nil { // else there was no cell since the end of the worker before
		s.asleep = s.program
	}
	s.asleepOf = of
}

// forget forgets the program.
func (s *session) forget() {
	empty := s.emptyProgram()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program = empty
	for _, l := range s.lanes {
		l.coming = nil
		l.ahead.cut(0)
	}
}

// restart replaces the worker by one with the session's present modules, and says what that loses.
// Definitions come back.
func (s *session) restart(ctx context.Context, why string, out exec.Output) *exec.Failure {
	s.mu.Lock()
	lost := s.lost()
	s.mu.Unlock()
	out.Stream("stderr", fmt.Sprintf("restarting the worker: %s.%s\n", why, lost))
	s.lockSettled()
	s.putToSleep(s.proc)
	s.mu.Unlock()
	if f := s.replaceWorker(ctx, out); f != nil {
		return f
	}
	return s.wake(ctx, out)
}

// replaceWorker ends the worker, and with it the program's state and what runs in other lanes, and starts another.
func (s *session) replaceWorker(ctx context.Context, out exec.Output) *exec.Failure {
	s.lockSettled()
	old := s.proc
	s.proc = nil
	s.mu.Unlock()
	s.forget()
	if old != nil {
		if err := old.Close(); err != nil {
			out.Stream("stderr", fmt.Sprintf("note: ending the old worker: %v\n", err))
		}
	}
	return s.begin(ctx, out)
}

// resetSession ends the worker and forgets everything; "go.mod" forgets the session's modules only.
func (s *session) resetSession(ctx context.Context, args []string, out exec.Output) *exec.Failure {
	if len(args) > 0 {
		salt := s.builder.Salt()
		if err := s.builder.Attempt(ctx, says(out), func() error { return s.builder.ResetModule(ctx) }); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%reset go.mod: %v", err))
		}
		if s.builder.Salt() == salt {
			return nil
		}
		return s.restart(ctx, "the session's modules are again those it began with", out)
	}
	s.forgetRuns()
	s.asleepNoMore(nil, nil)
	s.mu.Lock()
	s.keep = keeping{}
	s.mu.Unlock()
	return s.replaceWorker(ctx, out)
}

// begin builds and starts a worker while a cell waits for it.
func (s *session) begin(ctx context.Context, out exec.Output) *exec.Failure {
	if err := s.builder.Prepare(ctx, func(said string) { out.Stream("stderr", said+"\n") }); err != nil {
		return words.Failure(exec.EngineError, err.Error())
	}
	p, err := s.start(ctx)
	if err != nil {
		return words.Failure(exec.EngineError, err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc = p
	return nil
}

// lost says which values go with the worker, those of cells that run included. The caller holds mu.
func (s *session) lost() string {
	all := map[string]bool{}
	add := func(p *program.Program) {
		for _, n := range p.Variables() {
			all[n] = true
		}
	}
	add(s.program)
	for _, l := range s.lanes {
		if l.coming != nil {
			add(l.coming)
		}
	}
	names := slices.Sorted(maps.Keys(all))
	if len(names) == 0 {
		return ""
	}
	const most = 20
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return " Lost: the variables " + strings.Join(names, ", ") + more + ". Run the cells that define them again."
}
