package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestNobodyElseCanSpeakToTheWorker looks at everything that the worker and the kernel hold open: the channel between them
// is a pair of pipes without names, and what has a name is private to the user.
func TestNobodyElseCanSpeakToTheWorker(t *testing.T) {
	n := newNotebook(t)
	pid := strings.TrimSpace(n.run(`
import "os"
os.Getpid()`))
	files, err := os.ReadDir(filepath.Join("/proc", pid, "fd"))
	if err != nil {
		t.Fatal(err)
	}
	pipes := 0
	for _, f := range files {
		to, err := os.Readlink(filepath.Join("/proc", pid, "fd", f.Name()))
		switch {
		case err != nil: // closed meanwhile
		case strings.HasPrefix(to, "pipe:"):
			pipes++
		case strings.HasPrefix(to, "socket:"):
			t.Errorf("the worker has a socket: descriptor %s", f.Name())
		case strings.HasPrefix(to, "/dev/"), strings.HasPrefix(to, "anon_inode:"), strings.HasSuffix(to, "(deleted)"):
		case strings.HasPrefix(to, "/"):
			if info, err := os.Stat(to); err == nil && info.Mode().Perm()&0o022 != 0 {
				t.Errorf("others can write to %s (%v), which the worker has open", to, info.Mode())
			}
		}
	}
	if pipes < 4 { // standard output and error, and one for each direction of the channel
		t.Errorf("found %d pipes, want at least 4", pipes)
	}

	for _, name := range []string{"GONB_PIPE", "GONB_PIPE_BACK"} {
		path := strings.Trim(strings.TrimSpace(n.run(fmt.Sprintf("os.Getenv(%q)", name))), "\"")
		info, err := os.Stat(path)
		if err != nil || info.Mode()&os.ModeNamedPipe == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s=%s: %v, %v; want a named pipe with mode 0600", name, path, info, err)
			continue
		}
		if dir, err := os.Stat(filepath.Dir(path)); err != nil || dir.Mode().Perm() != 0o700 {
			t.Errorf("its folder: %v, %v; want mode 0700", dir, err)
		}
	}

	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Readlink(filepath.Join("/proc", pid, "exe"))
	if err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(exe); strings.HasPrefix(dir, filepath.Join(cache, "gonbml")); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v; want mode 0700", dir, info.Mode(), err)
		}
	}
}

// TestTwoKernelsShareTheCache runs the same new cells on two engines at once.
func TestTwoKernelsShareTheCache(t *testing.T) {
	var cells []string
	for i := range 6 {
		cells = append(cells, fmt.Sprintf(`
import "fmt"
func f%d() string { return fmt.Sprint(%d, %q) }
f%d()`, i, i, t.TempDir(), i))
	}
	first, second := newNotebook(t), newNotebook(t)
	results := [2][]string{}
	var wg sync.WaitGroup
	for k, n := range []*notebook{first, second} {
		wg.Go(func() {
			for _, c := range cells {
				out, f := n.try(c)
				if f != nil {
					out = f.Error()
				}
				results[k] = append(results[k], out)
			}
		})
	}
	wg.Wait()
	for i := range cells {
		if results[0][i] != results[1][i] || !strings.HasPrefix(results[0][i], fmt.Sprint(i)) {
			t.Errorf("cell %d: got %q and %q", i, results[0][i], results[1][i])
		}
	}
	third := newNotebook(t)
	for i, c := range cells {
		if out := third.run(c); out != results[0][i] {
			t.Errorf("cell %d from the cache: got %q, want %q", i, out, results[0][i])
		}
	}
	if third.e.Compiled() != 0 {
		t.Errorf("a third session compiled %d packages, want none", third.e.Compiled())
	}
}
