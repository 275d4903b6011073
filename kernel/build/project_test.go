package build_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestTheUsersModuleUpgradesTheWorker(t *testing.T) {
	env := proxy(t, "github.com/pkg/errors", "v0.9.9", map[string]string{"go.mod": "module github.com/pkg/errors\n", "errors.go": "package errors\n"})
	buildtest.New(t, t.TempDir())
	src, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := build.New(t.Context(), build.Options{Source: src, Env: env, WorkDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.Prepare(t.Context(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	salt, gomod := b.Salt(), filepath.Join(dir, "go.mod")
	attach := func(text, want string) {
		t.Helper()
		if err := os.WriteFile(gomod, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if found, err := b.Attach(t.Context(), func(string) {}); err != nil || found.File != want {
			t.Fatalf("Attach: %+v, %v; want %q", found, err, want)
		}
	}
	attach("module example.test/mine\n\ngo 1.26\n", gomod)
	if b.Salt() != salt {
		t.Error("a module without requirements needs another worker")
	}
	attach("module example.test/mine\n\ngo 1.26\n", gomod) // written again
	attach("module example.test/mine\n\ngo 1.26\n\nrequire github.com/pkg/errors v0.9.9\n", gomod)
	if b.Salt() == salt {
		t.Error("the worker stays although the user's module requires another version of something in it")
	}
	if found, err := b.Attach(t.Context(), func(string) {}); found.File != "" || err != nil {
		t.Errorf("Attach without a change: %+v, %v", found, err)
	}
}

func TestWhereTheUsersModuleIsLookedFor(t *testing.T) {
	write := func(path, text string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := t.TempDir()
	above := write(root+"/go.mod", "module above\n")
	mod := write(root+"/repo/go.mod", "module repo\n")
	write(root+"/repo/.git/HEAD", "")
	write(root+"/repo/sub/notes/x.txt", "")
	write(root+"/other/.git/HEAD", "")
	work := write(root+"/space/go.work", "go 1.26\n")
	write(root+"/space/one/go.mod", "module one\n")
	write(root+"/public/go.mod", "module public\n")
	write(root+"/public/mine/x.txt", "")
	if err := os.Chmod(root+"/public", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		dir, gowork, want string
	}{
		{"/repo/sub/notes", "", mod},
		{"/other", "", ""},
		{"/space/one", "", work},
		{"/space/one", "off", root + "/space/one/go.mod"},
		{"/repo", work, work},
		{"/public/mine", "", ""},
		{"/public", "", root + "/public/go.mod"},
		{"", "", above},
	} {
		if got := build.FindProject(root+tt.dir, []string{"GOWORK=" + tt.gowork}); got != tt.want {
			t.Errorf("in %s with GOWORK=%s: got %q, want %q", tt.dir, tt.gowork, got, tt.want)
		}
	}
}
