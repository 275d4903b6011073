package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gonbml/gonbml/kernel/console"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
)

func newConsoleCommand(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "console",
		Short: "Type cells in the terminal, without Jupyter",
		Long: `Console reads cells and runs them as a notebook does: what a cell made is still there in the next.

Enter runs the cell when it is complete, or begins a new line. Tab completes, the arrow keys and Ctrl-R go through the
history, which notebooks share. Ctrl-C interrupts the running cell and keeps its variables; Ctrl-D ends.

Cells may also come through a pipe. The first that fails then ends the console with exit status 1.`,
		Example: `  gonbml console
  echo 'math.Sqrt(2)' | gonbml console`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return runConsole(cmd.Context(), env) },
	}
}

func runConsole(ctx context.Context, env *environment) error {
	past := history.New(history.DefaultDir())
	defer past.Close()
	engine, err := env.newEngine(ctx, "", func(text string) { fmt.Fprintln(env.stderr, text) })
	if err != nil {
		return err
	}
	defer engine.Close()
	info, _ := debug.ReadBuildInfo()
	in := int(os.Stdin.Fd())
	terminal := term.IsTerminal(in) && terminalWidth(env.stdout) > 0
	if terminal {
		leaveTidily(in, env.stdout, engine)
	}
	err = console.Run(ctx, console.Options{
		Engine: engine, History: past, Terminal: terminal, In: os.Stdin, Out: env.stdout, Err: env.stderr,
		Width:  func() int { return terminalWidth(env.stdout) },
		Banner: fmt.Sprintf("gonbml %s, Go %s. Enter runs a cell, Tab completes, Ctrl-C interrupts, Ctrl-D ends; %%help tells the rest.", version(info), goVersion(ctx)),
	})
	if errors.Is(err, console.ErrFailed) {
		return exitError(exitFailure)
	}
	return err
}

// leaveTidily makes a signal that ends the console, which may stand at a prompt, leave the terminal
// and the engine as its ordinary end does.
func leaveTidily(in int, out io.Writer, engine exec.Engine) {
	before, err := term.GetState(in)
	if err != nil {
		return // nothing to go back to
	}
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGHUP)
	go func() { // ends with the process
		s := <-ends
		fmt.Fprint(out, "\x1b[?2004l\r\n") // no bracketed paste any more
		term.Restore(in, before)
		engine.Close()
		os.Exit(128 + int(s.(syscall.Signal)))
	}()
}
