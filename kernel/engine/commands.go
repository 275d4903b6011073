package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// runCommand carries one % or ! line out. Only those that change what cells are prepared with wait for the preparation of
// another lane's cell.
func (e *Engine) runCommand(ctx context.Context, l *lane, c magic.Command, req exec.Request, out exec.Output) *exec.Failure {
	say := func(format string, args ...any) { out.Stream("stdout", fmt.Sprintf(format, args...)) }
	switch c.Kind {
	case magic.Shell:
		return e.session.shell(ctx, c, out)
	case magic.Cd:
		return e.session.changeDir(ctx, c.Args, say)
	case magic.Env:
		return e.session.changeEnv(ctx, c.Args, say)
	case magic.Get:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.get(ctx, c, out) })
	case magic.GoFlags:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.setFlags(ctx, c, out) })
	case magic.AutoGet:
		e.session.setAutoGet(true)
	case magic.NoAutoGet:
		e.session.setAutoGet(false)
	case magic.Errors:
		if len(c.Args) > 0 {
			e.session.heed(c.Args[0] == "on")
		} else {
			say("%s\n", map[bool]string{true: "on", false: "off"}[e.session.heeds()])
		}
	case magic.List:
		if f := e.session.awake(ctx, out); f != nil {
			return f
		}
		now := e.session.now()
		say("%s", now.Imports()+now.List())
	case magic.Remove:
		if f := e.session.awake(ctx, out); f != nil {
			return f
		}
		if unknown := e.session.remove(c.Args); len(unknown) > 0 {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%rm knows no %s in this session; %%list shows what there is", c.Line, strings.Join(unknown, ", ")))
		}
	case magic.Reset:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.resetSession(ctx, c.Args, out) })
	case magic.Memory:
		say("kernel: %s\nworker: %s\n", processMemory(os.Getpid()), memory(e.session.process()))
	case magic.Goroutine:
		return goroutines(ctx, e.session.process(), e.session.cells, out)
	case magic.Replay:
		return e.session.replay(ctx, l, out)
	case magic.Compact:
		return e.session.compact(ctx, l, out)
	case magic.Keep:
		return e.session.keepCommand(ctx, l, c, out)
	case magic.Whos:
		return e.inspector.whos(ctx, c, out)
	case magic.Track:
		return e.tracked.add(c, e.session, out)
	case magic.Untrack:
		return e.tracked.remove(c, e.session, out)
	case magic.GoWork:
		return e.session.prepare(ctx, func() *exec.Failure { return e.session.goWorkFix(ctx, c, out) })
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
