package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

// otherErrors returns the environment of a proxy that has the version v0.9.9 of a module that the
// worker contains, with that module's own code or with none.
func otherErrors(t *testing.T, works bool) []string {
	t.Helper()
	files := map[string]string{"go.mod": "module github.com/pkg/errors\n", "errors.go": "package errors\n"}
	if works {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pkg/errors").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"errors.go", "stack.go", "go113.go"} {
			text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(text)
		}
	}
	return proxy(t, "github.com/pkg/errors", "v0.9.9", files)
}

// attached returns a prepared builder for a folder, and what writes the go.mod there and attaches it.
func attached(t *testing.T, env []string) (*build.Builder, func(gomod string) (build.Attached, error)) {
	t.Helper()
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
	return b, func(text string) (build.Attached, error) {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := b.Attach(t.Context(), func(s string) { t.Log(s) })
		if err == nil && found.File != filepath.Join(dir, "go.mod") {
			t.Fatalf("Attach found %q", found.File)
		}
		return found, err
	}
}

func TestTheUsersModuleUpgradesTheWorker(t *testing.T) {
	b, attach := attached(t, otherErrors(t, true))
	salt := b.Salt()
	for range 2 {
		if _, err := attach("module example.test/mine\n\ngo 1.26\n"); err != nil {
			t.Fatal(err)
		}
		if b.Salt() != salt {
			t.Error("a module without requirements needs another worker")
		}
	}
	if _, err := attach("module example.test/mine\n\ngo 1.26\n\nrequire github.com/pkg/errors v0.9.9\n"); err != nil {
		t.Fatal(err)
	}
	if b.Salt() == salt {
		t.Error("the worker stays although the user's module requires another version of something in it")
	}
	if _, err := os.Stat(b.WorkerPath()); err != nil {
		t.Errorf("the worker that is needed now is not built: %v", err)
	}
	if found, err := b.Attach(t.Context(), func(string) {}); found.File != "" || err != nil {
		t.Errorf("Attach without a change: %+v, %v", found, err)
	}
}

func TestAModuleThatNoWorkerCanBeBuiltWithIsLeftOut(t *testing.T) {
	b, attach := attached(t, otherErrors(t, false))
	salt, worker := b.Salt(), b.WorkerPath()
	before, _, err := b.ModuleFiles()
	if err != nil {
		t.Fatal(err)
	}
	_, err = attach("module example.test/mine\n\ngo 1.26\n\nrequire github.com/pkg/errors v0.9.9\n")
	if err == nil || !strings.Contains(err.Error(), "undefined: errors.") || !strings.Contains(err.Error(), "github.com/pkg/errors v0.9.9") {
		t.Errorf("got %v", err)
	}
	now, _, err := b.ModuleFiles()
	if err != nil || string(now) != string(before) {
		t.Errorf("go.mod has changed (%v):\n%s", err, now)
	}
	if b.Salt() != salt || b.WorkerPath() != worker {
		t.Error("the session needs another worker")
	}
	if _, err := attach("module example.test/mine\n\ngo 1.26\n"); err != nil {
		t.Errorf("after it was mended: %v", err)
	}
	if _, err := attach("module example.test/mine\n\ngo 1.99\n"); err == nil || !strings.Contains(err.Error(), "go.mod:3: the module needs go >= 1.99") {
		t.Errorf("a module for a newer Go: %v", err)
	}
	if _, err := attach("module github.com/pkg/errors\n\ngo 1.26\n\nrequire example.test/none v1.0.0\n"); err != nil || b.Salt() != salt {
		t.Errorf("a notebook in a clone of a module that the worker contains: %v", err)
	}
}

func TestAnAttemptThatFailsChangesNothing(t *testing.T) {
	b := prepared(t, proxy(t, "example.test/needs", "v1.0.0", map[string]string{
		"go.mod": "module example.test/needs\n\ngo 1.20\n", "needs.go": "package needs\n\nvar X int = \"no\"\n",
	}))
	before, _, err := b.ModuleFiles()
	if err != nil {
		t.Fatal(err)
	}
	salt := b.Salt()
	say := func(s string) { t.Log(s) }
	err = b.Attempt(t.Context(), say, func() error { return b.Bring(t.Context(), "example.test/needs", say) })
	if err == nil || !strings.Contains(err.Error(), "needs.go:3") {
		t.Errorf("got %v", err)
	}
	if now, _, err := b.ModuleFiles(); err != nil || string(now) != string(before) || b.Salt() != salt {
		t.Errorf("something has changed (%v):\n%s", err, now)
	}
}

// The go.mod of a session that says the same in other words: nothing is known of it yet.
func TestModulesThatAreOthersInWordsOnly(t *testing.T) {
	b := prepared(t, nil)
	salt := b.Salt()
	for _, more := range []string{"\n// a remark\n", "\nexclude example.test/none v1.0.0\n"} {
		mod, _, err := b.ModuleFiles()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(b.ModDir(), "go.mod"), append(mod, more...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.ModulesChanged(t.Context()); err != nil || b.Salt() != salt {
			t.Errorf("with %q: %v", more, err)
		}
	}
	if err := b.Need(t.Context(), "fmt"); err != nil {
		t.Error(err)
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
