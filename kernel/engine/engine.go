// Package engine runs cells: it takes a cell's text apart (magic, program), has its package built (build), and loads
// and runs it in the worker process (worker). It owns the order of runs, interrupts, the worker's life and death, and
// the words in which failures are told. It knows nothing of Jupyter; front ends talk to it through package exec.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/editor"
	"github.com/gonbml/gonbml/kernel/editor/gopls"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
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
	opts    Options
	builder *build.Builder
	routes  *routes
	cells   *sources
	tempDir string
	editor  *editor.Editor
	gopls   *gopls.Server
	viewed  viewed

	inspector *inspector

	// turn holds a value while a run is prepared.
	turn chan struct{}

	// planning is held by whoever plans cells or joins them to the program: the program's versions share tables. It
	// guards library.
	planning sync.Mutex
	library  *library

	// mu guards the fields below. It is never held while something is waited for.
	mu       sync.Mutex
	program  *program.Program // with all cells that have joined
	proc     *worker.Process
	starting *starting // a start in the background; nil when none is due
	loads    int       // packages loaded so far
	compiled int       // packages compiled so far: those that were not in the cache
	dir      string
	env      map[string]string // set by %env
	history  []ran             // what has run well since the session began or was reset
	autoGet  bool
	flags    []string // set by %goflags
	nextID   int64
	gonb     gonb
	page     *page
	lanes    map[string]*lane
	closed   bool

	looking sync.WaitGroup // goroutines that look ahead
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
	e := &Engine{opts: o, builder: b, routes: newRoutes(), dir: o.WorkDir, env: map[string]string{}, autoGet: true, cells: newSources(),
		turn: make(chan struct{}, 1), library: &library{b: b}, lanes: map[string]*lane{}}
	e.routes.failed = e.goroutinePanic
	e.page, e.inspector = newPage(), newInspector(e)
	e.page.toPrograms, e.routes.page = e.toPrograms, e.page
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) (err error) {
	if err = e.builder.Prepare(ctx, e.opts.Progress); err != nil {
		return err
	}
	if e.tempDir, err = os.MkdirTemp("", "gonbml-"); err != nil {
		return fmt.Errorf("making the session's temporary folder: %w", err)
	}
	e.gopls = gopls.New(gopls.Options{
		Program:   func() string { return gopls.Find(e.builder.CacheDir()) },
		Dir:       filepath.Join(e.tempDir, "editor"),
		Workspace: e.workspace,
	})
	e.editor = editor.New(packages{&library{b: e.builder}}, e.gopls)
	e.program = e.emptyProgram()
	e.proc, err = e.start(ctx)
	return err
}

func (e *Engine) emptyProgram() *program.Program {
	return program.New(e.library, e.builder.Salt(), e.builder.Language())
}

// Execute implements exec.Engine.
func (e *Engine) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	l := e.lane(req.Lane)
	ctx, leave, f := e.enter(ctx, req.Lane, l)
	if f != nil {
		return f
	}
	defer e.inspector.tellWatchers()
	defer leave()
	f = e.execute(ctx, l, req, out)
	if f != nil && ctx.Err() != nil && f.Name != "Interrupted" && f.Name != "WorkerExit" {
		return interrupted("while it was being prepared")
	}
	return f
}

func (e *Engine) execute(ctx context.Context, l *lane, req exec.Request, out exec.Output) *exec.Failure {
	if req.Expression {
		return e.evaluate(ctx, l, req, out)
	}
	if about, detail, is := question(req.Code); is {
		return e.answer(ctx, about, detail, out)
	}
	e.mu.Lock()
	prepared := l.ahead.take(req.Code)
	e.mu.Unlock()
	mc, err := magic.Parse(req.Code)
	if err != nil {
		return e.magicFailure(req, err)
	}
	if mc.Whole != nil {
		return e.runWhole(ctx, *mc.Whole, out)
	}
	if f := e.prepare(ctx, func() *exec.Failure { return e.attend(ctx, out) }); f != nil {
		return f
	}
	if mc.Wasm {
		if f := e.prepare(ctx, func() *exec.Failure { return e.wasmFolder(ctx) }); f != nil {
			return f
		}
	}
	for _, c := range mc.Commands {
		if f := e.runCommand(ctx, l, c, req, out); f != nil {
			return f
		}
	}
	if !mc.HasGo() && mc.Test == nil {
		return nil
	}
	if mc.Capture != nil {
		dir, env := e.surroundings()
		captured, err := mc.Capture.Start(dir, env, out)
		if err != nil {
			return failure("CommandError", err.Error())
		}
		defer captured.Close()
		out = captured
	}
	r := &run{Engine: e, lane: l, prepared: prepared, req: req, out: out, source: mc.Go, args: mc.Args}
	switch {
	case mc.Test != nil:
		return r.test(ctx, *mc.Test)
	case mc.Wasm:
		return e.prepare(ctx, func() *exec.Failure { return r.wasm(ctx) })
	}
	return r.do(ctx)
}

// IsComplete implements exec.Engine.
func (e *Engine) IsComplete(code string) exec.Completeness {
	if _, _, is := question(code); is {
		return exec.Completeness{Status: "complete"}
	}
	return magic.IsComplete(code)
}

// Loads returns how many compiled packages the session has loaded; a cell that did not change adds none.
func (e *Engine) Loads() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.loads
}

// Compiled returns how many packages the session has compiled; those in the cache are only loaded.
func (e *Engine) Compiled() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.compiled
}

// Close implements exec.Engine. Cells that run end with their worker.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	var lanes []*lane
	for _, l := range e.lanes {
		l.ahead.clear()
		if l.cancel != nil {
			l.cancel()
		}
		if l.active != nil {
			go l.active.Kill()
		}
		lanes = append(lanes, l)
	}
	e.mu.Unlock()
	for _, l := range lanes {
		l.turn <- struct{}{} // for good: no run begins any more
	}
	e.looking.Wait()
	var errs []error
	if p := e.settled(); p != nil {
		errs = append(errs, p.Close())
	}
	e.gopls.Close()
	errs = append(errs, e.builder.Close(), os.RemoveAll(e.tempDir))
	return errors.Join(errs...)
}

// library gives the program access to the builder's packages. Where it is frugal it refuses packages that the worker
// does not have yet, and notes that it did.
type library struct {
	b               *build.Builder
	frugal, refused bool
}

func (l *library) Need(path string) error {
	if l.frugal && path != "unsafe" && !l.b.Linked(path) && !l.b.Loaded(path) {
		l.refused = true
		return fmt.Errorf("package %s is not loaded yet", path)
	}
	return l.b.Need(context.Background(), path)
}

func (l *library) Export(path string) (io.ReadCloser, error) { return l.b.Export(path) }
func (l *library) ArchiveID(path string) string              { return l.b.ArchiveID(path) }
func (l *library) EmbedHash(lines string) (string, error)    { return l.b.EmbedHash(lines) }
func (l *library) Linked(path string) bool                   { return l.b.Linked(path) }
func (l *library) Named(name string) []string                { return l.b.PackagesNamed(name) }
func (l *library) Below(path string) []string                { return l.b.PackagesBelow(path) }
