package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

// damage writes a file anew with something missing or changed, under its name but not into it: other names of it stay whole.
func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = os.WriteFile(path, change(data), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func half(data []byte) []byte { return data[:len(data)/2] }

func flipped(data []byte) []byte {
	data[len(data)/2] ^= 1
	return data
}

func TestDamagedCellsAreCompiledAgain(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	u := unit(time.Now().String(), "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(1) }\n", "fmt")
	o, err := b.Compile(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	for name, hurt := range map[string]func(){
		"truncated plugin":  func() { damage(t, o.SO, half) },
		"changed plugin":    func() { damage(t, o.SO, flipped) },
		"truncated archive": func() { damage(t, o.Archive, half) },
		"missing archive":   func() { os.Remove(o.Archive) },
		"missing checksum":  func() { os.Remove(strings.TrimSuffix(o.SO, ".so") + ".sum") },
		"empty checksum":    func() { damage(t, strings.TrimSuffix(o.SO, ".so")+".sum", func([]byte) []byte { return nil }) },
	} {
		hurt()
		if again, err := b.Compile(t.Context(), u); err != nil || again.Cached {
			t.Errorf("%s: cached %v, %v; want it compiled again", name, again.Cached, err)
		}
		if again, err := b.Compile(t.Context(), u); err != nil || !again.Cached {
			t.Errorf("after %s: cached %v, %v; want it cached", name, again.Cached, err)
		}
	}
	for _, file := range []string{o.SO, o.Archive} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want it private", file, info.Mode(), err)
		}
	}
}

func TestADamagedWorkerIsBuiltAgain(t *testing.T) {
	whole := buildtest.New(t, t.TempDir())
	cache := t.TempDir()
	from := filepath.Dir(whole.WorkerPath())
	to := filepath.Join(cache, "base", filepath.Base(from))
	if err := os.MkdirAll(filepath.Join(to, "pkg"), 0o700); err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob(filepath.Join(from, "pkg", "*"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range append(archives, filepath.Join(from, "worker"), filepath.Join(from, "manifest.json")) {
		rel, _ := filepath.Rel(from, file)
		if err := os.Link(file, filepath.Join(to, rel)); err != nil {
			t.Fatal(err)
		}
	}
	src, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	prepare := func() (worked bool) {
		t.Helper()
		b, err := build.New(t.Context(), build.Options{Source: src, CacheDir: cache})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.Prepare(t.Context(), func(s string) { worked = true }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Compile(t.Context(), unit("", "package main\n\nfunc main() {}\n")); err != nil {
			t.Error(err)
		}
		return worked
	}
	if prepare() {
		t.Fatal("the worker is built although the cache has it")
	}
	damage(t, filepath.Join(to, "worker"), half)
	damage(t, filepath.Join(to, "pkg", filepath.Base(archives[0])), half)
	if !prepare() {
		t.Error("a truncated worker is used")
	}
	if prepare() {
		t.Error("the worker is built again although it was mended")
	}
	damage(t, filepath.Join(to, "pkg", filepath.Base(archives[len(archives)/2])), half)
	if !prepare() {
		t.Error("a truncated archive is used")
	}
	sources, err := filepath.Glob(filepath.Join(cache, "src", "*", "go.mod"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	damage(t, sources[0], half)
	prepare()
	if data, err := os.ReadFile(sources[0]); err != nil || !strings.Contains(string(data), "require") {
		t.Errorf("truncated sources stay: %v", err)
	}
}

func TestAFullDisk(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	tools := t.TempDir()
	script := "#!/bin/sh\necho \"write cell.a: no space left on device\" >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(tools, "compile"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	u := unit(time.Now().String(), "package main\n\nfunc main() { println(1) }\n")
	before := b.UseTools(tools)
	_, err := b.Compile(t.Context(), u)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), "gonbml cache clean") {
		t.Errorf("got %v, want what is wrong and what to do", err)
	}
	b.UseTools(before)
	if _, err := b.Compile(t.Context(), u); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

func BenchmarkIntact(b *testing.B) {
	builder := buildtest.New(b, b.TempDir())
	u := unit("bench", "package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/gomlx/compute\"\n)\n\nfunc main() { fmt.Println(compute.MustNew()) }\n", "fmt", "github.com/gomlx/compute")
	o, err := builder.Compile(b.Context(), u)
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(o.SO)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if !build.Intact(o) {
			b.Fatal("not intact")
		}
	}
}
