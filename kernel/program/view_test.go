package program_test

import (
	"strings"
	"testing"
)

func TestView(t *testing.T) {
	s := newSession(t)
	s.run("import str \"strings\"\n// T is one.\ntype T struct{ n int }\n\n// f does it.\n// Really.\nfunc f(a int) (b string) {\n\treturn str.Repeat(\"a\", a)\n}")
	s.run("import (\n\t\"fmt\"\n\t\"time\"\n)\nconst (\n\tone = iota\n\ttwo // the second\n)\nfunc (t *T) m() {}\n// now is now.\nnow := time.Now()")
	s.run("two := 2.5\nstr := \"hides the import\"\nb := fmt.Sprint()\n_ = b")
	v := s.p.View()
	var got []string
	for _, d := range v.Decls {
		got = append(got, strings.TrimSpace(d.Doc+d.Text))
	}
	want := []string{
		"// T is one.\ntype T struct{ n int }",
		"// f does it.\n// Really.\nfunc f(a int) (b string) { panic(0) }",
		"const (\n\tone = iota\n\t_ // the second\n)",
		"func (t *T) m() { panic(0) }",
		"// now is now.\nvar now time.Time",
		"var two float64",
		"var str string",
		"var b string",
	}
	if strings.Join(got, "\n--\n") != strings.Join(want, "\n--\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n--\n"), strings.Join(want, "\n--\n"))
	}
	if d := v.Decls[1]; d.Cell != 1 || d.Line != 7 || !strings.HasPrefix(d.Source, "// f does") {
		t.Errorf("f: got %+v", d)
	}
	if v.Imports["str"] != "strings" || v.Imports["time"] != "time" {
		t.Errorf("imports: got %v", v.Imports)
	}
	if p := v.Decls[4].Imports["time"]; p != "time" {
		t.Errorf("the type of now needs %v", v.Decls[4].Imports)
	}
	s.run("time := 1")
	v = s.p.View()
	for _, d := range v.Decls {
		if d.Names[0] == "now" && (!strings.HasPrefix(d.Text, "var now Ɛ") || len(d.Imports) != 1) {
			t.Errorf("beside a variable called time: got %q, %v", d.Text, d.Imports)
		}
	}
}
