package program_test

import (
	"slices"
	"strings"
	"testing"
)

func TestRevive(t *testing.T) {
	s := newSession(t)
	s.run("import w \"strings\"\nimport . \"strconv\"\ntype T struct{ A int }\nfunc (t T) Up() string { return w.ToUpper(Itoa(t.A)) }\nconst K = 5\nv, x := T{3}, 1")
	s.run("func G() int { return v.A }\nfunc Deep() int { return G() }\nfunc Gen[A any](a A) []A { return []A{a} }")
	s.run("var y = x + 1\nfunc Y() int { return y }")
	before := s.p.List()

	a, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	r := s.p.Revive(library(a), "another", "go1.26")
	if len(r.Gone) > 0 || len(r.Plans) != 1 {
		t.Fatalf("%d packages, and gone is %q", len(r.Plans), r.Gone)
	}
	if text := string(r.Plans[0].Source); strings.Contains(text, "T{3}") || strings.Contains(text, "x + 1") {
		t.Errorf("initialisers are in\n%s", text)
	}
	s.p = r.Program
	want := strings.Join(slices.DeleteFunc(strings.SplitAfter(before, "\n"), func(l string) bool { return strings.HasPrefix(l, "var ") }), "")
	if got := s.p.List(); got != want {
		t.Errorf("the program has\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(s.p.Lost(), " "); got != "v x y" || len(s.p.Variables()) > 0 {
		t.Errorf("lost is %q, there are %q", got, s.p.Variables())
	}
	for _, tt := range []struct{ source, want string }{
		{"v", "undefined: v"},
		{"_ = Deep()", "undefined: v, which Deep uses"},
		{"x = 2", "undefined: x"},
		{"x := x + 1", "undefined: x"},
		{"func main() { println(Y()) }", "undefined: y, which Y uses"},
		{"println(T{K}.Up(), Gen(Itoa(K)), w.ToLower(\"A\"))", ""},
		{"func H() int { return Deep() + x }", ""},
		{"v := T{4}\nprintln(Deep())", ""},
		{"v := \"another type\"", ""},
	} {
		_, err := s.try(tt.source)
		if got := message(err); got != tt.want && !strings.HasSuffix(got, ": "+tt.want) {
			t.Errorf("%s: got %q, want %q", tt.source, got, tt.want)
		}
	}
	if source, ok := s.p.Initialiser("y"); !ok || source != "var y = x + 1" {
		t.Errorf("the initialiser of y: %q, %v", source, ok)
	}
	if _, ok := s.p.Initialiser("v"); ok {
		t.Error("v, which a := defined, has an initialiser")
	}

	// A variable that a cell did not come to define again stays lost.
	plan := s.run("panic(1)\nv := T{5}")
	if got := plan.Unreached(1); !slices.Equal(got, []string{"v"}) {
		t.Errorf("unreached: %q", got)
	}
	s.p = plan.Unmade(s.p, []string{"v"})
	if got := strings.Join(s.p.Lost(), " "); got != "v x y" {
		t.Errorf("lost is %q", got)
	}
	s.run("v, x := T{6}, 7")
	if got := strings.Join(s.p.Lost(), " "); got != "y" {
		t.Errorf("lost is %q", got)
	}
	s.run("println(Deep(), v.Up(), x)")
}

// What cannot be compiled any more is left out and told.
func TestReviveLeavesOut(t *testing.T) {
	s := newSession(t)
	s.run("import \"bytes\"\nimport \"sort\"\nfunc B() string { return bytes.NewBufferString(\"\").String() }\nfunc S(x []int) { sort.Ints(x) }\nfunc Both() { S(nil); B() }")
	a, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	without := library{}
	for path, file := range a {
		if path != "bytes" {
			without[path] = file
		}
	}
	r := s.p.Revive(without, "another", "go1.26")
	told := strings.Join(r.Gone, "\n")
	for _, want := range []string{"the import of bytes, which cannot be built now", "B no longer compiles", "Both no longer compiles"} {
		if !strings.Contains(told, want) {
			t.Errorf("want %q in\n%s", want, told)
		}
	}
	if got := r.Program.List(); got != "func S\n" {
		t.Errorf("the program has\n%s", got)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
