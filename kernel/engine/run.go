package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/rt"
	"github.com/gonbml/gonbml/kernel/worker"
)

// run is one run of a cell's Go text.
type run struct {
	*Engine
	req    exec.Request
	out    exec.Output
	source string
	args   []string

	plan *program.Plan // nil when the cell did not change
	cgo  *build.Cgo    // of a cell with import "C"
}

func (r *run) do(ctx context.Context) *exec.Failure {
	if f := r.ready(ctx); f != nil {
		return f
	}
	pkg := r.program.Unchanged(r.source)
	if pkg != nil {
		restarted, f := r.changed(ctx, []string{pkg.Path})
		if f != nil {
			return f
		}
		if restarted {
			pkg = nil
		}
	}
	if pkg == nil {
		var f *exec.Failure
		if pkg, f = r.load(ctx); f != nil {
			return f
		}
	}
	out := r.out
	if r.req.Silent {
		out = silent{out}
	}
	r.nextID++
	id := r.nextID
	if r.req.Expression {
		defer r.routes.during(id, out)()
	} else {
		r.cells.add(cell.ID(r.source), r.req.Count, r.req.Code)
		r.routes.add(id, out)
	}
	if ctx.Err() != nil {
		return interrupted("before it began")
	}
	r.mu.Lock()
	r.active, r.stopped = r.proc, time.Time{}
	r.mu.Unlock()
	outcome, err := r.proc.Run(ctx, id, pkg.Path, r.args)
	r.mu.Lock()
	r.active = nil
	r.mu.Unlock()
	if err != nil {
		return r.died(err)
	}
	f := r.conclude(outcome)
	if f == nil && !r.req.Expression {
		r.history = append(r.history, ran{r.req, r.source, r.args})
	}
	return f
}

// ready makes sure that there is a worker.
func (r *run) ready(ctx context.Context) *exec.Failure {
	if r.proc != nil {
		select {
		case <-r.proc.Done(): // it died between two cells
			f := r.died(r.proc.Err())
			r.out.Stream("stderr", strings.Join(f.Traceback, "\n")+"\n")
			r.settle()
		default:
		}
	}
	if r.proc != nil {
		return nil
	}
	return r.begin(ctx, r.out)
}

// load brings the cell's package into the worker and commits what it means for the program.
func (r *run) load(ctx context.Context) (*program.Package, *exec.Failure) {
	plan, f := r.freshPlan(ctx)
	if f != nil {
		return nil, f
	}
	path := plan.Package.Path
	if !r.proc.Opened(path) {
		o, err := r.builder.Compile(ctx, build.Unit{Path: path, Source: plan.Source, Imports: plan.Imports, Embeds: plan.Embeds, Cgo: r.cgo,
			FunctionName: program.FunctionName, TypeName: program.TypeName})
		if err != nil {
			return nil, r.buildFailure(err)
		}
		if !o.Cached {
			r.compiled++
		}
		if err := r.proc.Open(ctx, path, o.SO); err != nil {
			var exit *worker.ExitError
			if errors.As(err, &exit) {
				return nil, r.died(err)
			}
			return nil, failure("EngineError", fmt.Sprintf("loading the compiled cell: %v", err))
		}
		r.loads++
	}
	if r.req.Expression {
		return plan.Package, nil
	}
	plan.Commit()
	r.publish()
	r.plan = plan
	for _, n := range plan.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	return plan.Package, nil
}

// makePlan parses and plans the cell; it fetches modules that the cell imports and the session lacks.
func (r *run) makePlan(ctx context.Context) (*program.Plan, *exec.Failure) {
	for fetched := map[string]bool{}; ; {
		c, err := r.parse(ctx)
		if err != nil {
			return nil, r.textFailure(err)
		}
		plan, err := r.program.Plan(c)
		var missing *program.MissingPackage
		if !errors.As(err, &missing) || !r.autoGet || !fetchable(missing.Path) || fetched[missing.Path] {
			if err != nil {
				return nil, r.textFailure(err)
			}
			return plan, nil
		}
		fetched[missing.Path] = true
		r.out.Stream("stderr", fmt.Sprintf("fetching %s, which no module of this session provides (%%noautoget turns this off)\n", missing.Path))
		salt := r.builder.Salt()
		if err := r.builder.Get(ctx, missing.Path, func(s string) { r.out.Stream("stderr", s+"\n") }); err != nil {
			missing.At.Message = fmt.Sprintf("package %s could not be fetched: %v", missing.Path, err)
			return nil, r.textFailure(cell.Errors{missing.At})
		}
		if r.builder.Salt() != salt {
			if f := r.restart(ctx, "the module that provides "+missing.Path+" upgrades a package that the worker has loaded", r.out); f != nil {
				return nil, f
			}
		}
	}
}

// parse parses the cell, through cgo if it imports "C".
func (r *run) parse(ctx context.Context) (*cell.Cell, error) {
	if !cell.UsesCgo(r.source) {
		return r.program.Parse(r.req.Count, r.source)
	}
	if _, err := r.program.Parse(r.req.Count, r.source); err != nil { // syntax errors are told better without cgo
		return nil, err
	}
	id := cell.ID(r.source)
	made, err := r.builder.Cgo(ctx, id, []byte(cell.WrapStatements(r.source)))
	if err != nil {
		return nil, err
	}
	c := program.ForeignC{Cell: cell.UnwrapStatements(string(made.GoSource)), Types: string(made.TypesSource), Hash: made.Hash}
	if err := c.Rename(id); err != nil {
		return nil, err
	}
	made.TypesSource = []byte(c.Types)
	r.cgo = made
	return r.program.ParseCgo(r.req.Count, r.source, &c)
}

// fetchable says whether an import path can be a module's: its first element has a dot.
func fetchable(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// restart replaces the worker by one with the session's present modules, and says what that loses.
func (e *Engine) restart(ctx context.Context, why string, out exec.Output) *exec.Failure {
	out.Stream("stderr", fmt.Sprintf("restarting the worker: %s.%s\n", why, e.lost()))
	return e.replaceWorker(ctx, out)
}

// replaceWorker ends the worker, and with it the program's state, and starts another.
func (e *Engine) replaceWorker(ctx context.Context, out exec.Output) *exec.Failure {
	old := e.proc
	e.proc = nil
	e.reset()
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
		return failure("EngineError", err.Error())
	}
	if err := e.start(ctx); err != nil {
		return failure("EngineError", err.Error())
	}
	return nil
}

// lost says which values go with the worker.
func (e *Engine) lost() string {
	names := e.program.Variables()
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

// conclude turns the worker's account of a run into its result.
func (r *run) conclude(o worker.Outcome) *exec.Failure {
	switch {
	case o.Abandoned != "":
		r.forgetUnreached(o.AbandonedAt)
		return r.abandoned(o)
	case o.Interrupted:
		if o.Panic == nil {
			return interrupted("it ended by itself")
		}
		r.forgetUnreached(o.Panic.Frames)
		if o.Panic.Value != (rt.Interrupt{}).Error() { // an error that the cell made of its context's end
			return interrupted(o.Panic.Value)
		}
		return interrupted("its variables keep the values they had")
	case o.Failure != nil:
		return r.errorFailure(*o.Failure)
	case o.Panic != nil:
		r.forgetUnreached(o.Panic.Frames)
		return r.panicFailure(*o.Panic)
	}
	return nil
}

// forgetUnreached takes the variables out of the program that the cell did not come to define; frames is the stack where
// it stopped.
func (r *run) forgetUnreached(frames []worker.Frame) {
	if r.plan == nil {
		return
	}
	for _, f := range slices.Backward(frames) { // the user's own main, which is called so, too, stands further in
		if program.FunctionName(f.Function) != program.Statements || !strings.HasPrefix(f.File, cellFile) {
			continue
		}
		if names := r.plan.Unreached(f.Line); len(names) > 0 {
			r.out.Stream("stderr", "note: not defined, because the cell did not get that far: "+strings.Join(names, ", ")+"\n")
		}
		return
	}
}

// died tells how the worker ended, and begins to start another.
func (r *run) died(err error) *exec.Failure {
	f := r.exitFailure(err)
	r.proc = nil
	r.reset()
	r.starting = make(chan error, 1)
	done := r.starting
	go func() { done <- r.start(context.Background()) }()
	return f
}
