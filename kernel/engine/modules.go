package engine

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// attend takes notice of the go.mod or go.work around the notebook. One that cannot be used is told once for each of
// its states, and does not stop cells that do without.
func (e *Engine) attend(ctx context.Context, out exec.Output) *exec.Failure {
	salt := e.builder.Salt()
	file, err := e.builder.Attach(ctx)
	if ctx.Err() != nil {
		return words.Interrupted("while it was being prepared")
	}
	if err != nil {
		out.Stream("stderr", fmt.Sprintf("note: the session does without the notebook's own module until its files change: %v\n", err))
	}
	if e.builder.Salt() == salt {
		return nil
	}
	return e.restart(ctx, file+" selects another version of a module that the worker has loaded", out)
}

// changed looks whether packages that the imports lead to have changed in their folders since the worker loaded them. If
// so it restarts the worker, because a process cannot load a package twice, and returns true.
func (r *run) changed(ctx context.Context, imports []string) (bool, *exec.Failure) {
	packages, err := r.builder.Changed(ctx, imports)
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
	if f := r.restart(ctx, what+" changed on disk since a cell loaded it", r.out); f != nil {
		return true, f
	}
	return true, r.ready(ctx)
}

// freshPlan makes the plan of the cell against packages as they are on disk now.
func (r *run) freshPlan(ctx context.Context) (*program.Plan, *exec.Failure) {
	plan, f := r.makePlan(ctx)
	var imports []string
	if f == nil {
		imports = plan.Imports
	} else {
		// The cell may use what a package has only now.
		for _, p := range r.builder.LocalPackages() {
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

// get adds a module to the session.
func (e *Engine) get(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	salt := e.builder.Salt()
	for _, query := range c.Args {
		if err := e.builder.Get(ctx, query, func(s string) { out.Stream("stderr", s+"\n") }); err != nil {
			if ctx.Err() != nil {
				return words.Interrupted("nothing was added")
			}
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %v", c.Line, err))
		}
	}
	if e.builder.Salt() == salt {
		return nil
	}
	return e.restart(ctx, c.Text+" changed a module that the worker has loaded", out)
}

// setFlags sets the flags that cells, the worker and all packages are built with, or shows them.
func (e *Engine) setFlags(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	if len(c.Args) > 0 {
		flags, err := build.ParseFlags(c.Args)
		if err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goflags: %v", c.Line, err))
		}
		salt := e.builder.Salt()
		e.builder.SetFlags(flags)
		e.mu.Lock()
		e.flags = flags
		e.mu.Unlock()
		if len(build.CoverFlags(flags)) > 0 {
			out.Stream("stderr", "note: coverage is counted by %test; cells run without\n")
		}
		if e.builder.Salt() != salt {
			if f := e.restart(ctx, "values cannot be kept between programs that are built with other flags", out); f != nil {
				return f
			}
		}
	}
	out.Stream("stdout", fmt.Sprintf("%%goflags=%q\n", e.goFlags()))
	return nil
}

// goFlags returns what was set by setFlags.
func (e *Engine) goFlags() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.flags
}
