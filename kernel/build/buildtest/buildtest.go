// Package buildtest gives tests of the packages above build a Builder with a worker. The worker is built in the user's
// cache, once per machine and state of the sources, and not once per test.
package buildtest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gonbml/gonbml/kernel/build"
)

// New returns a prepared Builder with this module's sources without ml, whose folder for cells' files is dir.
func New(t testing.TB, dir string) *build.Builder {
	t.Helper()
	return NewWith(t, dir, nil)
}

// NewWith is New with more sources, by their names in this module.
func NewWith(t testing.TB, dir string, more map[string]string) *build.Builder {
	t.Helper()
	src, err := Source()
	if err != nil {
		t.Fatal(err)
	}
	if len(more) > 0 {
		src = With(src, more)
	}
	ctx := context.Background()
	b, err := build.New(ctx, build.Options{Source: src, WorkDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.Prepare(ctx, func(s string) { t.Log(s) }); err != nil {
		t.Fatal(err)
	}
	return b
}

// Source returns the sources of the module that the current folder belongs to, without its folder ml: what tests of the
// kernel need does not depend on it.
func Source() (fs.FS, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return without{os.DirFS(dir), "ml"}, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil, fmt.Errorf("find this module's sources: no go.mod above the current folder")
		}
		dir = parent
	}
}

// With returns the sources and more files. What they and the sources both have is theirs.
func With(sources fs.FS, files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
	}
	return both{m, sources}
}

// both is two file systems laid over each other.
type both struct{ upper, lower fs.FS }

// Open implements fs.FS.
func (b both) Open(name string) (fs.File, error) {
	if f, err := b.upper.Open(name); err == nil {
		return f, nil
	}
	return b.lower.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (b both) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err1 := fs.ReadDir(b.upper, name)
	lower, err2 := fs.ReadDir(b.lower, name)
	if err1 != nil && err2 != nil {
		return nil, err2
	}
	entries := map[string]fs.DirEntry{}
	for _, e := range append(lower, upper...) {
		entries[e.Name()] = e
	}
	all := slices.Collect(maps.Values(entries))
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// without is a file system in which one folder at the top does not exist.
type without struct {
	fs.FS
	name string
}

// Open implements fs.FS.
func (w without) Open(name string) (fs.File, error) {
	if name == w.name || strings.HasPrefix(name, w.name+"/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}
