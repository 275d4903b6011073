package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// attend takes notice of the go.mod or go.work around the notebook. One that cannot be used is told once for each of
// its states, and does not stop cells that do without.
func (s *session) attend(ctx context.Context, out exec.Output) *exec.Failure {
	salt := s.builder.Salt()
	found, err := s.builder.Attach(ctx, says(out))
	if ctx.Err() != nil {
		return words.Interrupted("while it was being prepared")
	}
	if err != nil {
		out.Stream("stderr", fmt.Sprintf("note: the session does without the notebook's own module until its files change: %v\n", err))
	}
	if len(found.Left) > 0 {
		why := ""
		if found.Why != nil {
			why = fmt.Sprintf(" A worker with those of the folder could not be built: %v", found.Why)
		}
		out.Stream("stderr", fmt.Sprintf("note: gonbml itself contains %s, and cells use what it contains, not what is in this folder (%s replaces it).%s\n",
			strings.Join(found.Left, ", "), "!*go mod edit -replace "+found.Left[0]+"=FOLDER", why))
	}
	if s.builder.Salt() == salt {
		return nil
	}
	return s.restart(ctx, found.File+" selects another version of a module that the worker has loaded", out)
}

// says is a listener for what takes time, which tells it under the cell.
func says(out exec.Output) func(string) {
	return func(said string) { out.Stream("stderr", said+"\n") }
}

// get adds a module to the session.
func (s *session) get(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	salt := s.builder.Salt()
	err := s.builder.Attempt(ctx, says(out), func() error {
		for _, query := range c.Args {
			if err := s.builder.Get(ctx, query, says(out)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return words.Interrupted("nothing was added")
		}
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %v", c.Line, err))
	}
	if s.builder.Salt() == salt {
		return nil
	}
	return s.restart(ctx, c.Text+" changed a module that the worker has loaded", out)
}

// setFlags sets the flags that cells, the worker and all packages are built with, or shows them.
func (s *session) setFlags(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	if len(c.Args) > 0 {
		flags, err := build.ParseFlags(c.Args)
		if err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goflags: %v", c.Line, err))
		}
		salt := s.builder.Salt()
		err = s.builder.Attempt(ctx, says(out), func() error { s.builder.SetFlags(flags); return nil })
		if ctx.Err() != nil {
			return words.Interrupted("the flags are what they were")
		}
		if err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goflags: %v", c.Line, err))
		}
		s.mu.Lock()
		s.flags = flags
		s.mu.Unlock()
		if len(build.CoverFlags(flags)) > 0 {
			out.Stream("stderr", "note: coverage is counted by %test; cells run without\n")
		}
		if s.builder.Salt() != salt {
			if f := s.restart(ctx, "values cannot be kept between programs that are built with other flags", out); f != nil {
				return f
			}
		}
	}
	out.Stream("stdout", fmt.Sprintf("%%goflags=%q\n", s.goFlags()))
	return nil
}

// modulesMayHaveChanged takes notice of what a command did to the session's module since before.
// What no worker can be built with is taken back.
func (s *session) modulesMayHaveChanged(ctx context.Context, before *build.Standing, line int, out exec.Output) *exec.Failure {
	salt := s.builder.Salt()
	kept, err := s.builder.KeepOwn(before)
	if err == nil {
		err = s.builder.ModulesChanged(ctx)
	}
	err = s.builder.Settle(ctx, says(out), before, err)
	if ctx.Err() != nil {
		return words.Interrupted("the session's modules are what they were before the command")
	}
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: the command has left modules that cells cannot be built with, and was taken back: %v", line, err))
	}
	if len(kept) > 0 {
		out.Stream("stderr", fmt.Sprintf("note: the session's go.mod keeps what it had besides, since cells are built with it (%d lines; %%reset go.mod removes what was added)\n", len(kept)))
	}
	if s.builder.Salt() == salt {
		return nil
	}
	return s.restart(ctx, "the command changed a module that the worker has loaded", out)
}

// moduleEnv is the environment of a command in the module folder. Commands about a go.work, and
// those after it where there is one, need the settings without which the go command refuses a
// workspace.
func (s *session) moduleEnv(command string) []string {
	_, env := s.place.surroundings()
	env = append(env, s.builder.Env()...)
	_, err := os.Stat(filepath.Join(s.builder.ModDir(), "go.work"))
	if err == nil || strings.Contains(command, "go work") {
		for i, kv := range env {
			if flags, ok := strings.CutPrefix(kv, "GOFLAGS="); ok {
				env[i] = "GOFLAGS=" + strings.TrimSpace(strings.ReplaceAll(flags, "-mod=mod", ""))
			}
		}
		env = append(env, "GOWORK=")
	}
	return env
}
