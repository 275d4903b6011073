package editor

import (
	"maps"
	"slices"
	"testing"
)

func TestDefinedNames(t *testing.T) {
	for _, tt := range []struct {
		text        string
		declaration bool
		want        []string
	}{
		{"x := 1", false, []string{"x"}},
		{"a, b := f()", false, []string{"a", "b"}},
		{"x = 1", false, nil},
		{"x, y = 1, 2", false, nil},
		{"f(x)", false, nil},
		{"if x := 1; x > 0 {}", false, nil},
		{"x", false, nil},
		{"x,", false, nil},
		{"", false, nil},
		{"func f() {}", true, []string{"f"}},
		{"func (p point) m() {}", true, []string{"point.m"}},
		{"func (p *point) m(x int) {}", true, []string{"point.m"}},
		{"func (point) m() {}", true, []string{"point.m"}},
		{"func (l *list[K, V]) m() {}", true, []string{"list.m"}},
		{"func (p po", true, nil},
		{"func", true, nil},
		{"type t struct{ a int }", true, []string{"t"}},
		{"type (\n\ta int\n\tb struct {\n\t\tc int\n\t}\n)", true, []string{"a", "b"}},
		{"var a, b int", true, []string{"a", "b"}},
		{"const (\n\tx = iota\n\ty\n\tz, w = 1, 2\n)", true, []string{"x", "y", "z", "w"}},
		{"var x", true, []string{"x"}},
		{"var (", true, nil},
	} {
		if got, _ := defined(tt.text, tt.declaration); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %v, want %v", tt.text, got, tt.want)
		}
	}
	if _, values := defined("a, b := f()", false); values != len("a, b :=") {
		t.Errorf("the values begin at %d", values)
	}
}

func TestImportsInADeclaration(t *testing.T) {
	got := importsIn("import (\n\t\"fmt\"\n\tst \"strings\"\n\t. \"math\"\n\t_ \"embed\"\n\t\"math/rand/v2\"\n\t\"gopkg.in/yaml.v3\"\n\t\"C\"\n\t\"example.com/go-x\"\n\t\"")
	want := map[string]string{"fmt": "fmt", "st": "strings", ".": "math", "_": "embed", "rand": "math/rand/v2", "yaml": "gopkg.in/yaml.v3", "x": "example.com/go-x"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesThatSomethingIsSelectedFrom(t *testing.T) {
	got := selectedFrom("a.b.c(d.e, \"f.g\") // h.i\nj . k; l.")
	if want := []string{"a", "d", "j", "l"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnfinishedPartsDoNotTakeInDeclarations(t *testing.T) {
	text := "x := f(1,\nfunc g() {\n\tif a {\n\nfunc h() {}\ny := 2"
	var got []string
	for _, p := range parts(text) {
		got = append(got, text[p.Start:p.End])
	}
	want := []string{"x := f(1,\n", "func g() {\n\tif a {\n\n", "func h() {}", "y := 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzSheet(f *testing.F) {
	for _, s := range []string{"x := f(", "func f() {\n\tx.", "import \"a", "%%\nx.", "/*", "`", "}\n)", "a, b :=", "type t struct {", "é漢😀.x", "\xff.x"} {
		f.Add(s, len(s)/2)
	}
	view := newFuzzView()
	f.Fuzz(func(t *testing.T, code string, cursor int) {
		if cursor < 0 || cursor > len(code) {
			return
		}
		sheetOf(t, view, code, cursor)
	})
}
