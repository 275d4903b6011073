package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/notebook"
	"github.com/gonbml/gonbml/kernel/notebook/webpage"
)

// runFlags are the flags of "gonbml run".
type runFlags struct {
	output, html string
	parameters   []string
	timeout      time.Duration
}

// exitInterrupted is what shells expect of a program that Ctrl-C ended.
const exitInterrupted = 130

func newRunCommand(env *environment) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NOTEBOOK.ipynb",
		Short: "Run a notebook from start to end, without Jupyter",
		Long: `Run executes the code cells of a notebook in order, in the notebook's folder, and shows what they produce. The
notebook file stays as it is unless -o names it. Run stops at the first cell that fails, with exit status 1, unless the cell is tagged
raises-exception; cells tagged skip-execution are left out.

Ctrl-C interrupts the running cell and ends the run; a second Ctrl-C ends everything at once.`,
		Example: `  gonbml run analysis.ipynb --html analysis.html
  gonbml run train.ipynb -o trained.ipynb -p epochs=20 -p rate=0.001 --timeout 10m`,
		Args: arguments(1, 1, "NOTEBOOK.ipynb"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.timeout < 0 {
				return usagef("--timeout: expected a duration such as 90s or 10m, got %s", f.timeout)
			}
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return runNotebook(ctx, env, args[0], f)
		},
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the notebook with its outputs to this `file`")
	cmd.Flags().StringVar(&f.html, "html", "", "write a web page with the outputs to this `file`")
	cmd.Flags().StringArrayVarP(&f.parameters, "parameter", "p", nil, "set a parameter, as `name=value`; may be repeated")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "`duration` that one cell may take, such as 90s or 10m (default no limit)")
	return cmd
}

// runNotebook runs the file and writes what was asked for, also when a cell fails.
func runNotebook(ctx context.Context, env *environment, file string, f runFlags) error {
	nb, err := notebook.ReadFile(file)
	if err != nil {
		return err
	}
	if l := nb.Language(); l != "" && l != "go" {
		return fmt.Errorf("notebook %s: expected a notebook in Go. Got one in %s", file, l)
	}
	if err := nb.SetParameters(f.parameters); err != nil {
		var wrong *notebook.ParameterError
		if errors.As(err, &wrong) {
			return usagef("%s: %w", file, err)
		}
		return fmt.Errorf("notebook %s: %w", file, err)
	}
	// Better now than after an hour of training.
	for _, path := range []string{f.output, f.html} {
		if err := writable(path); err != nil {
			return err
		}
	}

	begun, runErr := execute(ctx, env, nb, filepath.Dir(file), f.timeout)
	var cellErr *notebook.CellError
	if !errors.As(runErr, &cellErr) && runErr != nil && !begun {
		return runErr
	}
	var written []string
	if f.output != "" {
		if err := nb.WriteFile(f.output); err != nil {
			return err
		}
		written = append(written, f.output)
	}
	if f.html != "" {
		if err := webpage.WriteFile(f.html, nb, webpage.Options{Dir: filepath.Dir(file), Name: filepath.Base(file)}); err != nil {
			return err
		}
		written = append(written, f.html)
	}
	if len(written) > 0 {
		fmt.Fprintf(env.stderr, "Wrote %s\n", strings.Join(written, " and "))
	}
	if cellErr == nil {
		return runErr
	}
	fmt.Fprintf(env.stderr, "\ngonbml: %s", cellErr.Report(terminalWidth(env.stderr) > 0))
	if errors.Is(cellErr, errInterrupted) {
		return exitError(exitInterrupted)
	}
	return exitError(exitFailure)
}

// writable says early if a file cannot be written because its folder is not there.
func writable(path string) error {
	if path == "" {
		return nil
	}
	st, err := os.Stat(filepath.Dir(path))
	if err == nil && st.IsDir() {
		return nil
	}
	return fmt.Errorf("cannot write %s: there is no folder %s", path, filepath.Dir(path))
}

var errInterrupted = errors.New("interrupted by Ctrl-C")

// execute runs the notebook's cells in the folder dir. It says whether it came to the first one.
func execute(ctx context.Context, env *environment, nb *notebook.Notebook, dir string, timeout time.Duration) (begun bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(interrupts)

	dir, err = filepath.Abs(dir)
	if err != nil {
		return false, fmt.Errorf("finding the notebook's folder: %w", err)
	}
	// The worker ignores the terminal's Ctrl-C, so that state can be kept; this goroutine ends with
	// ctx or the process.
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-interrupts:
			cancel(errInterrupted)
		case <-finished:
			return
		}
		select {
		case <-interrupts:
			fmt.Fprintln(env.stderr, "\ngonbml: ended by a second Ctrl-C; nothing was written")
			os.Exit(exitInterrupted) // the worker dies with its parent
		case <-finished:
		}
	}()
	eng, err := env.newEngine(ctx, dir, func(text string) { fmt.Fprintln(env.stderr, text) })
	if err != nil {
		if context.Cause(ctx) == errInterrupted {
			err = errors.New("interrupted by Ctrl-C before the first cell")
		}
		return false, err
	}
	defer eng.Close()
	return true, notebook.Run(ctx, nb, eng, notebook.RunOptions{
		Timeout: timeout, Stdout: env.stdout, Stderr: env.stderr,
		Width: min(terminalWidth(env.stdout), terminalWidth(env.stderr)),
	})
}

// terminalWidth returns the number of columns if w is a terminal that understands cursor movements,
// else 0.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || os.Getenv("NO_COLOR") != "" {
		return 0
	}
	return columns(f)
}
