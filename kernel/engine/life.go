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
func (e *Engine) start(ctx context.Context) (*worker.Process, error) {
	dir, env := e.surroundings()
	p, err := worker.Start(ctx, worker.Spec{Path: e.builder.WorkerPath(), Dir: dir, Env: env, TempDir: e.tempDir}, e.routes)
	if err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return p, nil
}

// process returns the worker, or nil while there is none.
func (e *Engine) process() *worker.Process {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.proc
}

// lockSettled waits until no start in the background is due, and locks mu: what is then in proc stays the worker until mu is
// free, and where there is none, no death in another lane makes one. A start that failed is tried again, in the foreground,
// by the next run.
func (e *Engine) lockSettled() {
	for {
		e.mu.Lock()
		s := e.starting
		if s == nil {
			return
		}
		e.mu.Unlock()
		<-s.done
		e.mu.Lock()
		if e.starting == s {
			e.starting, e.proc = nil, s.proc
		}
		e.mu.Unlock()
	}
}

// settled returns the worker once no start in the background is due; nil where there is none.
func (e *Engine) settled() *worker.Process {
	e.lockSettled()
	defer e.mu.Unlock()
	return e.proc
}

// ready makes sure that there is a worker.
func (r *run) ready(ctx context.Context) *exec.Failure {
	r.proc = r.settled()
	if r.proc != nil && r.proc.Err() != nil { // it died between two cells
		f := r.died(r.proc, r.proc.Err())
		r.out.Stream("stderr", strings.Join(f.Traceback, "\n")+"\n")
		r.proc = r.settled()
	}
	if r.proc != nil {
		return nil
	}
	f := r.begin(ctx, r.out)
	r.proc = r.process()
	return f
}

// died tells how a process ended, and begins to start another unless that has been done.
func (e *Engine) died(p *worker.Process, err error) *exec.Failure {
	s := &starting{done: make(chan struct{})}
	e.mu.Lock()
	first := e.proc == p
	lost := e.lost()
	if first {
		e.proc, e.starting = nil, s
	}
	e.mu.Unlock()
	if !first {
		return e.cells.Exit(err, "")
	}
	e.forget()
	go func() {
		defer close(s.done)
		s.proc, s.err = e.start(context.Background())
	}()
	return e.cells.Exit(err, lost)
}

// forget forgets the program.
func (e *Engine) forget() {
	empty := e.emptyProgram()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.program = empty
	for _, l := range e.lanes {
		l.coming = nil
		l.ahead.cut(0)
	}
}

// restart replaces the worker by one with the session's present modules, and says what that loses.
func (e *Engine) restart(ctx context.Context, why string, out exec.Output) *exec.Failure {
	e.mu.Lock()
	lost := e.lost()
	e.mu.Unlock()
	out.Stream("stderr", fmt.Sprintf("restarting the worker: %s.%s\n", why, lost))
	return e.replaceWorker(ctx, out)
}

// replaceWorker ends the worker, and with it the program's state and what runs in other lanes, and starts another.
func (e *Engine) replaceWorker(ctx context.Context, out exec.Output) *exec.Failure {
	e.lockSettled()
	old := e.proc
	e.proc = nil
	e.mu.Unlock()
	e.forget()
	if old != nil {
		if err := old.Close(); err != nil {
			out.Stream("stderr", fmt.Sprintf("note: ending the old worker: %v\n", err))
		}
	}
	return e.begin(ctx, out)
}

// begin builds and starts a worker while a cell waits for it.
func (e *Engine) begin(ctx context.Context, out exec.Output) *exec.Failure {
	if err := e.builder.Prepare(ctx, func(s string) { out.Stream("stderr", s+"\n") }); err != nil {
		return words.Failure(exec.EngineError, err.Error())
	}
	p, err := e.start(ctx)
	if err != nil {
		return words.Failure(exec.EngineError, err.Error())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.proc = p
	return nil
}

// lost says which values go with the worker, those of cells that run included. The caller holds mu.
func (e *Engine) lost() string {
	all := map[string]bool{}
	add := func(p *program.Program) {
		for _, n := range p.Variables() {
			all[n] = true
		}
	}
	add(e.program)
	for _, l := range e.lanes {
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
