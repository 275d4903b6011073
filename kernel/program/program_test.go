package program_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program"
)

// archives lists compiled packages of the standard library and this module, made once by the go command.
var archives = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-deps", "-export", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}",
		"fmt", "errors", "strings", "strconv", "math/rand", "crypto/rand", "time", "sort", "bytes", program.RuntimePath).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	m := map[string]string{}
	for _, l := range strings.Fields(string(out)) {
		path, file, _ := strings.Cut(l, "=")
		m[path] = file
	}
	return m, nil
})

type library map[string]string

func (l library) Need(path string) error {
	if l[path] == "" && path != "unsafe" {
		return fmt.Errorf("no package %s", path)
	}
	return nil
}
func (l library) Export(path string) (io.ReadCloser, error) { return os.Open(l[path]) }
func (l library) ArchiveID(path string) string              { return l[path] }
func (l library) EmbedHash(string) (string, error)          { return "", nil }
func (l library) Linked(path string) bool                   { return path == "time" }
func (l library) Allowed(string) error                      { return nil }
func (l library) Watched(string) bool                       { return false }
func (l library) Named(name string) []string {
	return map[string][]string{"fmt": {"fmt"}, "strings": {"strings"}, "rand": {"math/rand", "crypto/rand"}}[name]
}
func (l library) Below(string) []string { return nil }

// session plans cells one after the other without compiling them.
type session struct {
	t *testing.T
	p *program.Program
	n int
}

func newSession(t *testing.T) *session {
	a, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	return &session{t: t, p: program.New(library(a), "test", "go1.26")}
}

func (s *session) try(source string) (*program.Plan, error) {
	s.n++
	c, err := s.p.Parse(s.n, source)
	if err != nil {
		return nil, err
	}
	return s.p.Plan(c)
}

func (s *session) run(source string) *program.Plan {
	s.t.Helper()
	plan, err := s.try(source)
	if err != nil {
		s.t.Fatalf("cell %d: %v", s.n, err)
	}
	s.p = plan.Commit()
	return plan
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name   string
		before []string
		source string
		want   string
	}{
		{"undefined name", nil, "x := 1\ny := x + zz", "cell 1:2:10: undefined: zz"},
		{"wrong type", []string{"x := 1"}, `x = "a"`, `cell 2:1:5: cannot use "a" (untyped string constant) as int value in assignment`},
		{"unused local variable", nil, "func f() {\n\tv := 1\n}", "cell 1:2:2: declared and not used: v"},
		{"a value in the middle", nil, "x := 1\nx + 1\nx", "cell 1:2:1: x + 1 (value of type int) is not used"},
		{"used before it is defined", nil, "println(later)\nlater := 1", "cell 1:1:9: undefined: later (the cell defines it only further down)"},
		{"declared twice in a cell", nil, "func f() {}\nfunc f() {}", "cell 1:2:6: f redeclared in this block"},
		{"missing return", nil, "func f() int {\n}", "cell 1:2:1: missing return"},
		{"untyped constant that overflows", nil, "1 << 70", "cell 1:1:1: cannot use 1 << 70 (untyped int constant 1180591620717411303424) as int value (overflows)"},
		{"unknown package", nil, "import \"no.such/pkg\"", "cell 1:1:8: no package no.such/pkg"},
		{"unknown member", []string{`import "strings"`}, "strings.Nothing()", "cell 2:1:9: undefined: strings.Nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(t)
			for _, b := range tt.before {
				s.run(b)
			}
			_, err := s.try(tt.source)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestAFailedPlanChangesNothing(t *testing.T) {
	s := newSession(t)
	s.run("func one() int { return 1 }\nfunc two() int { return one() + 1 }\nx := 1")
	before := s.p.List()
	for _, bad := range []string{`x := "a"; y := nothing`, "func one() string { return 1 }", "type t struct{ a }"} {
		if _, err := s.try(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	if _, err := s.try("func one() string { return \"\" }"); err != nil { // planned, not committed
		t.Error(err)
	}
	if got := s.p.List(); got != before {
		t.Errorf("got:\n%swant:\n%s", got, before)
	}
}

func TestImportsAreFound(t *testing.T) {
	s := newSession(t)
	plan := s.run("r := rand.Intn(3)\nfmt.Println(r)")
	if got := strings.Join(plan.Imports, " "); !strings.Contains(got, "math/rand") || !strings.Contains(got, "fmt") {
		t.Errorf("imports %s: want math/rand and fmt", got)
	}
	s = newSession(t)
	plan = s.run("rand.Text()")
	if got := strings.Join(plan.Imports, " "); !strings.Contains(got, "crypto/rand") {
		t.Errorf("imports %s: want crypto/rand, which alone has Text", got)
	}
}

func TestBlankImports(t *testing.T) {
	s := newSession(t)
	plan := s.run("import (\n\t_ \"time\"\n\t_ \"sort\"\n)")
	if got := strings.Join(plan.Imports, " "); !strings.Contains(got, "sort") || strings.Contains(got, "time") {
		t.Errorf("imports %s: want sort, and not time, which is linked", got)
	}
}

func TestMissingPackageIsNamed(t *testing.T) {
	s := newSession(t)
	_, err := s.try("import (\n\t\"example.com/x\"\n)")
	var missing *program.MissingPackage
	if !errors.As(err, &missing) || missing.Path != "example.com/x" || missing.At.Line != 2 {
		t.Errorf("got %#v", err)
	}
}

// The path of a package must be the same in every session that runs the same cells, or nothing is found in the cache.
func TestPathsRepeat(t *testing.T) {
	cells := []string{"type p struct{ a int }\nv := p{1}", "func (x *p) up() { x.a++ }", "v.up()\nv.a", "import \"fmt\"\nfmt.Println(v, struct{ x int }{1})"}
	paths := func() (all []string) {
		s := newSession(t)
		for _, c := range cells {
			all = append(all, s.run(c).Package.Path)
		}
		return all
	}
	first := paths()
	for range 5 {
		if got := paths(); strings.Join(got, " ") != strings.Join(first, " ") {
			t.Fatalf("got %v, then %v", first, got)
		}
	}
}

func TestUnchangedCell(t *testing.T) {
	s := newSession(t)
	s.run("x := 1")
	plan := s.run("x += 1")
	if got := s.p.Unchanged("x += 1"); got != plan.Package {
		t.Errorf("got %v, want the package of the first run", got)
	}
	s.run(`x := 2.5`)
	if got := s.p.Unchanged("x += 1"); got != nil {
		t.Error("the cell is said to be unchanged although x is another variable now")
	}
}

func TestAnImportOfAnotherPackageChangesACell(t *testing.T) {
	s := newSession(t)
	s.run("import \"math/rand\"")
	s.run("rand.Int()")
	if s.p.Unchanged("rand.Int()") == nil {
		t.Error("the cell is said to have changed")
	}
	s.run("import rand \"crypto/rand\"\n_ = rand.Text")
	if s.p.Unchanged("rand.Int()") != nil {
		t.Error("the cell is said to be unchanged although rand is another package now")
	}
}

func TestUnreached(t *testing.T) {
	s := newSession(t)
	plan := s.run("a := 1\nb := a\nc := b")
	unreached := plan.Unreached(2)
	if got := strings.Join(unreached, " "); got != "b c" {
		t.Errorf("got %q, want b and c", got)
	}
	s.p, _ = s.p.Without(unreached)
	if got := strings.Join(s.p.Variables(), " "); got != "a" {
		t.Errorf("left: %q, want a", got)
	}
}

func TestErrorsAreCellErrors(t *testing.T) {
	s := newSession(t)
	_, err := s.try("a b c")
	var list cell.Errors
	if !errors.As(err, &list) || list[0].Cell != nil && list[0].Cell.Number != 1 {
		t.Errorf("got %#v", err)
	}
}

// A cell must cost as much to check late in a session as early: only what it can reach is checked again.
func TestUnrelatedDeclarationsAreLeftAlone(t *testing.T) {
	s := newSession(t)
	s.run("type t struct{ n int }\nfunc (x t) get() int { return x.n }\nfunc use(x t) int { return x.get() }\nv := t{1}")
	s.run("func other() int { return 2 }")
	s.run("len := 5\nlen + 1") // would break a function that calls the predeclared len, were it checked again
	plan := s.run("use(v) + other()")
	if len(plan.Notes) > 0 {
		t.Errorf("notes: %v", plan.Notes)
	}
	plan = s.run("func (x t) more() int { return x.get() + 1 }")
	if got := s.p.List(); !strings.Contains(got, "func use") || !strings.Contains(got, "var v t") {
		t.Errorf("a method was added and something was lost:\n%s\n%v", got, plan.Notes)
	}
	s.run("use(v) + v.more()")
}
