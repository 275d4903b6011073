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
	"sync/atomic"
	"time"

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
// Its goroutines: one per Execute call, of which the one that holds turn runs; the worker's own (see worker.Process),
// which call the routes; and one that starts a new worker after a death, waited for by the next run.
type Engine struct {
	opts    Options
	builder *build.Builder
	routes  *routes
	cells   *sources
	tempDir string
	editor  *editor.Editor
	gopls   *gopls.Server

	// shown is what editors see of the session: they never wait for a run.
	shown atomic.Pointer[editor.Session]

	// turn is held by the run in progress; it guards the fields below it.
	turn     sync.Mutex
	program  *program.Program
	proc     *worker.Process
	starting chan error // receives the result of a start in the background; nil when none is due
	loads    int        // packages loaded so far
	compiled int        // packages compiled so far: those that were not in the cache
	dir      string
	env      map[string]string // set by %env
	history  []ran             // what has run well since the session began or was reset
	autoGet  bool
	flags    []string // set by %goflags
	nextID   int64
	gonb     gonb
	page     *page

	// mu guards the fields below, which Interrupt reads while a run is in progress.
	mu      sync.Mutex
	cancel  context.CancelFunc // ends what the run in progress waits for; nil between runs
	active  *worker.Process    // the process that runs the cell; nil while none does
	stopped time.Time          // when the run in progress was interrupted
	closed  bool
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
	e := &Engine{opts: o, builder: b, routes: newRoutes(), dir: o.WorkDir, env: map[string]string{}, autoGet: true, cells: newSources()}
	e.routes.failed = e.goroutinePanic
	e.page = newPage()
	e.page.toPrograms, e.routes.page = e.toPrograms, e.page
	if err := e.prepare(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return e, nil
}

func (e *Engine) prepare(ctx context.Context) (err error) {
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
	e.editor = editor.New(packages{library{e.builder}}, e.gopls)
	e.reset()
	e.publish()
	return e.start(ctx)
}

// reset forgets the program.
func (e *Engine) reset() {
	e.program = program.New(library{e.builder}, e.builder.Salt(), e.builder.Language())
}

// start starts a worker.
func (e *Engine) start(ctx context.Context) error {
	p, err := worker.Start(ctx, worker.Spec{Path: e.builder.WorkerPath(), Dir: e.dir, Env: e.variables(), TempDir: e.tempDir}, e.routes)
	if err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	e.proc = p
	e.routes.mu.Lock()
	e.routes.proc = p
	e.routes.mu.Unlock()
	return nil
}

// settle waits for a start in the background. One that failed is tried again, in the foreground, by the next run.
func (e *Engine) settle() {
	if e.starting != nil {
		<-e.starting
		e.starting = nil
	}
}

// Execute implements exec.Engine.
func (e *Engine) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	e.turn.Lock()
	defer e.turn.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return failure("EngineError", "the session has ended")
	}
	e.cancel = cancel
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.cancel = nil
		e.mu.Unlock()
		e.publish()
	}()
	e.settle()
	f := e.execute(ctx, req, out)
	if f != nil && ctx.Err() != nil && f.Name != "Interrupted" && f.Name != "WorkerExit" {
		return interrupted("while it was being prepared")
	}
	return f
}

func (e *Engine) execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	if req.Expression {
		return e.evaluate(ctx, req, out)
	}
	mc, err := magic.Parse(req.Code)
	if err != nil {
		return e.magicFailure(req, err)
	}
	if mc.Whole != nil {
		return e.runWhole(ctx, *mc.Whole, out)
	}
	if f := e.attend(ctx, out); f != nil {
		return f
	}
	if mc.Wasm {
		if f := e.wasmFolder(ctx); f != nil {
			return f
		}
	}
	for _, c := range mc.Commands {
		if f := e.runCommand(ctx, c, req, out); f != nil {
			return f
		}
	}
	if !mc.HasGo() && mc.Test == nil {
		return nil
	}
	if mc.Capture != nil {
		captured, err := mc.Capture.Start(e.dir, e.environ(), out)
		if err != nil {
			return failure("CommandError", err.Error())
		}
		defer captured.Close()
		out = captured
	}
	r := &run{Engine: e, req: req, out: out, source: mc.Go, args: mc.Args}
	switch {
	case mc.Test != nil:
		return r.test(ctx, *mc.Test)
	case mc.Wasm:
		return r.wasm(ctx)
	}
	return r.do(ctx)
}

// again is how long after an interrupt another one is meant as such, and not as a double click.
const again = 500 * time.Millisecond

// Interrupt implements exec.Engine: it ends what the run waits for (a command, the compiler, a download) and stops the
// cell in the worker. Called again for a cell that does not stop, it ends the worker.
func (e *Engine) Interrupt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.active == nil && e.cancel != nil:
		e.cancel()
	case e.active != nil && e.stopped.IsZero():
		e.stopped = time.Now()
		e.active.Interrupt()
	case e.active != nil && time.Since(e.stopped) > again:
		e.active.Kill()
	}
}

// IsComplete implements exec.Engine.
func (e *Engine) IsComplete(code string) exec.Completeness { return magic.IsComplete(code) }

// Loads returns how many compiled packages the session has loaded; a cell that did not change adds none.
func (e *Engine) Loads() int {
	e.turn.Lock()
	defer e.turn.Unlock()
	return e.loads
}

// Compiled returns how many packages the session has compiled; those in the cache are only loaded.
func (e *Engine) Compiled() int {
	e.turn.Lock()
	defer e.turn.Unlock()
	return e.compiled
}

// Close implements exec.Engine. A cell that runs ends with its worker.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	if e.cancel != nil {
		e.cancel()
	}
	if e.active != nil {
		e.active.Kill()
	}
	e.mu.Unlock()
	e.turn.Lock()
	defer e.turn.Unlock()
	var errs []error
	e.settle()
	if e.proc != nil {
		errs = append(errs, e.proc.Close())
		e.proc = nil
	}
	e.gopls.Close()
	errs = append(errs, e.builder.Close(), os.RemoveAll(e.tempDir))
	return errors.Join(errs...)
}

// library gives the program access to the builder's packages.
type library struct{ b *build.Builder }

func (l library) Need(path string) error                    { return l.b.Need(context.Background(), path) }
func (l library) Export(path string) (io.ReadCloser, error) { return l.b.Export(path) }
func (l library) ArchiveID(path string) string              { return l.b.ArchiveID(path) }
func (l library) EmbedHash(lines string) (string, error)    { return l.b.EmbedHash(lines) }
func (l library) Linked(path string) bool                   { return l.b.Linked(path) }
func (l library) Named(name string) []string                { return l.b.PackagesNamed(name) }
