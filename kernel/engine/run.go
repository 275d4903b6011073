package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	session  *session
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
	lost []string        // variables that the cell needs and that went with a worker
}

func (r *run) do(ctx context.Context) *exec.Failure {
	defer r.session.comes(r.lane, nil)
	pkg, f := r.obtain(ctx)
	if r.session.restored(ctx, r) {
		r.session.routes.remove(r.id)
		pkg, f = r.obtain(ctx)
	}
	for f != nil && len(r.lost) > 0 && r.likeGoNB() && ctx.Err() == nil {
		r.session.routes.remove(r.id)
		if g := r.initialise(ctx); g != nil {
			return g
		}
		pkg, f = r.obtain(ctx)
	}
	if f == nil && ctx.Err() != nil {
		f = words.Interrupted("before it began")
	}
	if f != nil {
		r.session.routes.remove(r.id)
		return f
	}
	if r.req.Expression {
		defer r.session.routes.remove(r.id) // what belongs to no cell then goes where it went before
	} else {
		r.session.cells.Add(cell.ID(r.source), r.req.Count, r.req.Code)
		r.session.routes.begin(r.id)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	r.session.began(r.lane, r.proc, stop)
	outcome, err := r.proc.Run(running, r.id, pkg.Path, r.args)
	r.session.ended(r.lane)
	if err != nil {
		r.joinDead()
		return r.session.died(r.proc, err)
	}
	f = r.conclude(pkg, outcome)
	if r.req.Expression {
		return f
	}
	r.join(r.unreached(outcome))
	if f == nil {
		r.session.remember(ran{req: r.req, source: r.source, args: r.args})
	}
	r.session.comes(r.lane, nil)
	r.session.saveKept(context.WithoutCancel(ctx), r.lane, r.out)
	return f
}

// obtain is get while no other run is prepared.
func (r *run) obtain(ctx context.Context) (pkg *program.Package, f *exec.Failure) {
	r.lost = nil
	f = r.session.prepare(ctx, func() (f *exec.Failure) {
		pkg, f = r.get(ctx)
		return f
	})
	return pkg, f
}

// likeGoNB says whether the cell is written as GoNB wants cells to be: with a main function.
func (r *run) likeGoNB() bool {
	c, err := r.parse()
	return err == nil && c.Main
}

// initialise gives the variables that went with a worker their values again, as GoNB does for each
// cell. It stays a failure where that is not what a var declaration does.
func (r *run) initialise(ctx context.Context) *exec.Failure {
	for _, name := range r.lost {
		source, ok := r.session.now().Initialiser(name)
		if !ok {
			return words.Failure(exec.CompileError, fmt.Sprintf("%s went with the worker that ended, and no var declaration gives it a value; run the cell again that does", name))
		}
		r.out.Stream("stderr", fmt.Sprintf("note: %s went with the worker that ended, and is initialised again\n", name))
		again := &run{session: r.session, lane: r.lane, req: r.req, out: r.out, source: source, args: r.args}
		again.req.Code, again.req.Silent = source, true
		f := again.do(ctx)
		for f != nil && len(again.lost) > 0 && ctx.Err() == nil {
			if g := again.initialise(ctx); g != nil {
				return g
			}
			f = again.do(ctx)
		}
		if f != nil {
			return f
		}
	}
	return nil
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
	r.id = r.session.routes.add(out)
	now := r.session.now()
	if pkg := now.Unchanged(r.source); pkg != nil {
		restarted, f := r.changed(ctx, []string{pkg.Path})
		if f != nil {
			return nil, f
		}
		if !restarted {
			r.session.comes(r.lane, now)
			return pkg, nil
		}
	}
	return r.load(ctx)
}

// ready makes sure that there is a worker.
func (r *run) ready(ctx context.Context) *exec.Failure {
	f := r.session.ready(ctx, r.out)
	r.proc = r.session.process()
	return f
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
				return nil, r.session.died(r.proc, err)
			}
			return nil, words.Failure(exec.EngineError, fmt.Sprintf("loading the compiled cell: %v", err))
		}
		r.session.loaded(o.Cached)
	}
	if r.req.Expression {
		return plan.Package, nil
	}
	plan.Claim()
	if after == nil {
		after = plan.Commit()
	}
	r.plan = plan
	r.session.comes(r.lane, after)
	for _, n := range plan.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	return plan.Package, nil
}

// compile plans and compiles the cell, unless that was done before its turn. Only then after is set. Of a package that is
// loaded there is no object.
func (r *run) compile(ctx context.Context) (plan *program.Plan, o build.Object, after *program.Program, f *exec.Failure) {
	if p := r.prepared; p != nil && p.fits(ctx, r.session.now(), r.req.Count) {
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
	o, err := r.session.builder.Compile(ctx, unit(plan, r.cgo))
	if err != nil {
		return nil, o, nil, r.words().Build(err)
	}
	return plan, o, nil, nil
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
	r.session.joining.Lock()
	defer r.session.joining.Unlock()
	j := r.plan.Join(r.session.now())
	if len(unreached) > 0 {
		j.Program = r.plan.Unmade(j.Program, unreached)
	}
	for _, n := range j.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	if len(j.Activate) > 0 {
		_ = r.proc.Activate(context.Background(), r.plan.Package.Path, j.Activate) // fails only with the process
	}
	r.session.joined(j.Program, r.proc)
}

// conclude turns the worker's account of a run of the package into its result.
func (r *run) conclude(pkg *program.Package, o worker.Outcome) *exec.Failure {
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
		return r.words().Returned(*o.Failure, pkg.LastLine)
	case o.Panic != nil:
		return r.words().Panic(*o.Panic)
	}
	return nil
}

// words tells of the cell's failures.
func (r *run) words() words.Cell {
	return words.Cell{Seen: r.session.cells, Request: r.req, Source: r.source}
}

// unreached returns the variables that the cell did not come to define.
func (r *run) unreached(o worker.Outcome) []string {
	frames := o.AbandonedAt
	if o.Panic != nil {
		frames = o.Panic.Frames
	}
	switch {
	case r.plan == nil:
		return nil
	case o.Failure != nil && o.Failure.Call != "":
		return r.plan.UnreachedAfter(o.Failure.Ran)
	}
	for _, f := range slices.Backward(frames) { // the user's own main, which is called so, too, stands further in
		if program.FunctionName(f.Function) == program.Statements && strings.HasPrefix(f.File, words.CellFile) {
			return r.plan.Unreached(f.Line)
		}
	}
	return nil
}
