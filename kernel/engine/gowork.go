package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// goWorkFix makes the session's go.mod say what the go.work beside it says: packages of the modules
// that it uses come from their folders. The session's own go commands do not look at a go.work.
func (s *session) goWorkFix(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	dir := s.builder.ModDir()
	name := filepath.Join(dir, "go.work")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: expected a go.work in %s. Got none; make one with !*go work init && go work use . FOLDER", c.Line, dir))
	}
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
	}
	work, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
	}
	before, err := s.builder.Standing()
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
	}
	mod, err := sessionMod(s.builder)
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
	}
	for _, u := range work.Use {
		path := u.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if path == dir {
			continue
		}
		data, err := os.ReadFile(filepath.Join(path, "go.mod"))
		if err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
		}
		module := modfile.ModulePath(data)
		if module == "" {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: expected a module in %s. Got a go.mod without a module line", c.Line, path))
		}
		if err := mod.AddReplace(module, "", path, ""); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
		}
		if !requires(mod, module) { // a replaced module needs no true version
			if err := mod.AddRequire(module, "v0.0.0"); err != nil {
				return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
			}
		}
		out.Stream("stdout", fmt.Sprintf("Added replace rule for module %q to local directory %q.\n", module, path))
	}
	mod.Cleanup()
	text, err := mod.Format()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "go.mod"), text, 0o600)
	}
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%goworkfix: %v", c.Line, err))
	}
	return s.modulesMayHaveChanged(ctx, before, c.Line, out)
}

func requires(f *modfile.File, module string) bool {
	return slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == module })
}

// sessionMod reads the session's go.mod.
func sessionMod(b *build.Builder) (*modfile.File, error) {
	data, err := os.ReadFile(filepath.Join(b.ModDir(), "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("the session's go.mod: %w", err)
	}
	return modfile.Parse("go.mod", data, nil)
}
