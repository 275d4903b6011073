package program_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/program"
)

// What a cell's statements become where they leave an error unheard. The first cell of each session
// declares what the others call.
const unheardDecls = `
type T struct{ n int }
func f() (int, error) { return 1, nil }
func one() error { return nil }
func pair() (int, string, error) { return 1, "", nil }
func many() (a, b, c, d, e int, err error) { return }
func g(n int) int { return n }
func v(ns ...int) int { return len(ns) }
func a(xs ...any) {}
func open() (*T, error) { return nil, nil }
func (t *T) m(n int) (*T, error) { return t, nil }
func gen[X any](x X) (X, error) { return x, nil }
`

func TestUnheardErrors(t *testing.T) {
	for _, tt := range []struct {
		name, cell string
		want       []string // in the cell's package
		not        []string
	}{
		{"a bare call", "one()\nf()\nmany()\n1", []string{`Take0(`, `.From("one", 0)`, `Take1(`, `.From("f", 1)`, `TakeAll(`, `.From("many", 2)`}, nil},
		{"a bare call in a block", "if true {\n\tfor { one() }\n}", []string{`.From("one", 0)`}, nil},
		{"a bare call in the head of an if", "if one(); true { }", []string{`.From("one", 0)`}, nil},
		{"a last call", "one()", []string{"ShowOrFail("}, []string{"From"}},
		{"errors that nobody cares for", "_ = one()\n_, _ = f()\nx, _ := f()\ndefer one()\ngo one()\n", nil, []string{"From(", "Heard("}},
		{"function literals and functions", "h := func() { one(); x, err := f(); _, _ = x, err; _, err = f() }\nfunc k() { one(); _, err := f(); _ = err }\nfunc init() { one() }", nil, []string{"From(", "Heard("}},
		{"a program", "func main() { one(); _, err := f(); _ = err; _, err = f() }\nvar x, err = f()", nil, []string{"From(", "Heard("}},
		{"a file with a package clause", "package main\none()\nvar x, err = f()", nil, []string{"From(", "Heard("}},
		{"an error that is not read", "x, err := f()", []string{`; ƐƐR.Heard(err, "f", 1)`}, nil},
		{"an error that a block does not use", "for {\n\tx, err := f()\n\tg(x)\n}", []string{`; ƐƐR.Heard(err, "f", 1)`}, nil},
		{"an exported variable", "X, Err := f()", []string{`; ƐƐR.Heard(ɛErr, "f", 1)`}, nil},
		{"one that is read", "x, err := f()\nif err != nil { panic(err) }", []string{`; ƐƐR.Note(err, "f")`}, []string{"Heard("}},
		{"read in a goroutine", "x, err := f()\ngo func() { _ = err }()", nil, []string{"Heard("}},
		{"read in a function of the cell", "x, err := f()\nfunc k() error { return err }", nil, []string{"Heard("}},
		{"its address", "x, err := f()\np := &err", nil, []string{"Heard("}},
		{"read on one path", "x, err := f()\nif x > 1 { _ = err }\nerr = nil", nil, []string{"Heard("}},
		{"assigned on all paths", "x, err := f()\nif x > 1 { err = nil } else { err = nil }\n_ = err", []string{"Heard("}, nil},
		{"assigned on one path", "x, err := f()\nif x > 1 { err = nil }\n_ = err", nil, []string{"Heard("}},
		{"assigned in a switch", "x, err := f()\nswitch x { case 1: err = nil }\n_ = err", nil, []string{"Heard("}},
		{"assigned in a loop", "x, err := f()\nfor x > 0 { err = nil }\n_ = err", nil, []string{"Heard("}},
		{"assigned behind a label that is left", "x, err := f()\nL: for { if x > 1 { break L }; err = nil; break }\n_ = err", nil, []string{"Heard("}},
		{"read in its own right side, in a loop", "var err error\nfor { _, err = gen(f2(err)) }\nfunc f2(e error) int { return 1 }", nil, []string{"Heard("}},
		{"read after goto", "var err error\nL:\n_ = err\n_, err = f()\ngoto L", nil, []string{"Heard("}},
		{"in the clause of a switch", "var err error\nswitch { case true: _, err = f()\ncase false: _ = err }", []string{"Heard("}, nil},
		{"a clause that falls through", "var err error\nswitch { case true: _, err = f(); fallthrough\ncase false: _ = err }", nil, []string{"Heard("}},
		{"one error alone", "err := one()", []string{`Heard(err, "one", 1)`}, nil},
		{"an error that is a value", "import \"errors\"\nvar ErrX = one()\nvar err = errors.New(\"x\")\nerr2 := fmt.Errorf(\"y\")", nil, []string{"Heard("}},
		{"var and typed var", "var x, err = f()\nvar err2 error = one()", []string{`Heard(err, "f", 1)`, `Heard(err2, "one", 2)`}, nil},
		{"a definition", "x := f()\nvar y = f()\na, b := pair()", []string{`Take1(f()).From("f", 0)`, `Take1(f()).From("f", 1)`, `Take2(pair()).From("pair", 2)`}, nil},
		{"a single argument", "g(f())\n1", []string{`Take1(`}, nil},
		{"arguments that Go accepts", "a(f())\n1", nil, []string{"Take1("}},
		{"arguments of which the error does not fit", "v(f())\n1", []string{"Take1("}, nil},
		{"chains", "open().m(f()).m(2)\n1", []string{`Take1(`, `.From("open", 0)`, `.From("f", 0)`, `.From("m", 0)`}, nil},
		{"generic functions", "x := gen[string](gen(\"a\"))\ng(gen(f()))\n1", []string{`.From("gen", 0)`, `.From("f", 1)`}, nil},
		{"a condition and operands", "if x := f(); x > 0 && f() == -f() { }", []string{`.From("f", 0)`}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(t)
			s.run(unheardDecls)
			text := called.ReplaceAllString(string(s.run(tt.cell).Source), "$1")
			for _, w := range tt.want {
				if !strings.Contains(text, w) {
					t.Errorf("lacks %q:\n%s", w, text)
				}
			}
			for _, n := range tt.not {
				if strings.Contains(text, n) {
					t.Errorf("has %q:\n%s", n, text)
				}
			}
		})
	}
}

// called is how a cell names a function of another cell.
var called = regexp.MustCompile(`ƐƐc_[0-9a-f]+\.ƐƐN\.Ɛ(\w+)\(\)`)

func TestWithoutHearing(t *testing.T) {
	s := newSession(t)
	s.run(unheardDecls)
	plan := s.run("one()\nx, err := f()\n1")
	if s.p.Unchanged("one()\nx, err := f()\n1") == nil {
		t.Error("the cell is said to have changed")
	}
	s.p = s.p.Heeding(false)
	if s.p.Unchanged("one()\nx, err := f()\n1") != nil {
		t.Error("the cell is said to be unchanged, although its errors are not heard any more")
	}
	lax := s.run("one()\nx, err := f()\n1")
	if lax.Package.Path == plan.Package.Path || strings.Contains(string(lax.Source), "Heard(") {
		t.Errorf("the cell hears errors:\n%s", lax.Source)
	}
	if _, err := s.try("x := f()"); err == nil || !strings.Contains(err.Error(), "multiple-value f()") {
		t.Errorf("got %v, want Go's own error", err)
	}
}

// A program of its own ends by the errors that cells hear.
func TestUnheardErrorsInAProgram(t *testing.T) {
	s := newSession(t)
	s.run(unheardDecls)
	s.run("must := 1\nx := f()\ny, err := f()\np, q := pair()")
	s.run("z, err := f()\nw := g(f()) + must")
	text, _, err := s.p.Standalone(program.Standalone{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"must_(f())\n", "g(must_(f())) + must\n", "var p, q =\n//line cell_2.go:4:9\nmust2(pair())", "var z, err =\n", "if err != nil {\npanic(err)",
		"var y =\n//line cell_2.go:3:11\nmust_(f())", "func must_[A any](a A, err error) (A) {\nif err != nil {"} {
		if !strings.Contains(string(text), w) {
			t.Errorf("lacks %q:\n%s", w, text)
		}
	}
	c, cerr := s.p.Parse(4, "one()\nf()\na, err := f()\n_ = err\nb, err := f()\nfmt.Println(a, b, g(f()))")
	if cerr != nil {
		t.Fatal(cerr)
	}
	text, _, err = s.p.Standalone(program.Standalone{Cell: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"must0(one())", "\nmust_(f())", "b, err := f(); if err != nil { panic(err) }", "g(must_(f()))", "func must0(err error) () {"} {
		if !strings.Contains(string(text), w) {
			t.Errorf("lacks %q:\n%s", w, text)
		}
	}
}
