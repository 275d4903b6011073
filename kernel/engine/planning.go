package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
)

// freshPlan makes the plan of the cell against packages as they are on disk now.
func (r *run) freshPlan(ctx context.Context) (*program.Plan, *exec.Failure) {
	plan, f := r.makePlan(ctx)
	var imports []string
	if f == nil {
		imports = plan.Imports
	} else {
		// The cell may use what a package has only now.
		for _, p := range r.session.builder.LocalPackages() {
			if strings.Contains(r.source, path.Base(p)) || strings.Contains(r.source, path.Base(path.Dir(p))) {
				imports = append(imports, p)
			}
		}
	}
	restarted, g := r.changed(ctx, imports)
	switch {
	case g != nil:
		return nil, g
	case restarted:
		return r.makePlan(ctx)
	}
	return plan, f
}

// makePlan parses and plans the cell; it fetches modules that the cell imports and the session
// lacks.
func (r *run) makePlan(ctx context.Context) (*program.Plan, *exec.Failure) {
	for fetched := map[string]bool{}; ; {
		plan, err := r.planNow(ctx)
		var missing *program.MissingPackage
		if !errors.As(err, &missing) || !r.session.fetches() || !build.Fetchable(missing.Err) || !fetchable(missing.Path) || fetched[missing.Path] {
			var refused *program.Refused
			if errors.As(err, &refused) {
				r.lost = refused.Lost
				if r.bringNamed(ctx, refused, fetched) {
					continue
				}
			}
			if err != nil {
				return nil, r.words().Text(err)
			}
			return plan, nil
		}
		fetched[missing.Path] = true
		r.out.Stream("stderr", fmt.Sprintf("fetching %s, which no module of this session provides (%%noautoget turns this off)\n", missing.Path))
		salt := r.session.builder.Salt()
		err = r.session.builder.Attempt(ctx, says(r.out), func() error { return r.session.builder.Bring(ctx, missing.Path, says(r.out)) })
		if err != nil {
			missing.At.Message = fmt.Sprintf("package %s could not be fetched: %v", missing.Path, err)
			return nil, r.words().Text(cell.Errors{missing.At})
		}
		if r.session.builder.Salt() != salt {
			if f := r.session.restart(ctx, "the module that provides "+missing.Path+" upgrades a package that the worker has loaded", r.out); f != nil {
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
	return r.session.now().Parse(r.req.Count, r.source)
}

// planNow parses and plans the cell for the program as it is, through cgo if it imports "C".
func (r *run) planNow(ctx context.Context) (*program.Plan, error) {
	now := r.session.now()
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

// planFor parses and plans the cell for a version of the program. A panic, which is a fault of
// ours, becomes an error.
func (r *run) planFor(now *program.Program, foreign *program.ForeignC) (plan *program.Plan, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
		}
	}()
	var c *cell.Cell
	if foreign != nil {
		c, err = now.ParseCgo(r.req.Count, r.source, foreign)
	} else {
		c, err = now.Parse(r.req.Count, r.source)
	}
	if err != nil {
		return nil, err
	}
	return now.PlanWith(tellingLibrary{library{r.session.builder}, says(r.out)}, c)
}

// throughCgo has cgo translate the cell.
func (r *run) throughCgo(ctx context.Context, now *program.Program) (*program.ForeignC, error) {
	if _, err := now.Parse(r.req.Count, r.source); err != nil { // syntax errors are told better without cgo
		return nil, err
	}
	id := cell.ID(r.source)
	made, err := r.session.builder.Cgo(ctx, id, []byte(cell.WrapStatements(r.source)))
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

// changed looks whether packages that the imports lead to have changed in their folders since the
// worker loaded them. If so it restarts the worker, because a process cannot load a package twice,
// and returns true.
func (r *run) changed(ctx context.Context, imports []string) (bool, *exec.Failure) {
	packages, err := r.session.builder.Changed(ctx, imports)
	if err != nil {
		return false, words.Failure(exec.CompileError, err.Error())
	}
	if len(packages) == 0 {
		return false, nil
	}
	what := "package " + packages[0] + " has"
	if len(packages) > 1 {
		what = "the packages " + strings.Join(packages, ", ") + " have"
	}
	if f := r.session.restart(ctx, what+" changed on disk since a cell loaded it", r.out); f != nil {
		return true, f
	}
	return true, r.ready(ctx)
}
