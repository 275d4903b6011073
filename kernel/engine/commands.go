package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// variables is the session's environment.
func (e *Engine) variables() []string {
	env := append(os.Environ(), e.opts.Env...)
	for k, v := range e.env {
		env = append(env, k+"="+v)
	}
	return env
}

// environ is the environment of the session's commands.
func (e *Engine) environ() []string {
	return append(e.variables(), "GONB_DIR="+e.dir, "GONB_TMP_DIR="+e.builder.ModDir())
}

// runWhole runs a cell that is not Go.
func (e *Engine) runWhole(ctx context.Context, w magic.Whole, out exec.Output) *exec.Failure {
	if w.File == "" {
		return commandFailure(ctx, magic.RunScript(ctx, e.dir, e.environ(), w, out))
	}
	said, err := magic.WriteFile(e.dir, e.environ(), w)
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
		return interrupted("the command was ended")
	}
	return failure("CommandError", err.Error())
}

// runCommand carries one % or ! line out.
func (e *Engine) runCommand(ctx context.Context, c magic.Command, req exec.Request, out exec.Output) *exec.Failure {
	say := func(format string, args ...any) { out.Stream("stdout", fmt.Sprintf(format, args...)) }
	switch c.Kind {
	case magic.Shell:
		dir := e.dir
		if c.Module {
			dir = e.builder.ModDir()
		}
		return e.shell(ctx, dir, c, out)
	case magic.Cd:
		return e.changeDir(ctx, c.Args, say)
	case magic.Env:
		return e.setEnv(ctx, c.Args, say)
	case magic.Get:
		return e.get(ctx, c, out)
	case magic.GoFlags:
		return e.setFlags(ctx, c, out)
	case magic.AutoGet:
		e.autoGet = true
	case magic.NoAutoGet:
		e.autoGet = false
	case magic.List:
		say("%s", e.program.List())
	case magic.Remove:
		if unknown := e.program.Remove(c.Args); len(unknown) > 0 {
			return failure("CommandError", fmt.Sprintf("line %d: %%rm knows no %s in this session; %%list shows what there is", c.Line, strings.Join(unknown, ", ")))
		}
	case magic.Reset:
		return e.resetSession(ctx, c.Args, out)
	case magic.Memory:
		say("kernel: %s\nworker: %s\n", processMemory(os.Getpid()), e.memory())
	case magic.Goroutine:
		return e.goroutines(ctx, out)
	case magic.Replay:
		return e.replay(ctx, out)
	case magic.Compact:
		return e.compact(ctx, out)
	case magic.Track:
		return e.track(c, out)
	case magic.Untrack:
		return e.untrack(c, out)
	case magic.GoWork:
		return e.goWorkFix(ctx, c, out)
	case magic.Widgets:
		e.page.retry()
		if err := e.page.connect(ctx, out); err != nil {
			out.Stream("stderr", fmt.Sprintf("note: %%widgets: %v\n", err))
		}
	case magic.WidgetsHB:
		alive, took := e.page.alive(ctx)
		if !alive {
			return failure("CommandError", fmt.Sprintf("line %d: %%widgets_hb: expected a page that answers. Got no answer; %%widgets connects the page", c.Line))
		}
		say("the page answered within %v\n", max(took, time.Millisecond).Round(time.Millisecond))
	case magic.Version:
		say("gonbml on %s\n", e.builder.GoVersion())
	case magic.Help:
		out.Display(exec.Display{Data: exec.Bundle{"text/markdown": magic.HelpText, "text/plain": magic.HelpText}})
	default:
		return failure("EngineError", fmt.Sprintf("line %d: %s is not carried out by this engine", c.Line, c.Text))
	}
	return nil
}

// shell runs a shell line. A "!*go get" may change the session's modules under the worker.
func (e *Engine) shell(ctx context.Context, dir string, c magic.Command, out exec.Output) *exec.Failure {
	env := e.environ()
	if c.Module {
		env = e.moduleEnv(c.Shell)
		e.writeMain()
	}
	f := commandFailure(ctx, magic.RunShell(ctx, dir, env, c, out))
	if !c.Module || ctx.Err() != nil {
		return f
	}
	if g := e.modulesMayHaveChanged(ctx, c.Line, out); g != nil {
		return g
	}
	return f
}

func (e *Engine) changeDir(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	if len(args) == 0 {
		say("%s\n", e.dir)
		return nil
	}
	dir := magic.ExpandPath(args[0], e.dir, e.environ())
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return failure("CommandError", fmt.Sprintf("%%cd: %s is not a folder", dir))
	}
	dir = filepath.Clean(dir)
	if e.proc != nil {
		if err := e.proc.Chdir(ctx, dir); err != nil {
			return failure("CommandError", fmt.Sprintf("%%cd: %v", err))
		}
	}
	e.dir = dir
	say("%s\n", dir)
	return nil
}

func (e *Engine) setEnv(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	if len(args) < 2 {
		var shown []string
		for _, kv := range e.environ() {
			if len(args) == 0 || strings.HasPrefix(kv, args[0]+"=") {
				shown = append(shown, kv)
			}
		}
		slices.Sort(shown)
		say("%s\n", strings.Join(shown, "\n"))
		return nil
	}
	if e.proc != nil {
		if err := e.proc.Setenv(ctx, args[0], args[1]); err != nil {
			return failure("CommandError", fmt.Sprintf("%%env %s: %v", args[0], err))
		}
	}
	e.env[args[0]] = args[1]
	return nil
}

// resetSession ends the worker and forgets everything; "go.mod" forgets the session's modules only.
func (e *Engine) resetSession(ctx context.Context, args []string, out exec.Output) *exec.Failure {
	if len(args) > 0 {
		salt := e.builder.Salt()
		if err := e.builder.ResetModule(ctx); err != nil {
			return failure("CommandError", fmt.Sprintf("%%reset go.mod: %v", err))
		}
		if e.builder.Salt() == salt {
			return nil
		}
		return e.restart(ctx, "the session's modules are again those it began with", out)
	}
	e.history = nil
	return e.replaceWorker(ctx, out)
}
