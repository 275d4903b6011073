package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// tracked is the list of paths named by %track.
type tracked struct {
	mu    sync.Mutex
	paths []string
}

// add adds paths to the list, or shows it. Nothing hangs on the list: what cells use is watched
// without it.
func (t *tracked) add(c magic.Command, s *session, out exec.Output) *exec.Failure {
	dir, env := s.place.surroundings()
	for _, arg := range c.Args {
		path := magic.ExpandPath(arg, dir, env)
		if _, err := os.Stat(path); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%track: expected a file or folder. Got %v", c.Line, err))
		}
		t.mu.Lock()
		if !slices.Contains(t.paths, path) {
			t.paths = append(slices.Clone(t.paths), path)
			slices.Sort(t.paths)
		}
		t.mu.Unlock()
		out.Stream("stdout", fmt.Sprintf("Tracking %q\n", path))
	}
	if len(c.Args) == 0 {
		t.show(s, out)
	}
	return nil
}

// remove takes paths from the list; one that ends in "..." takes all that begin with what is
// before.
func (t *tracked) remove(c magic.Command, s *session, out exec.Output) *exec.Failure {
	dir, env := s.place.surroundings()
	for _, arg := range c.Args {
		before, all := strings.CutSuffix(arg, "...")
		path := magic.ExpandPath(before, dir, env)
		t.mu.Lock()
		tracked := t.paths
		kept := slices.DeleteFunc(slices.Clone(tracked), func(p string) bool {
			return p == path || all && strings.HasPrefix(p, path)
		})
		t.paths = kept
		t.mu.Unlock()
		if len(kept) == len(tracked) && !all {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%untrack: expected one of the paths that %%track shows. Got %s", c.Line, path))
		}
		out.Stream("stdout", fmt.Sprintf("Untracked %q\n", arg))
	}
	if len(c.Args) == 0 {
		t.show(s, out)
	}
	return nil
}

// show lists the paths of %track and the folders that are watched because the session uses packages
// in them.
func (t *tracked) show(s *session, out exec.Output) {
	t.mu.Lock()
	tracked := t.paths
	t.mu.Unlock()
	watched := watched(s.builder, tracked)
	if len(tracked)+len(watched) == 0 {
		out.Stream("stdout", "No files or directory being tracked yet\n")
		return
	}
	text := "List of files/directories being tracked:\n"
	for _, p := range tracked {
		text += "  " + p + "\n"
	}
	for _, d := range watched {
		text += "  " + d + " (a module of the session: its packages are watched always)\n"
	}
	out.Stream("stdout", text)
}

// watched lists the folders of modules that the session's go.mod takes from the disk, gonbml's own
// and copies in its cache and what is tracked excepted.
func watched(b *build.Builder, tracked []string) (dirs []string) {
	f, err := sessionMod(b)
	if err != nil {
		return nil
	}
	for _, r := range f.Replace {
		if r.New.Version == "" && filepath.IsAbs(r.New.Path) && !strings.HasPrefix(r.New.Path, b.CacheDir()) && !slices.Contains(tracked, r.New.Path) {
			dirs = append(dirs, r.New.Path)
		}
	}
	return dirs
}
