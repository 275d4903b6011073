package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
	"github.com/gonbml/gonbml/session/rt"
)

// run is one run of a cell's Go text.
type run struct {
	*Engine
	lane     *lane
	prepared *prepared // before its turn; or nil
	req      exec.Request
	out      exec.Output
	source   string
	args     []string

	id   int64
	proc *worker.Process // that it runs in
	plan *program.Plan   // nil when the cell did not change
	cgo  *build.Cgo      // of a cell with import "C"
}

func (r *run) do(ctx context.Context) *exec.Failure {
	defer r.comes(nil)
	var pkg *program.Package
	f := r.prepare(ctx, func() (f *exec.Failure) {
		pkg, f = r.get(ctx)
		return f
	})
	if f == nil && ctx.Err() != nil {
		f = words.Interrupted("before it began")
	}
	if f != nil {
		r.routes.remove(r.id)
		return f
	}
	if r.req.Expression {
		defer r.routes.remove(r.id) // what belongs to no cell then goes where it went before
	} else {
		r.cells.Add(cell.ID(r.source), r.req.Count, r.req.Code)
		r.routes.begin(r.id)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	r.mu.Lock()
	r.lane.active, r.lane.stop, r.lane.stopped = r.proc, stop, time.Time{}
	r.lookAhead(r.lane)
	r.mu.Unlock()
	outcome, err := r.proc.Run(running, r.id, pkg.Path, r.args)
	r.mu.Lock()
	r.lane.active = nil
	r.mu.Unlock()
	if err != nil {
		return r.died(r.proc, err)
	}
	f = r.conclude(outcome)
	if r.req.Expression {
		return f
	}
	r.join(r.unreached(outcome))
	if f == nil {
		r.mu.Lock()
		r.history = append(r.history, ran{r.req, r.source, r.args})
		r.mu.Unlock()
	}
	return f
}

// get returns the cell's package, ready in the worker.
func (r *run) get(ctx context.Context) (*program.Package, *exec.Failure) {
	if f := r.ready(ctx); f != nil {
		return nil, f
	}
	out := r.out
	if r.req.Silent {
		out = silent{out}
	}
	r.mu.Lock()
	r.nextID++
	r.id = r.nextID
	r.mu.Unlock()
	r.routes.add(r.id, out)
	now := r.now()
	if pkg := now.Unchanged(r.source); pkg != nil {
		restarted, f := r.changed(ctx, []string{pkg.Path})
		if f != nil {
			return nil, f
		}
		if !restarted {
			r.comes(now)
			return pkg, nil
		}
	}
	return r.load(ctx)
}

// comes notes what the program will be when the cell has joined it; nil at the end.
func (r *run) comes(p *program.Program) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lane.coming = p
}

// load brings the cell's package into the worker.
func (r *run) load(ctx context.Context) (*program.Package, *exec.Failure) {
	plan, o, after, f := r.compile(ctx)
	if f != nil {
		return nil, f
	}
	if path := plan.Package.Path; !r.proc.Opened(path) {
		if err := r.proc.Open(ctx, r.id, path, o.SO); err != nil {
			var exit *worker.ExitError
			if errors.As(err, &exit) {
				return nil, r.died(r.proc, err)
			}
			return nil, words.Failure(exec.EngineError, fmt.Sprintf("loading the compiled cell: %v", err))
		}
		r.mu.Lock()
		r.loads++
		if !o.Cached {
			r.compiled++
		}
		r.mu.Unlock()
	}
	if r.req.Expression {
		return plan.Package, nil
	}
	r.planning.Lock()
	plan.Claim()
	if after == nil {
		after = plan.Commit()
	}
	r.planning.Unlock()
	r.plan = plan
	r.comes(after)
	for _, n := range plan.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	return plan.Package, nil
}

// compile plans and compiles the cell, unless that was done before its turn. Only then after is set. Of a package that is
// loaded there is no object.
func (r *run) compile(ctx context.Context) (plan *program.Plan, o build.Object, after *program.Program, f *exec.Failure) {
	if p := r.prepared; p != nil && r.use(ctx, p, r.now(), r.req.Count) {
		restarted, f := r.changed(ctx, p.plan.Imports)
		if f != nil {
			return nil, o, nil, f
		}
		if !restarted {
			return p.plan, p.object, p.after, nil
		}
	}
	if plan, f = r.freshPlan(ctx); f != nil || r.proc.Opened(plan.Package.Path) {
		return plan, o, nil, f
	}
	o, err := r.builder.Compile(ctx, unit(plan, r.cgo))
	if err != nil {
		return nil, o, nil, r.words().Build(err)
	}
	return plan, o, nil, nil
}

// unit is a planned package as the builder wants it.
func unit(p *program.Plan, cgo *build.Cgo) build.Unit {
	return build.Unit{Path: p.Package.Path, Source: p.Source, Imports: p.Imports, Embeds: p.Embeds, Cgo: cgo,
		FunctionName: program.FunctionName, TypeName: program.TypeName, HiddenMethod: program.HiddenMethod}
}

// join makes what the cell has defined part of the program, all but the variables that it did not come to define. What
// cells of other lanes have made of the program meanwhile stays, as far as the two fit together.
func (r *run) join(unreached []string) {
	if r.plan == nil {
		return
	}
	if len(unreached) > 0 {
		r.out.Stream("stderr", "note: not defined, because the cell did not get that far: "+strings.Join(unreached, ", ")+"\n")
	}
	r.planning.Lock()
	defer r.planning.Unlock()
	j := r.plan.Join(r.now())
	if len(unreached) > 0 {
		j.Program, _ = j.Program.Without(unreached)
	}
	for _, n := range j.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	if len(j.Activate) > 0 {
		_ = r.proc.Activate(context.Background(), r.plan.Package.Path, j.Activate) // fails only with the process
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Engine.proc == r.proc { // else the program has gone with the process
		r.program = j.Program
	}
}

// makePlan parses and plans the cell; it fetches modules that the cell imports and the session lacks.
func (r *run) makePlan(ctx context.Context) (*program.Plan, *exec.Failure) {
	for fetched := map[string]bool{}; ; {
		plan, err := r.planNow(ctx)
		var missing *program.MissingPackage
		if !errors.As(err, &missing) || !r.fetches() || !fetchable(missing.Path) || fetched[missing.Path] {
			if err != nil {
				return nil, r.words().Text(err)
			}
			return plan, nil
		}
		fetched[missing.Path] = true
		r.out.Stream("stderr", fmt.Sprintf("fetching %s, which no module of this session provides (%%noautoget turns this off)\n", missing.Path))
		salt := r.builder.Salt()
		if err := r.builder.Get(ctx, missing.Path, func(s string) { r.out.Stream("stderr", s+"\n") }); err != nil {
			missing.At.Message = fmt.Sprintf("package %s could not be fetched: %v", missing.Path, err)
			return nil, r.words().Text(cell.Errors{missing.At})
		}
		if r.builder.Salt() != salt {
			if f := r.restart(ctx, "the module that provides "+missing.Path+" upgrades a package that the worker has loaded", r.out); f != nil {
				return nil, f
			}
			if f := r.ready(ctx); f != nil {
				return nil, f
			}
		}
	}
}

// parse parses the cell alone.
func (r *run) parse() (*cell.Cell, error) {
	r.planning.Lock()
	defer r.planning.Unlock()
	return r.now().Parse(r.req.Count, r.source)
}

// planNow parses and plans the cell for the program as it is, through cgo if it imports "C".
func (r *run) planNow(ctx context.Context) (*program.Plan, error) {
	now := r.now()
	var foreign *program.ForeignC
	if cell.UsesCgo(r.source) {
		var err error
		if foreign, err = r.throughCgo(ctx, now); err != nil {
			return nil, err
		}
	}
	type planned struct {
		plan *program.Plan
		err  error
	}
	made := make(chan planned, 1)
	go func() { // a large cell takes long, and no interrupt reaches the type checker: what it then finds is dropped
		plan, err := r.planFor(now, foreign)
		made <- planned{plan, err}
	}()
	select {
	case m := <-made:
		return m.plan, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// planFor parses and plans the cell for a version of the program. A panic, which is a fault of ours, becomes an error.
func (r *run) planFor(now *program.Program, foreign *program.ForeignC) (plan *program.Plan, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
		}
	}()
	r.planning.Lock()
	defer r.planning.Unlock()
	var c *cell.Cell
	if foreign != nil {
		c, err = now.ParseCgo(r.req.Count, r.source, foreign)
	} else {
		c, err = now.Parse(r.req.Count, r.source)
	}
	if err != nil {
		return nil, err
	}
	return now.Plan(c)
}

// throughCgo has cgo translate the cell.
func (r *run) throughCgo(ctx context.Context, now *program.Program) (*program.ForeignC, error) {
	r.planning.Lock()
	_, err := now.Parse(r.req.Count, r.source) // syntax errors are told better without cgo
	r.planning.Unlock()
	if err != nil {
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
	return &c, nil
}

// fetchable says whether an import path can be a module's: its first element has a dot.
func fetchable(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// conclude turns the worker's account of a run into its result.
func (r *run) conclude(o worker.Outcome) *exec.Failure {
	switch {
	case o.Abandoned != "":
		return r.words().Abandoned(o)
	case o.Interrupted:
		if o.Panic == nil {
			return words.Interrupted("it ended by itself")
		}
		if o.Panic.Value != (rt.Interrupt{}).Error() { // an error that the cell made of its context's end
			return words.Interrupted(o.Panic.Value)
		}
		return words.Interrupted("its variables keep the values they had")
	case o.Failure != nil:
		return r.words().Returned(*o.Failure)
	case o.Panic != nil:
		return r.words().Panic(*o.Panic)
	}
	return nil
}

// words tells of the cell's failures.
func (r *run) words() words.Cell {
	return words.Cell{Seen: r.cells, Request: r.req, Source: r.source}
}

// unreached returns the variables that the cell did not come to define.
func (r *run) unreached(o worker.Outcome) []string {
	frames := o.AbandonedAt
	if o.Panic != nil {
		frames = o.Panic.Frames
	}
	if r.plan == nil {
		return nil
	}
	for _, f := range slices.Backward(frames) { // the user's own main, which is called so, too, stands further in
		if program.FunctionName(f.Function) == program.Statements && strings.HasPrefix(f.File, words.CellFile) {
			return r.plan.Unreached(f.Line)
		}
	}
	return nil
}
