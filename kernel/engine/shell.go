package engine

import (
	"context"
	"fmt"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// runWhole runs a cell that is not Go.
func (s *session) runWhole(ctx context.Context, w magic.Whole, out exec.Output) *exec.Failure {
	dir, env := s.place.surroundings()
	if w.File == "" {
		return runProgram(ctx, out, func(out exec.Output) error { return magic.RunScript(ctx, dir, env, w, out) })
	}
	said, err := magic.WriteFile(dir, env, w)
	if err == nil {
		out.Stream("stdout", said+"\n")
	}
	return commandFailure(ctx, err)
}

// shell runs a shell line.
func (s *session) shell(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	dir, env := s.place.surroundings()
	if !c.Module {
		return runProgram(ctx, out, func(out exec.Output) error { return magic.RunShell(ctx, dir, env, c, out) })
	}
	if f := s.awake(ctx, out); f != nil {
		return f
	}
	return s.prepare(ctx, func() *exec.Failure {
		before, err := s.builder.Standing()
		if err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %v", c.Line, err))
		}
		s.writeMain(s.now())
		f := runProgram(ctx, out, func(out exec.Output) error {
			return magic.RunShell(ctx, s.builder.ModDir(), s.moduleEnv(c.Shell), c, out)
		})
		if ctx.Err() != nil {
			return f
		}
		if g := s.modulesMayHaveChanged(ctx, before, c.Line, out); g != nil {
			return g
		}
		return f
	})
}

// runProgram runs a program with an output for its text, and tells how it ended.
func runProgram(ctx context.Context, out exec.Output, run func(out exec.Output) error) *exec.Failure {
	h := holdBack(out)
	defer h.end()
	return commandFailure(ctx, run(h))
}

// commandFailure tells how a command ended that was run for a cell.
func commandFailure(ctx context.Context, err error) *exec.Failure {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return words.Interrupted("the command was ended")
	}
	return words.Failure(exec.CommandError, err.Error())
}
