package engine

import (
	"context"

	"github.com/gonbml/gonbml/kernel/editor"
	"github.com/gonbml/gonbml/kernel/editor/gopls"
	"github.com/gonbml/gonbml/kernel/exec"
)

// publish makes the session's present state known to editors. The caller holds turn, or is New.
func (e *Engine) publish() {
	e.shown.Store(&editor.Session{View: e.program.View(), Dir: e.dir, Env: e.variables()})
}

// Complete implements exec.Engine.
func (e *Engine) Complete(ctx context.Context, code string, cursor int) exec.Completions {
	return e.editor.Complete(ctx, *e.shown.Load(), code, cursor)
}

// Inspect implements exec.Engine.
func (e *Engine) Inspect(ctx context.Context, code string, cursor, detail int) exec.Inspection {
	return e.editor.Inspect(ctx, *e.shown.Load(), code, cursor, detail)
}

// packages gives the editor access to the builder's packages.
type packages struct{ library }

func (p packages) Names() map[string][]string { return p.b.PackageNames() }

// workspace is what gopls has to know of the session's module.
func (e *Engine) workspace() (gopls.Workspace, error) {
	mod, sum, err := e.builder.ModuleFiles()
	return gopls.Workspace{Mod: mod, Sum: sum, Env: e.builder.Env()}, err
}
