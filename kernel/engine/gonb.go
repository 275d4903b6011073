package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// gonb is what a session keeps for commands of GoNB that have no other home. mu guards tracked.
type gonb struct {
	mu      sync.Mutex
	tracked []string // paths named by %track
}

// track adds paths to a list, or shows it. Nothing hangs on the list: what cells use is watched without it.
func (e *Engine) track(c magic.Command, out exec.Output) *exec.Failure {
	dir, env := e.session.place.surroundings()
	for _, arg := range c.Args {
		path := magic.ExpandPath(arg, dir, env)
		if _, err := os.Stat(path); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%track: expected a file or folder. Got %v", c.Line, err))
		}
		e.gonb.mu.Lock()
		if !slices.Contains(e.gonb.tracked, path) {
			e.gonb.tracked = append(slices.Clone(e.gonb.tracked), path)
			slices.Sort(e.gonb.tracked)
		}
		e.gonb.mu.Unlock()
		out.Stream("stdout", fmt.Sprintf("Tracking %q\n", path))
	}
	if len(c.Args) == 0 {
		e.showTracked(out)
	}
	return nil
}

// untrack takes paths from the list; one that ends in "..." takes all that begin with what is before.
func (e *Engine) untrack(c magic.Command, out exec.Output) *exec.Failure {
	dir, env := e.session.place.surroundings()
	for _, arg := range c.Args {
		before, all := strings.CutSuffix(arg, "...")
		path := magic.ExpandPath(before, dir, env)
		e.gonb.mu.Lock()
		tracked := e.gonb.tracked
		kept := slices.DeleteFunc(slices.Clone(tracked), func(t string) bool {
			return t == path || all && strings.HasPrefix(t, path)
		})
		e.gonb.tracked = kept
		e.gonb.mu.Unlock()
		if len(kept) == len(tracked) && !all {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%untrack: expected one of the paths that %%track shows. Got %s", c.Line, path))
		}
		out.Stream("stdout", fmt.Sprintf("Untracked %q\n", arg))
	}
	if len(c.Args) == 0 {
		e.showTracked(out)
	}
	return nil
}

// showTracked lists the paths of %track and the folders that are watched because the session uses packages in them.
func (e *Engine) showTracked(out exec.Output) {
	e.gonb.mu.Lock()
	tracked := e.gonb.tracked
	e.gonb.mu.Unlock()
	watched := e.watched(tracked)
	if len(tracked)+len(watched) == 0 {
		out.Stream("stdout", "No files or directory being tracked yet\n")
		return
	}
	text := "List of files/directories being tracked:\n"
	for _, t := range tracked {
		text += "  " + t + "\n"
	}
	for _, d := range watched {
		text += "  " + d + " (a module of the session: its packages are watched always)\n"
	}
	out.Stream("stdout", text)
}

// watched lists the folders of modules that the session's go.mod takes from the disk, gonbml's own and copies in its
// cache and what is tracked excepted.
func (e *Engine) watched(tracked []string) (dirs []string) {
	f, err := e.sessionMod()
	if err != nil {
		return nil
	}
	for _, r := range f.Replace {
		if r.New.Version == "" && filepath.IsAbs(r.New.Path) && !strings.HasPrefix(r.New.Path, e.session.builder.CacheDir()) && !slices.Contains(tracked, r.New.Path) {
			dirs = append(dirs, r.New.Path)
		}
	}
	return dirs
}

func (e *Engine) sessionMod() (*modfile.File, error) {
	data, err := os.ReadFile(filepath.Join(e.session.builder.ModDir(), "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("the session's go.mod: %w", err)
	}
	return modfile.Parse("go.mod", data, nil)
}

// goWorkFix makes the session's go.mod say what the go.work beside it says: packages of the modules that it uses come
// from their folders. The session's own go commands do not look at a go.work.
func (e *Engine) goWorkFix(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	dir := e.session.builder.ModDir()
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
	mod, err := e.sessionMod()
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
	return e.modulesMayHaveChanged(ctx, c.Line, out)
}

func requires(f *modfile.File, module string) bool {
	return slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == module })
}

// modulesMayHaveChanged takes notice of what a command did to the session's module.
func (e *Engine) modulesMayHaveChanged(ctx context.Context, line int, out exec.Output) *exec.Failure {
	salt := e.session.builder.Salt()
	if err := e.session.builder.ModulesChanged(ctx); err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: after this command the session's module is broken (%%reset go.mod mends it): %v", line, err))
	}
	if e.session.builder.Salt() == salt {
		return nil
	}
	return e.session.restart(ctx, "the command changed a module that the worker has loaded", out)
}

// standalone writes a version of the program as an ordinary Go program.
func (s *session) standalone(p *program.Program, o program.Standalone) (first, second []byte, err error) {
	s.planning.Lock()
	defer s.planning.Unlock()
	return p.Standalone(o)
}

// writeMain leaves the session's definitions as main.go in the module folder, for commands that run there. A session that
// cannot be a program of its own leaves none.
func (e *Engine) writeMain(p *program.Program) {
	name := filepath.Join(e.session.builder.ModDir(), "main.go")
	text, _, err := e.session.standalone(p, program.Standalone{All: true})
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		os.Remove(name)
	}
}

// moduleEnv is the environment of a command in the module folder. Commands about a go.work, and those after it where
// there is one, need the settings without which the go command refuses a workspace.
func (e *Engine) moduleEnv(command string) []string {
	_, env := e.session.place.surroundings()
	env = append(env, e.session.builder.Env()...)
	_, err := os.Stat(filepath.Join(e.session.builder.ModDir(), "go.work"))
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
