// Package command is gonbml's command line: one file per command. It owns flags, exit statuses and
// what is said on the terminal, and leaves the work to the packages under kernel/.
//
// A command that fails says so in one line on standard error. The exit status is 1 if the work
// failed and 2 if the command line was wrong; usage texts are shown only to those who ask for them.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/exec"
)

// Exit statuses besides 0.
const (
	exitFailure = 1
	exitUsage   = 2
)

// environment is what the commands take from the process that they run in.
type environment struct {
	stdout, stderr io.Writer
	// newEngine makes the engine that runs cells in the folder dir ("" for the current one). What
	// takes long is told to progress.
	newEngine func(ctx context.Context, dir string, progress func(text string)) (exec.Engine, error)
	// installGopls builds gopls into the cache and returns its path; nil leaves that out.
	installGopls func(ctx context.Context) (path string, err error)
	// sources holds this module's own sources.
	sources fs.FS
}

// Main runs the command line (without the program's name) and returns the exit status. sources
// holds this module's own sources, from which workers are built.
func Main(args []string, sources fs.FS) int {
	return run(args, &environment{stdout: os.Stdout, stderr: os.Stderr, newEngine: engineFrom(sources), installGopls: installGopls, sources: sources})
}

func run(args []string, env *environment) int {
	root := newRoot(env)
	root.SetArgs(args)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return 0
	}
	var silent exitError
	if errors.As(err, &silent) {
		return int(silent)
	}
	fmt.Fprintf(env.stderr, "gonbml: %s\n", oneLine(err.Error()))
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}

// oneLine joins the lines of a text.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// usageError is a wrong command line: the exit status is 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError is an exit status whose reason was already shown.
type exitError int

// Error makes the status an error; it is never shown.
func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func newRoot(env *environment) *cobra.Command {
	root := &cobra.Command{
		Use:           "gonbml",
		Short:         "Compiled Go in Jupyter notebooks, with state that stays, and machine learning",
		Long:          "gonbml runs Go notebooks: every cell is compiled by the Go compiler, and what it made is still there in the next cell.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return usagef("unknown command %q. Did you mean %q?", args[0], near[0])
			}
			return usagef("unknown command %q. See gonbml --help", args[0])
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w. See %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(newRunCommand(env), newDoctorCommand(env), newInstallCommand(env), newUninstallCommand(env), newKernelCommand(env), newConsoleCommand(env), newCacheCommand(env), newXLACommand(env), newHistoryCommand(env), newVersionCommand(env))
	return root
}

// arguments checks the number of a command's arguments; names is how the usage line calls them.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s: %s is missing. See %s --help", cmd.CommandPath(), names, cmd.CommandPath())
		case len(args) > most:
			return usagef("%s: unexpected argument %q. See %s --help", cmd.CommandPath(), args[most], cmd.CommandPath())
		}
		return nil
	}
}
