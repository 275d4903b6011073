package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// runWhole runs a cell that is not Go.
func (e *Engine) runWhole(ctx context.Context, w magic.Whole, out exec.Output) *exec.Failure {
	dir, env := e.session.place.surroundings()
	if w.File == "" {
		return commandFailure(ctx, magic.RunScript(ctx, dir, env, w, out))
	}
	said, err := magic.WriteFile(dir, env, w)
	if err == nil {
		out.Stream("stdout", said+"\n")
	}
	return commandFailure(ctx, err)
}

func commandFailure(ctx context.Context, err error) *exec.Failure {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return words.Interrupted("the command was ended")
	}
	return words.Failure(exec.CommandError, err.Error())
}

// runCommand carries one % or ! line out. Only those that change what cells are prepared with wait for the preparation of
// another lane's cell.
func (e *Engine) runCommand(ctx context.Context, l *lane, c magic.Command, req exec.Request, out exec.Output) *exec.Failure {
	say := func(format string, args ...any) { out.Stream("stdout", fmt.Sprintf(format, args...)) }
	switch c.Kind {
	case magic.Shell:
		return e.shell(ctx, c, out)
	case magic.Cd:
		return e.changeDir(ctx, c.Args, say)
	case magic.Env:
		return e.setEnv(ctx, c.Args, say)
	case magic.Get:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.get(ctx, c, out) })
	case magic.GoFlags:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.setFlags(ctx, c, out) })
	case magic.AutoGet:
		e.session.setAutoGet(true)
	case magic.NoAutoGet:
		e.session.setAutoGet(false)
	case magic.List:
		say("%s", e.session.now().List())
	case magic.Remove:
		return e.session.remove(c)
	case magic.Reset:
		return e.session.prepare(ctx, func() *exec.Failure { return e.resetSession(ctx, c.Args, out) })
	case magic.Memory:
		say("kernel: %s\nworker: %s\n", processMemory(os.Getpid()), memory(e.session.process()))
	case magic.Goroutine:
		return goroutines(ctx, e.session.process(), e.session.cells, out)
	case magic.Replay:
		return e.session.replay(ctx, l, out)
	case magic.Compact:
		return e.session.compact(ctx, l, out)
	case magic.Whos:
		return e.inspector.whos(ctx, c, out)
	case magic.Track:
		return e.track(c, out)
	case magic.Untrack:
		return e.untrack(c, out)
	case magic.GoWork:
		return e.session.prepare(ctx, func() *exec.Failure { return e.goWorkFix(ctx, c, out) })
	case magic.Widgets:
		e.page.Retry()
		err := e.page.Connect(ctx, out)
		if ctx.Err() != nil {
			return words.Interrupted("while it waited for a page")
		}
		if err != nil {
			out.Stream("stderr", fmt.Sprintf("note: %%widgets: %v\n", err))
		}
	case magic.WidgetsHB:
		alive, took := e.page.Alive(ctx)
		if !alive {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%widgets_hb: expected a page that answers. Got no answer; %%widgets connects the page", c.Line))
		}
		say("the page answered within %v\n", max(took, time.Millisecond).Round(time.Millisecond))
	case magic.Version:
		say("gonbml on %s\n", e.session.builder.GoVersion())
	case magic.Help:
		out.Display(exec.Display{Data: exec.Bundle{"text/markdown": magic.HelpText, "text/plain": magic.HelpText}})
	default:
		return words.Failure(exec.EngineError, fmt.Sprintf("line %d: %s is not carried out by this engine", c.Line, c.Text))
	}
	return nil
}

// shell runs a shell line.
func (e *Engine) shell(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	dir, env := e.session.place.surroundings()
	if !c.Module {
		return commandFailure(ctx, magic.RunShell(ctx, dir, env, c, out))
	}
	return e.session.prepare(ctx, func() *exec.Failure {
		e.writeMain(e.session.now())
		f := commandFailure(ctx, magic.RunShell(ctx, e.session.builder.ModDir(), e.moduleEnv(c.Shell), c, out))
		if ctx.Err() != nil {
			return f
		}
		if g := e.modulesMayHaveChanged(ctx, c.Line, out); g != nil {
			return g
		}
		return f
	})
}

func (e *Engine) changeDir(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	from, env := e.session.place.surroundings()
	if len(args) == 0 {
		say("%s\n", from)
		return nil
	}
	dir := magic.ExpandPath(args[0], from, env)
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %s is not a folder", dir))
	}
	dir = filepath.Clean(dir)
	if p := e.session.process(); p != nil {
		if err := p.Chdir(ctx, dir); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %v", err))
		}
		if err := p.Setenv(ctx, "GONB_DIR", dir); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %v", err))
		}
	}
	e.session.place.move(dir)
	say("%s\n", dir)
	return nil
}

func (e *Engine) setEnv(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	if len(args) < 2 {
		var shown []string
		_, env := e.session.place.surroundings()
		for _, kv := range env {
			if len(args) == 0 || strings.HasPrefix(kv, args[0]+"=") {
				shown = append(shown, kv)
			}
		}
		slices.Sort(shown)
		say("%s\n", strings.Join(shown, "\n"))
		return nil
	}
	if err := e.session.setenv(ctx, args[0], args[1]); err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("%%env %s: %v", args[0], err))
	}
	return nil
}

// resetSession ends the worker and forgets everything; "go.mod" forgets the session's modules only.
func (e *Engine) resetSession(ctx context.Context, args []string, out exec.Output) *exec.Failure {
	if len(args) > 0 {
		salt := e.session.builder.Salt()
		if err := e.session.builder.ResetModule(ctx); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%reset go.mod: %v", err))
		}
		if e.session.builder.Salt() == salt {
			return nil
		}
		return e.session.restart(ctx, "the session's modules are again those it began with", out)
	}
	e.session.forgetRuns()
	return e.session.replaceWorker(ctx, out)
}
