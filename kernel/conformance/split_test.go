package conformance

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
)

// stdlib is made once: the go command takes a second for it.
var stdlib = sync.OnceValues(func() (*Library, error) { return NewLibrary(context.Background()) })

func newLibrary(t *testing.T) *Library {
	t.Helper()
	lib, err := stdlib()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestSplitProgram(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"what is needed comes first",
			"func main() { f() }\nfunc f() { print(x) }\nvar x = 1",
			[]string{"var x = 1", "func f() { print(x) }", "func main() { f() }"}},
		{"imports come first of all",
			"import \"fmt\"\nfunc main() { fmt.Println() }",
			[]string{"import \"fmt\"\n", "func main() { fmt.Println() }"}},
		{"what needs one another stays together",
			"func even(n int) bool { return n == 0 || odd(n-1) }\nvar x int\nfunc odd(n int) bool { return n > 0 && even(n-1) }\nfunc main() { even(x) }",
			[]string{"func even(n int) bool { return n == 0 || odd(n-1) }\n\nfunc odd(n int) bool { return n > 0 && even(n-1) }", "var x int", "func main() { even(x) }"}},
		{"init functions are last but one, in their order",
			"func init() { print(1) }\nfunc main() {}\nvar x = 1\nfunc init() { print(2) }",
			[]string{"var x = 1", "func init() { print(1) }", "func init() { print(2) }", "func main() {}"}},
		{"constants keep their group",
			"const (\n\ta = iota\n\tb\n)\nfunc main() { print(b) }",
			[]string{"const (\n\ta = iota\n\tb\n)", "func main() { print(b) }"}},
		{"groups of variables and types are taken apart",
			"type (\n\tA int\n\tB A\n)\nvar (\n\tx A\n\ty B\n)\nfunc main() {}",
			[]string{"type A int", "type B A", "var x A", "var y B", "func main() {}"}},
		{"a method has a cell of its own, before what may use it",
			"func main() { var s S = T{}; s.M() }\nvar s S = T{}\ntype S interface{ M() }\nfunc (T) M() {}\ntype T struct{}",
			[]string{"type S interface{ M() }", "type T struct{}", "func (T) M() {}", "var s S = T{}", "func main() { var s S = T{}; s.M() }"}},
		{"a method that its type's other methods do not compile without shares their cell",
			"type S interface{ M(); N() }\ntype T int\nfunc (t T) M() { var s S = t; s.N() }\nfunc (t T) N() { t.M() }\nfunc main() { T(0).N() }",
			[]string{"type S interface{ M(); N() }", "type T int\n\nfunc (t T) M() { var s S = t; s.N() }\n\nfunc (t T) N() { t.M() }", "func main() { T(0).N() }"}},
		{"variables come in the order in which Go initialises them",
			"var a = c\nvar b = f()\nvar c = f()\nvar n int\nfunc f() int { n++; return n }\nfunc main() {}",
			[]string{"var n int", "func f() int { n++; return n }", "var b = f()", "var c = f()", "var a = c", "func main() {}"}},
		{"directives stay with their function",
			"//go:noinline\nfunc f() {}\nfunc main() { f() }",
			[]string{"//go:noinline\nfunc f() {}", "func main() { f() }"}},
	}
	lib := newLibrary(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SplitProgram(Program{Name: "p.go", Path: "p.go", Text: "package main\n" + tt.text}, lib)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n---\n"), strings.Join(tt.want, "\n---\n"))
			}
		})
	}
}

func TestSplitProgramRefuses(t *testing.T) {
	lib := newLibrary(t)
	for text, want := range map[string]string{
		"package main\nfunc f() {}":                        "expected a function main",
		"package main\nfunc main() { x }":                  "undefined: x",
		"package main\nfunc main() { ":                     "expected '}'",
		"package main\nimport \"no/such\"\nfunc main() {}": "no package no/such",
	} {
		_, err := SplitProgram(Program{Name: "p.go", Path: "p.go", Text: text}, lib)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "split p.go") {
			t.Errorf("%q: got error %v, want one with %q", text, err, want)
		}
	}
}

func TestComponents(t *testing.T) {
	needs := map[string]string{"a": "b", "b": "cd", "c": "b", "d": "", "e": "a", "f": "f"}
	groups := components([]string{"a", "e", "f", "d"}, func(n string) []string { return strings.Split(needs[n], "")[:len(needs[n])] })
	var got []string
	for _, g := range groups {
		slices.Sort(g)
		got = append(got, strings.Join(g, ""))
	}
	if want := []string{"d", "bc", "a", "e", "f"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
