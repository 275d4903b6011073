package build_test

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

// proxy makes a module proxy in a folder with one version of one module, and an environment in which the go command uses
// it and what is on this machine already, and nothing else.
func proxy(t *testing.T, module, version string, files map[string]string) []string {
	t.Helper()
	root, cache := t.TempDir(), t.TempDir()
	dir := filepath.Join(root, module, "@v")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(module + "@" + version + "/" + name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(filepath.Join(dir, "list"), []byte(version+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{".mod": files["go.mod"], ".info": `{"Version":"` + version + `","Time":"2020-01-01T00:00:00Z"}`} {
		if err := os.WriteFile(filepath.Join(dir, version+name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"GOPROXY=file://" + root + ",file://" + filepath.Join(strings.TrimSpace(string(out)), "cache/download"), "GOMODCACHE=" + cache, "GONOSUMDB=*", "GONOSUMCHECK=1", "GOSUMDB=off"}
	t.Cleanup(func() {
		cmd := exec.Command("go", "clean", "-modcache")
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return env
}

// prepared returns a builder with a worker, for which the environment then is another one.
func prepared(t *testing.T, env []string) *build.Builder {
	t.Helper()
	buildtest.New(t, t.TempDir()) // the worker is there, so that Prepare runs no go command
	src, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	b, err := build.New(t.Context(), build.Options{Source: src, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.Prepare(t.Context(), func(s string) { t.Log(s) }); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGetAddsAModule(t *testing.T) {
	b := prepared(t, proxy(t, "example.test/greet", "v1.0.0", map[string]string{
		"go.mod":   "module example.test/greet\n\ngo 1.20\n",
		"greet.go": "package greet\n\nfunc Hello() string { return \"hello\" }\n",
	}))
	salt := b.Salt()
	if err := b.Need(t.Context(), "example.test/greet"); err == nil {
		t.Fatal("the module is there already")
	}
	if err := b.Get(t.Context(), "example.test/greet@v1.0.0", func(string) {}); err != nil {
		t.Fatal(err)
	}
	if b.Salt() != salt {
		t.Error("an additional module needs another worker")
	}
	if got := b.PackagesNamed("greet"); len(got) != 1 {
		t.Errorf("PackagesNamed: %v", got)
	}
	u := unit(salt, "package main\n\nimport \"example.test/greet\"\n\nfunc main() { println(greet.Hello()) }\n", "example.test/greet")
	if _, err := b.Compile(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if b.ArchiveID("example.test/greet") == "" || b.Linked("example.test/greet") || !b.Linked("fmt") {
		t.Error("ArchiveID or Linked is wrong")
	}
	if err := b.ResetModule(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Need(t.Context(), "example.test/greet"); err == nil {
		t.Error("the module is still there after ResetModule")
	}
}

func TestGetThatUpgradesALoadedPackage(t *testing.T) {
	files := func(body string) map[string]string {
		return map[string]string{"go.mod": "module example.test/greet\n\ngo 1.20\n", "greet.go": "package greet\n\nfunc Hello() string { " + body + " }\n"}
	}
	old, now := proxy(t, "example.test/greet", "v1.0.0", files(`return "hello"`)), proxy(t, "example.test/greet", "v1.1.0", files(`return "hi"`))
	b := prepared(t, append(old, "GOPROXY="+strings.TrimPrefix(old[0], "GOPROXY=")+","+strings.TrimPrefix(now[0], "GOPROXY=")))
	salt := b.Salt()
	cell := func() error {
		_, err := b.Compile(t.Context(), unit(b.Salt(), "package main\n\nimport \"example.test/greet\"\n\nfunc main() { println(greet.Hello()) }\n", "example.test/greet"))
		return err
	}
	get := func(version string) {
		t.Helper()
		if err := b.Get(t.Context(), "example.test/greet@"+version, func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
	get("v1.0.0")
	get("v1.1.0") // no cell has it yet
	get("v1.0.0")
	if b.Salt() != salt {
		t.Error("a package that no cell has loaded needs another worker")
	}
	if err := cell(); err != nil {
		t.Fatal(err)
	}
	get("v1.1.0")
	if b.Salt() == salt {
		t.Error("the worker stays although it has loaded another version")
	}
	if err := cell(); err != nil {
		t.Error(err)
	}
}

func TestGetThatUpgradesTheWorker(t *testing.T) {
	b := prepared(t, proxy(t, "github.com/pkg/errors", "v0.9.9", map[string]string{
		"go.mod": "module github.com/pkg/errors\n", "errors.go": "package errors\n",
	}))
	salt, path := b.Salt(), b.WorkerPath()
	if err := b.Get(t.Context(), "github.com/pkg/errors@v0.9.9", func(string) {}); err != nil {
		t.Fatal(err)
	}
	if b.Salt() == salt || b.WorkerPath() == path {
		t.Error("the worker stays although one of its modules has another version")
	}
	if err := b.ResetModule(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.Salt() != salt {
		t.Error("ResetModule does not bring the worker back")
	}
}

// A go command that is asked for a package may select other versions on the way; what the worker contains must not change
// so, without a word and without another worker.
func TestAnUpgradeOnTheWayIsRefused(t *testing.T) {
	b := prepared(t, nil)
	mod := func() string {
		data, err := os.ReadFile(filepath.Join(b.ModDir(), "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	before := mod()
	_, rest, _ := strings.Cut(before, "github.com/pkg/errors ")
	version := strings.Fields(rest)[0]
	if err := b.ListChanges("github.com/pkg/errors", version, "v0.9.9"); err == nil || !strings.Contains(err.Error(), "needs github.com/pkg/errors v0.9.9, and the worker contains "+version) {
		t.Errorf("got %v", err)
	}
	if mod() != before {
		t.Error("go.mod is not what it was")
	}
	if err := b.ListChanges("no.such/module", "v1", "v2"); err != nil {
		t.Errorf("without a change: %v", err)
	}
}

func TestGetErrors(t *testing.T) {
	tests := []struct{ name, proxy, query, want string }{
		{"unknown", "file:///nonexistent", "example.test/none@v1.0.0", "Check the spelling"},
		{"offline", "http://127.0.0.1:1", "example.test/none@v1.0.0", "cannot be reached"},
		{"forbidden", "off", "example.test/none@v1.0.0", "GOPROXY=off"},
		{"no path", "off", "not a path", "malformed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := prepared(t, []string{"GOPROXY=" + test.proxy, "GOSUMDB=off"})
			before, err := os.ReadFile(filepath.Join(b.ModDir(), "go.mod"))
			if err != nil {
				t.Fatal(err)
			}
			ctx := testlimit.Context(t)
			err = b.Get(ctx, test.query, func(string) {})
			if err == nil || !strings.Contains(err.Error(), test.want) || ctx.Err() != nil {
				t.Errorf("got %v (%v), want %s", err, context.Cause(ctx), test.want)
			}
			if after, _ := os.ReadFile(filepath.Join(b.ModDir(), "go.mod")); string(after) != string(before) {
				t.Error("go.mod has changed")
			}
		})
	}
}
