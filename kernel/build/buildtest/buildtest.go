// Package buildtest gives tests of the packages above build a Builder with a worker. The worker is built in the user's
// cache, once per machine and state of the sources, and not once per test.
package buildtest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
)

// New returns a prepared Builder with this module's sources without ml, whose folder for cells' files is dir.
func New(t testing.TB, dir string) *build.Builder {
	t.Helper()
	src, err := Source()
	if err != nil {
		t.Fatal(err)
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
