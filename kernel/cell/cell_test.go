package cell_test

import (
	"go/token"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
)

func TestParseSplitsDeclarationsFromSteps(t *testing.T) {
	tests := []struct {
		name, source string
		decls        string // keys, in order
		steps        int
		last         bool
		main         bool
	}{
		{"statements only", "x := 1\nx + 1", "", 2, true, false},
		{"a trailing semicolon hides the value", "x := 1\nx + 1;", "", 2, false, false},
		{"a comment after the value", "x := 1\nx // the value", "", 2, true, false},
		{"mixed in any order", "f(1)\nfunc f(a int) int { return a }\ntype t struct{ a int }\nvar v = f(2)", "f t", 2, true, false},
		{"methods, also of generic types", "func (l *list[T]) push(v T) {}\nfunc (x t) m() {}", "list.push t.m", 0, false, false},
		{"a function literal is a statement", "func(a int) { println(a) }(1)", "", 1, true, false},
		{"a constant group is one declaration", "const (\n a = iota\n b\n)", "a", 0, false, false},
		{"types in a group are single ones", "type (\n a int\n b string\n)", "a b", 0, false, false},
		{"init is a step", "func init() { println(1) }", "", 1, false, false},
		{"a program", "package main\nimport \"fmt\"\nfunc main() { fmt.Println() }", "main", 0, false, true},
		{"main beside statements is only declared", "func main() {}\nmain()", "main", 1, true, false},
		{"empty", "", "", 0, false, false},
		{"only a comment", "// nothing\n/* more */", "", 0, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := cell.Parse(token.NewFileSet(), 1, tt.source)
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			var keys []string
			for _, d := range c.Decls {
				keys = append(keys, d.Key())
			}
			if got := strings.Join(keys, " "); got != tt.decls {
				t.Errorf("declarations: got %q, want %q", got, tt.decls)
			}
			if len(c.Steps) != tt.steps {
				t.Errorf("steps: got %d, want %d", len(c.Steps), tt.steps)
			}
			if shows := c.Last != nil && !c.Quiet; shows != tt.last {
				t.Errorf("shows a value: got %v, want %v", shows, tt.last)
			}
			if c.Main != tt.main {
				t.Errorf("runs main: got %v, want %v", c.Main, tt.main)
			}
		})
	}
}

func TestParseErrorsPointAtTheCell(t *testing.T) {
	tests := []struct {
		name, source string
		line, column int
		message      string
	}{
		{"first line", "b := := 2", 1, 6, "expected operand"},
		{"second line", "a := 1\nb := := 2", 2, 6, "expected operand"},
		{"in a declaration on the first line", "func f( {}", 1, 9, "expected"},
		{"unclosed brace", "if true {\n\tprintln(1)", 2, 12, "expected"},
		{"unclosed string", "s := \"abc", 1, 6, "not terminated"},
		{"left side of :=", "a.b := 1", 1, 1, "non-name on left side of :="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cell.Parse(token.NewFileSet(), 1, tt.source)
			errs, ok := err.(cell.Errors)
			if !ok || len(errs) == 0 {
				t.Fatalf("got %v, want cell.Errors", err)
			}
			e := errs[0]
			if e.Line != tt.line || e.Column != tt.column || !strings.Contains(e.Message, tt.message) {
				t.Errorf("got %d:%d %q, want %d:%d with %q", e.Line, e.Column, e.Message, tt.line, tt.column, tt.message)
			}
		})
	}
}

func TestRepeatedNamesBecomeAssignments(t *testing.T) {
	c, err := cell.Parse(token.NewFileSet(), 1, "a, err := f()\nb, err := f()")
	if err != nil {
		t.Fatal(err)
	}
	second := c.Steps[1]
	if len(second.Again) != 1 || !strings.HasPrefix(second.Var.Names[1].Name, cell.Temporary) {
		t.Errorf("the second err is defined again: names %v, assignments %d", second.Var.Names, len(second.Again))
	}
}

func TestIDDependsOnTheTextAlone(t *testing.T) {
	a, _ := cell.Parse(token.NewFileSet(), 1, "x := 1")
	b, _ := cell.Parse(token.NewFileSet(), 7, "x := 1")
	c, _ := cell.Parse(token.NewFileSet(), 1, "x := 2")
	if a.ID != b.ID || a.ID == c.ID {
		t.Errorf("ids %s %s %s: want the first two alike, the third different", a.ID, b.ID, c.ID)
	}
}

func TestEmbedDirectives(t *testing.T) {
	c, err := cell.Parse(token.NewFileSet(), 1, "//go:embed a.txt\nvar s string")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Steps[0].Embed; got != "//go:embed a.txt" {
		t.Errorf("got %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"x := 1", "func f() {", "}func x(){", "type t struct{", "a, b := 1, 2;", "package main", "/*", "`", "import \"C\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c, err := cell.Parse(token.NewFileSet(), 1, source)
		if (c == nil) == (err == nil) {
			t.Errorf("got cell %v and error %v", c, err)
		}
	})
}
