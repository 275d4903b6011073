// Package engine runs cells: it takes a cell's text apart (magic, program), has its package built
// (build), and loads and runs it in the worker process (worker). It owns the order of runs,
// interrupts, and the worker's life and death. It knows nothing of Jupyter; front ends talk to it
// through package exec. How failures are told is words', and the connection with a page page's.
//
// Three types share the work, each knowing those before it: session is what there is between cells,
// run is one run of a cell's Go text, and Engine carries out what a cell asks for besides.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/page"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// Options say what an engine works with.
type Options struct {
	// Source holds the sources of this module, which the worker is built from (see build.Options).
	Source fs.FS
	// CacheDir is the folder for everything built; the default is "gonbml" in the user's cache folder.
	CacheDir string
	// WorkDir is the folder in which cells run; the default is the current one.
	WorkDir string
	// Env is added to the environment of the worker and of all commands.
	Env []string
	// Kernel is the id under which a Jupyter server knows the session, Root the folder that this
	// server serves files from; empty without a server.
	Kernel, Root string
	// Progress, if not nil, hears in plain words what the first start on a machine takes its time for.
	Progress func(string)
}

// Engine implements exec.Engine.
//
// A run goes through three phases. It is prepared: its commands are carried out, its Go is checked, compiled and loaded;
// one run does so at a time, whatever its lane. It runs in the worker, beside the runs of other lanes. And it joins the
// program with what it has defined. While it runs, the cells behind it in its lane may be prepared (see ahead).
//
// Its goroutines: one per Execute call; the worker's own (see worker.Process), which call the routes; one for each lane
// that looks ahead, which ends when there is nothing to prepare; and one that starts a new worker after a death, waited
// for by the next run.
type Engine struct {
	session   *session
	editing   *editing
	inspector *inspector
	page      *page.Page
	tracked   tracked
	wasm      wasmPlace // belongs to whoever has the turn
}

// New makes an engine with a worker that is ready to run cells. The first time on a machine this builds the worker,
// which takes half a minute.
func New(ctx context.Context, o Options) (*Engine, error) {
	if o.WorkDir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("finding the folder to run cells in: %w", err)
		}
		o.WorkDir = dir
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	b, err := build.New(ctx, build.Options{CacheDir: o.CacheDir, Source: o.Source, WorkDir: o.WorkDir, Env: o.Env})
	if err != nil {
		return nil, err
	}
	s := &session{builder: b, cells: &words.Cells{}, place: newPlace(o.WorkDir, o.Env, b.ModDir()), autoGet: true,
		turn: make(chan struct{}, 1), lanes: map[string]*lane{}}
	e := &Engine{session: s, inspector: newInspector(s.values), wasm: wasmPlace{root: o.Root}}
	e.page = page.New(o.Kernel, s.toPrograms)
	s.lax = errorsOff(o.Env)
	s.routes = newRoutes(s.cells, e.page)
	if err := e.open(ctx, o.Progress); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return e, nil
}

// ErrorsVariable is the environment variable that, with the value off, lets errors go unheard that
// cells' statements do not look at; %errors on and off change it in a session.
const ErrorsVariable = "GONBML_ERRORS"

// errorsOff says whether the environment, env included, lets errors go unheard.
func errorsOff(env []string) bool {
	value := os.Getenv(ErrorsVariable)
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, ErrorsVariable+"="); ok {
			value = v
		}
	}
	return value == "off"
}

func (e *Engine) open(ctx context.Context, progress func(string)) (err error) {
	s := e.session
	if err = s.builder.Prepare(ctx, progress); err != nil {
		return err
	}
	if s.tempDir, err = os.MkdirTemp("", "gonbml-"); err != nil {
		return fmt.Errorf("making the session's temporary folder: %w", err)
	}
	e.editing = newEditing(s)
	s.program = s.emptyProgram()
	s.proc, err = s.start(ctx)
	return err
}

// Execute implements exec.Engine.
func (e *Engine) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	l := e.session.lane(req.Lane)
	ctx, leave, f := e.session.enter(ctx, req.Lane, l)
	if f != nil {
		return f
	}
	defer e.inspector.tellWatchers()
	defer leave()
	f = e.execute(ctx, l, req, out)
	if f != nil && ctx.Err() != nil && f.Name != exec.Interrupted && f.Name != exec.WorkerExit {
		return words.Interrupted("while it was being prepared")
	}
	return f
}

func (e *Engine) execute(ctx context.Context, l *lane, req exec.Request, out exec.Output) (f *exec.Failure) {
	defer func() { // a fault of ours costs the cell, not the kernel
		if p := recover(); p != nil {
			f = words.Fault(p, debug.Stack())
		}
	}()
	if req.Expression {
		return e.session.evaluate(ctx, l, req, out)
	}
	prepared := e.session.take(l, req.Code)
	mc, err := magic.Parse(req.Code)
	if err != nil {
		return words.Cell{Request: req}.Command(err)
	}
	if mc.Question != nil {
		return e.editing.answer(ctx, *mc.Question, out)
	}
	if mc.Whole != nil {
		return e.session.runWhole(ctx, *mc.Whole, out)
	}
	if f := e.session.prepare(ctx, func() *exec.Failure { return e.session.attend(ctx, out) }); f != nil {
		return f
	}
	if mc.Wasm {
		if f := e.session.prepare(ctx, func() *exec.Failure { return e.wasm.ensure(ctx, e.session) }); f != nil {
			return f
		}
	}
	for _, c := range mc.Commands {
		f := e.runCommand(ctx, l, c, req, out)
		if f != nil && f.Name == exec.CommandError && c.Kind == magic.Shell && mc.MainLine > 0 && ctx.Err() == nil {
			out.Stream("stderr", f.Value+"\n") // as in GoNB, whose marks the cell has
			continue
		}
		if f != nil {
			return f
		}
	}
	if !mc.HasGo() && mc.Test == nil {
		return nil
	}
	if mc.Capture != nil {
		dir, env := e.session.place.surroundings()
		captured, err := mc.Capture.Start(dir, env, out)
		if err != nil {
			return words.Failure(exec.CommandError, err.Error())
		}
		defer captured.Close()
		out = captured
	}
	r := &run{session: e.session, lane: l, prepared: prepared, req: req, out: out, source: mc.Go, args: mc.Args}
	switch {
	case mc.Test != nil:
		return r.test(ctx, *mc.Test)
	case mc.Wasm:
		return e.session.prepare(ctx, func() *exec.Failure { return r.wasm(ctx, e.wasm) })
	}
	return r.do(ctx)
}

// IsComplete implements exec.Engine.
func (e *Engine) IsComplete(code string) exec.Completeness { return magic.IsComplete(code) }

// Complete implements exec.Engine.
func (e *Engine) Complete(ctx context.Context, code string, cursor int) exec.Completions {
	return e.editing.complete(ctx, code, cursor)
}

// Inspect implements exec.Engine.
func (e *Engine) Inspect(ctx context.Context, code string, cursor, detail int) exec.Inspection {
	return e.editing.inspect(ctx, code, cursor, detail)
}

// UseComms implements exec.CommUser.
func (e *Engine) UseComms(c exec.Comms) {
	e.page.Use(c)
	c.Register(inspectorTarget, e.inspector.open)
}

// Session returns the program as the next cell of a lane will find it: with what the lane's running
// cell defines. It waits for nothing, and the program does not change.
func (e *Engine) Session(lane string) *program.Program { return e.session.next(lane) }

// Interrupt implements exec.Engine: it interrupts all lanes.
func (e *Engine) Interrupt() { e.session.interrupt() }

// InterruptLane implements exec.Lanes.
func (e *Engine) InterruptLane(name string) { e.session.interruptLane(name) }

// CloseLane implements exec.Lanes.
func (e *Engine) CloseLane(name string) { e.session.closeLane(name) }

// Announce implements exec.Lookahead.
func (e *Engine) Announce(lane, code string) { e.session.announce(lane, code) }

// Withdraw implements exec.Lookahead.
func (e *Engine) Withdraw(lane string) { e.session.withdraw(lane) }

// Loads returns how many compiled packages the session has loaded; a cell that did not change adds none.
func (e *Engine) Loads() int {
	loads, _ := e.session.counts()
	return loads
}

// Compiled returns how many packages the session has compiled; those in the cache are only loaded.
func (e *Engine) Compiled() int {
	_, compiled := e.session.counts()
	return compiled
}

// Close implements exec.Engine. Cells that run end with their worker.
func (e *Engine) Close() error {
	p, first := e.session.close()
	if !first {
		return nil
	}
	var errs []error
	if p != nil {
		errs = append(errs, p.Close())
	}
	e.editing.gopls.Close()
	errs = append(errs, e.session.builder.Close(), os.RemoveAll(e.session.tempDir))
	return errors.Join(errs...)
}
