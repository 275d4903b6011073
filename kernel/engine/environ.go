package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// changeDir makes another folder that of commands and cells, or shows it.
func (s *session) changeDir(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	from, env := s.place.surroundings()
	if len(args) == 0 {
		say("%s\n", from)
		return nil
	}
	dir := magic.ExpandPath(args[0], from, env)
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %s is not a folder", dir))
	}
	dir = filepath.Clean(dir)
	if p := s.process(); p != nil {
		if err := p.Chdir(ctx, dir); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %v", err))
		}
		if err := p.Setenv(ctx, "GONB_DIR", dir); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%cd: %v", err))
		}
	}
	s.place.move(dir)
	say("%s\n", dir)
	return nil
}

// changeEnv sets a variable of the environment, or shows one or all.
func (s *session) changeEnv(ctx context.Context, args []string, say func(string, ...any)) *exec.Failure {
	if len(args) < 2 {
		var shown []string
		_, env := s.place.surroundings()
		for _, kv := range env {
			if len(args) == 0 || strings.HasPrefix(kv, args[0]+"=") {
				shown = append(shown, kv)
			}
		}
		slices.Sort(shown)
		say("%s\n", strings.Join(shown, "\n"))
		return nil
	}
	if err := s.setenv(ctx, args[0], args[1]); err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("%%env %s: %v", args[0], err))
	}
	return nil
}

// setenv sets a variable of the environment, also in the worker.
func (s *session) setenv(ctx context.Context, name, value string) error {
	if p := s.process(); p != nil {
		if err := p.Setenv(ctx, name, value); err != nil {
			return err
		}
	}
	s.place.set(name, value)
	return nil
}
