package build_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

const self = "github.com/gonbml/gonbml"

// wings are known packages: one of Go alone, one with C code, and one that imports a module of which
// the worker has nothing. Their text is another in each test, so that nothing of them is in the cache.
func wings(mark string) map[string]string {
	return map[string]string{
		"ml/plain/plain.go":              "package plain\n\nimport \"" + self + "/ml/plain/internal/inner\"\n\nfunc Mark() string { return inner.Mark }\n",
		"ml/plain/internal/inner/own.go": "package inner\n\nconst Mark = \"" + mark + "\"\n",
		"ml/withc/withc.go": "package withc\n\n// #cgo LDFLAGS: -lm\n// #include <math.h>\n// int next(void);\nimport \"C\"\n\n" +
			"const Mark = \"" + mark + "\"\n\nfunc Next() int { return int(C.next()) }\n\nfunc Root(x float64) float64 { return float64(C.cbrt(C.double(x))) }\n",
		"ml/withc/next.c": "static int n;\nint next(void) { return ++n; }\n",
		"ml/wide/wide.go": "package wide\n\nimport \"github.com/rivo/uniseg\"\n\nconst Mark = \"" + mark + "\"\n\nfunc Width(s string) int { return uniseg.StringWidth(s) }\n",
	}
}

// user is a cell that uses something of a wing.
func user(b *build.Builder, wing, expression string) build.Unit {
	path := self + "/ml/" + wing
	return unit(b.Salt(), fmt.Sprintf("package main\n\nimport \"fmt\"\nimport %q\n\nfunc init() { fmt.Println(%s) }\n\nfunc main() {}\n", path, expression), "fmt", path)
}

func TestKnownPackagesAreBuiltWhenImported(t *testing.T) {
	plain := buildtest.New(t, t.TempDir())
	files := wings(time.Now().String())
	b := buildtest.NewWith(t, t.TempDir(), files)
	if b.Salt() != plain.Salt() || b.WorkerPath() != plain.WorkerPath() {
		t.Error("known packages need another worker")
	}
	cells := map[string]string{"plain": "plain.Mark()", "withc": "withc.Next(), withc.Root(27)", "wide": `wide.Width("ab")`}
	for _, wing := range []string{"plain", "withc", "wide"} {
		path := self + "/ml/" + wing
		if got := b.PackagesNamed(wing); len(got) == 0 || got[0] != path {
			t.Errorf("PackagesNamed(%s): got %v", wing, got)
		}
		if got := b.PackageNames()[wing]; len(got) == 0 || got[0] != path {
			t.Errorf("PackageNames()[%s]: got %v", wing, got)
		}
		if b.Linked(path) || b.Loaded(path) || b.Known(path) {
			t.Errorf("%s is there before anybody imports it", wing)
		}
		o, err := b.Compile(t.Context(), user(b, wing, cells[wing]))
		if err != nil {
			t.Fatal(err)
		}
		if o.Cached || b.Linked(path) || !b.Loaded(path) || !b.Known(path) {
			t.Errorf("%s: cached %v, linked %v, loaded %v, known %v", wing, o.Cached, b.Linked(path), b.Loaded(path), b.Known(path))
		}
	}
	for _, path := range b.PackagesNamed("inner") {
		if strings.HasPrefix(path, self) {
			t.Errorf("an internal package is offered: %s", path)
		}
	}
	if b.Salt() != plain.Salt() {
		t.Error("the cells' imports have changed what fits together")
	}

	next := buildtest.NewWith(t, t.TempDir(), files)
	for wing, expression := range cells {
		if !next.Known(self + "/ml/" + wing) {
			t.Errorf("the next session must build %s again", wing)
		}
		if o, err := next.Compile(t.Context(), user(next, wing, expression)); err != nil || !o.Cached {
			t.Errorf("%s in the next session: %+v, %v", wing, o, err)
		}
	}
}

// What the cell 1+1 has in its process: of this module no more than this, whatever there is besides.
func TestThePlainWorkerLinksNoKnownPackage(t *testing.T) {
	b := buildtest.NewWith(t, t.TempDir(), wings("plain"))
	data, err := os.ReadFile(filepath.Join(filepath.Dir(b.WorkerPath()), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Packages map[string]any }
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	var ours []string
	for path := range manifest.Packages {
		if rest, ok := strings.CutPrefix(path, self+"/"); ok {
			ours = append(ours, rest)
		}
	}
	slices.Sort(ours)
	want := []string{"display", "kernel/worker/frame", "kernel/worker/host", "session", "session/rt"}
	if !slices.Equal(ours, want) {
		t.Errorf("got %v, want %v", ours, want)
	}
	if _, ok := manifest.Packages["github.com/rivo/uniseg"]; ok {
		t.Error("the worker links what only a known package imports")
	}
}

func TestAChangedKnownPackage(t *testing.T) {
	mark := time.Now().String()
	before := buildtest.NewWith(t, t.TempDir(), wings(mark))
	one := unit(mark, "package main\n\nfunc main() { println(1) }\n")
	compile := func(b *build.Builder, u build.Unit, cached bool) build.Object {
		t.Helper()
		o, err := b.Compile(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		if o.Cached != cached {
			t.Errorf("cached: got %v, want %v", o.Cached, cached)
		}
		return o
	}
	compile(before, one, false)
	compile(before, user(before, "plain", "plain.Mark()"), false)

	files := wings(mark)
	inner := "ml/plain/internal/inner/own.go"
	files[inner] = strings.Replace(files[inner], mark, mark+", later", 1)
	after := buildtest.NewWith(t, t.TempDir(), files)
	if after.Salt() != before.Salt() {
		t.Error("a change to a known package needs another worker")
	}
	compile(after, one, true)
	compile(after, user(after, "plain", "plain.Mark()"), false)
	if p := self + "/ml/plain"; after.ArchiveID(p) == before.ArchiveID(p) {
		t.Error("the old package serves")
	}
	compile(before, user(before, "plain", "plain.Mark()"), true)
	if mod, _, err := after.ModuleFiles(); err != nil || strings.Contains(string(mod), "$GONBML") {
		t.Errorf("go.mod holds a mark (%v):\n%s", err, mod)
	}
}

func TestABrokenKnownPackage(t *testing.T) {
	b := buildtest.NewWith(t, t.TempDir(), map[string]string{"ml/broken/b.go": "package broken\n\nvar x int = \"\"\n"})
	if err := b.Need(t.Context(), self+"/ml/broken"); err == nil || !strings.Contains(err.Error(), "ml/broken/b.go:3") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Compile(t.Context(), unit(time.Now().String(), "package main\n\nfunc main() {}\n")); err != nil {
		t.Errorf("a cell that does without it: %v", err)
	}
}

// The C code of a package is in a library of its own, and not in every cell, where the library then
// lacks nothing.
func TestCCodeIsLinkedOnce(t *testing.T) {
	mark := time.Now().String()
	pkg := func(name, code string) string {
		return "package " + name + "\n\n" + code + "\n\nconst Mark = \"" + mark + "\"\n"
	}
	files := map[string]string{
		"ml/large/large.go": pkg("large", "// int at(int);\nimport \"C\"\n\nfunc At(i int) int { return int(C.at(C.int(i))) }"),
		"ml/large/large.c":  "const char many[3000000] = \"many bytes of C\";\nint at(int i) { return many[i]; }\n",
		// What to link with is said by another package.
		"ml/flags/flags.go": pkg("flags", "// #cgo LDFLAGS: -lm\nimport \"C\""),
		"ml/root/root.go": pkg("root", "import _ \""+self+"/ml/flags\"\n\n// double cbrt(double);\nimport \"C\"\n\n"+
			"func Root(x float64) float64 { return float64(C.cbrt(C.double(x))) }"),
		// Nothing here says where a function comes from.
		"ml/lost/lost.go": pkg("lost", "// int f(void);\nimport \"C\"\n\nfunc F() int { return int(C.f()) }"),
		"ml/lost/lost.c":  "extern int elsewhere(void);\nint f(void) { return elsewhere(); }\n",
		// It imports such a package.
		"ml/after/after.go": pkg("after", "import \""+self+"/ml/lost\"\n\n// int g(void);\nimport \"C\"\n\nfunc G() int { return int(C.g()) + lost.F() }"),
		"ml/after/after.c":  "int g(void) { return 1; }\n",
	}
	tests := []struct {
		wing, expression string
		libraries        int
	}{
		{"large", "large.At(1)", 1}, {"large", "large.At(2)", 1}, {"root", "root.Root(27)", 1}, {"flags", "flags.Mark", 0},
		{"lost", "lost.F()", 0}, {"after", "after.G()", 0},
	}
	b := buildtest.NewWith(t, t.TempDir(), files)
	shared := filepath.Join(filepath.Dir(b.WorkerPath()), "pkg")
	for _, tt := range tests {
		o, err := b.Compile(t.Context(), user(b, tt.wing, tt.expression))
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(o.SO)
		if err != nil || bytes.Contains(data, []byte("many bytes of C")) {
			t.Errorf("%s: the cell holds the C code (%v)", tt.expression, err)
		}
		if got := own(t, o.SO, shared); len(got) != tt.libraries {
			t.Errorf("%s: the cell names %v, want %d of ours", tt.expression, got, tt.libraries)
		}
	}

	// A damaged library is made again, though the cell is there.
	large := user(b, "large", "large.At(1)")
	o, err := b.Compile(t.Context(), large)
	if err != nil {
		t.Fatal(err)
	}
	library := own(t, o.SO, shared)[0]
	if err := os.Truncate(library, 1000); err != nil {
		t.Fatal(err)
	}
	next := buildtest.NewWith(t, t.TempDir(), files)
	if o, err := next.Compile(t.Context(), large); err != nil || !o.Cached {
		t.Errorf("the cell: %+v, %v", o, err)
	}
	if info, err := os.Stat(library); err != nil || info.Size() < 3e6 {
		t.Errorf("the library is as damaged as before (%v)", err)
	}
}

// own lists those of the libraries that a plugin names which are in a folder.
func own(t *testing.T, so, dir string) (list []string) {
	t.Helper()
	f, err := elf.Open(so)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if path := filepath.Join(dir, name); filepath.Dir(path) == dir {
			if _, err := os.Stat(path); err == nil {
				list = append(list, path)
			}
		}
	}
	return list
}
