package script_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/program/script"
)

const declared = `
func f() (int, error) { return 1, nil }
func one() error { return nil }
func pair() (int, string, error) { return 1, "", nil }
func g(n int) int { return n }
func two(n int, s string) int { return n }
func v(ns ...int) int { return len(ns) }
func a(xs ...any) {}
func both(n int, err error) {}
func gen[X any](x X) (X, error) { return x, nil }
type T struct{ n int }
func (t T) m() (T, error) { return t, nil }
func open() (T, error) { return T{}, nil }
func makeErr() error { return nil }
func newOne() error { return nil }
var err error
`

// sources imports the standard library, which all tests share.
var sources = importer.ForCompiler(token.NewFileSet(), "source", nil)

// checked is the body of a function, type-checked as a script.
type checked struct {
	fset  *token.FileSet
	files []*ast.File
	body  *ast.BlockStmt
	info  *types.Info
	errs  []token.Pos
	texts []string
}

func check(t *testing.T, statements string) *checked {
	t.Helper()
	c := &checked{fset: token.NewFileSet()}
	f, err := parser.ParseFile(c.fset, "a.go", "package main\nimport (\"bytes\"; \"fmt\"; \"hash/fnv\"; \"io\"; \"os\")\nvar _, _, _, _, _ = bytes.MinRead, fmt.Sprint, fnv.New32, io.EOF, os.Args\n"+
		declared+"func script() {\n"+statements+"\n}", 0)
	if err != nil {
		t.Fatal(err)
	}
	c.files = []*ast.File{f, script.Takers(c.fset)}
	c.body = f.Decls[len(f.Decls)-1].(*ast.FuncDecl).Body
	c.run()
	return c
}

func (c *checked) run() (*types.Info, []token.Pos) {
	c.errs, c.texts = nil, nil
	c.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: sources, Error: func(err error) {
		e := err.(types.Error)
		if strings.Contains(e.Msg, "declared and not used") {
			return
		}
		c.errs, c.texts = append(c.errs, e.Pos), append(c.texts, e.Msg)
	}}
	_, _ = conf.Check("main", c.fset, c.files, c.info)
	return c.info, c.errs
}

// Calls that Go refuses are mended; those that it accepts, and what cannot be mended, stay.
func TestMend(t *testing.T) {
	for _, tt := range []struct {
		statements string
		want       string // the calls whose error is taken off, in the order of the text
		left       string // what Go still complains of
	}{
		{"x := f()", "f", ""},
		{"var x = f()", "f", ""},
		{"var x int = f()", "f", ""},
		{"x, y := pair()", "pair", ""},
		{"x, y := f(), f()", "f f", ""},
		{"x, err := f()", "", ""},
		{"err := f()", "", "assignment mismatch"},
		{"x, err := pair()", "", "assignment mismatch"},
		{"x := pair()", "", "assignment mismatch"},
		{"x := one() + 1", "", "mismatched types"},
		{"g(f())", "f", ""},
		{"g((f()))", "f", ""},
		{"two(pair())", "pair", ""},
		{"v(f())", "f", ""},
		{"v(1, f())", "f", ""},
		{"v([]int{f()}...)", "f", ""},
		{"a(f())", "", ""},
		{"both(f())", "", ""},
		{"fmt.Println(f())", "", ""},
		{"fmt.Println(1, f())", "f", ""},
		{"two(f())", "", "cannot use"},
		{"g(gen(f()))", "gen f", ""},
		{"gen(gen(1))", "gen", ""},
		{"open().m()", "open", ""},
		{"x := open().m()", "m open", ""},
		{"x := open().n", "open", ""},
		{"x := -f() + f()*2", "f f", ""},
		{"x := []int{1}[f()]", "f", ""},
		{"x := []int{f(): f()}", "f f", "must be"},
		{"x := []int{f(), f()}", "f f", ""},
		{"x := map[int]T{f(): {n: f()}}", "f f", ""},
		{"x := &T{f()}", "f", ""},
		{"x := float64(f())", "f", ""},
		{"x := any(f()).(int)", "f", ""},
		{"x := make([]int, f())", "f", ""},
		{"x := append([]int{}, f())", "f", ""},
		{"if x := f(); x > f() { }", "f f", ""},
		{"for i := range f() { _ = i }", "f", ""},
		{"for i := f(); i < f(); i += f() { }", "f f f", ""},
		{"switch f() { case f(): }", "f f", ""},
		{"switch gen(any(1)).(type) { }", "gen", ""},
		{"c := make(chan int); select { case c <- f(): default: }", "f", ""},
		{"L: for { for x := f(); x > 0; { break L } }", "f", ""},
		{"go g(f())", "f", ""},
		{"defer g(f())", "f", ""},
		{"h := func() { x := f() }", "", "assignment mismatch"},
		{"x := func() int { return 1 }() + f()", "f", ""},
		{"g(f(), undefined)", "f", "undefined: undefined"},
	} {
		c := check(t, tt.statements)
		script.Mend([]ast.Node{c.body}, c.info, c.errs, c.run)
		var got []string
		ast.Inspect(c.body, func(n ast.Node) bool {
			if call, _, ok := script.Taken(n); ok {
				got = append(got, script.Name(call))
			}
			return true
		})
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: the errors of %q are taken off, want %q", tt.statements, got, tt.want)
		}
		left := strings.Join(c.texts, "; ")
		if tt.left == "" && left != "" || !strings.Contains(left, tt.left) {
			t.Errorf("%s: Go complains %q, want %q", tt.statements, left, tt.left)
		}
		if strings.Contains(script.Plain(left), "ɛ") {
			t.Errorf("%s: a message shows what is generated: %s", tt.statements, script.Plain(left))
		}
	}
}

func TestBare(t *testing.T) {
	for _, tt := range []struct{ statements, want string }{
		{"one(); f(); g(1)", "one f"},
		{"if one(); true { pair() } else { for { switch { default: one() } } }", "one pair one"},
		{"_ = one(); _, _ = f(); defer one(); go one(); func() { one() }()", ""},
		{"fmt.Println(); fmt.Fprintln(os.Stderr); var b bytes.Buffer; fmt.Fprint(&b); b.WriteString(\"\"); io.WriteString(&b, \"\"); fnv.New32().Write(nil)", ""},
		{"var w io.Writer; fmt.Fprint(w); w.Write(nil); io.WriteString(w, \"\"); os.Stdout.Close()", "Fprint Write WriteString Close"},
		{"fmt.Sscan(\"\"); (one()); gen[int](1)", "Sscan one gen"},
	} {
		c := check(t, tt.statements)
		var got []string
		for _, call := range script.Bare(c.info, c.body) {
			got = append(got, script.Name(call))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.statements, got, tt.want)
		}
	}
}

// Each assignment of an error is told by its line, with an r if the error may be read.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ statements, want string }{
		{"x, err := f()", "1"},
		{"x, err := f()\n_ = err", "1r"},
		{"x, err := f()\ny, err := f()\n_ = err", "1 2r"},
		{"_, err = f()\nif err != nil { }\n_, err = f()", "1r 3"},
		{"_, err = f()\nif err = one(); err != nil { }", "1 2r"},
		{"_, err = f()\nfor err == nil { }", "1r"},
		{"for {\n_, err = f()\n}", "2"},
		{"for {\n_, err = f()\nif err != nil { break }\n}", "2r"},
		{"for err == nil {\n_, err = f()\n}", "2r"},
		{"if true {\n_, err = f()\n} else { _ = err }", "2"},
		{"if true {\n_, err = f()\n}\n_ = err", "2r"},
		{"_, err = f()\n{ err = nil }\n_ = err", "1"},
		{"_, err = f()\nif true { err = nil } else if false { err = nil }\n_ = err", "1r"},
		{"_, err = f()\nif true { err = nil } else if false { err = nil } else { err = nil }\n_ = err", "1"},
		{"_, err = f()\nfor _, err = range []error{} { }\n_ = err", "1r"},
		{"_, err = f()\nhandler := func() { fmt.Println(err) }", "1r"},
		{"_, err = f()\np := &err", "1r"},
		{"_, err = f()\ndefer fmt.Println(err)", "1r"},
		{"err = one()\nvar bad error = one()\ne := one()\nerrBad := one()", "1 2 3"},
		{"e := fmt.Errorf(\"\")\ne2 := makeErr()\nvar e3 = newOne()", ""},
		{"myErr := one()\nmyErr2 := one()\nErrMine := one()", "1 2"},
		{"err = fmt.Errorf(\"\")", ""},
		{"func() { _, err = f() }()", ""},
		{"var x, err = f()\nif true {\nvar y, err = f()\n}", "1 3"},
		{"if _, err = f(); true { }", "1"},
		{"if _, err = f(); err != nil { }", "1r"},
		{"if _, err = f(); true { } else { _ = err }", "1r"},
		{"if _, err = f(); true { }\n_ = err", "1r"},
		{"if true { } else if _, err = f(); true { }", "1"},
		{"type B bool\nvar b B\nif _, err = f(); b { }", ""},
		{"switch _, err = f(); { }\nfor _, err = f(); ; { }", ""},
	} {
		c := check(t, tt.statements)
		var steps []ast.Node
		for _, s := range c.body.List {
			steps = append(steps, s)
		}
		first := c.fset.Position(c.body.Lbrace).Line
		var got []string
		for _, a := range script.Errors(c.info, steps, nil, func(types.Object) bool { return false }) {
			text := fmt.Sprint(c.fset.Position(a.Node.Pos()).Line - first)
			if a.Read {
				text += "r"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.statements, got, tt.want)
		}
	}
}
