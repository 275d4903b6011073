package cell_test

import (
	"go/token"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
)

func TestHintsForWhatDoesNotParse(t *testing.T) {
	for source, want := range map[string]string{
		"import numpy as np":                "package of Python",
		"import strings":                    `import "strings"`,
		"import os as system":               `import system "os"`,
		"from math import sqrt":             "Go imports whole packages",
		"def area(r):\n    return r":        "func area(",
		"class Point:\n    pass":            "type Point struct",
		"while x < 3 {\n}":                  "for condition",
		"if x {\n} elif y {\n}":             "else if",
		"for i in range(10):\n    print(i)": "for i := range 10 {",
		"for x in xs:\n    print(x)":        "for _, x := range xs {",
		"if x == 1:\n    f()":               "braces",
		"if x {\n}\nelse {\n}":              "} else {",
		"let x = 1":                         "x := value",
		"var x: int = 3":                    "var x int",
		"# a comment":                       "//",
		"pip install numpy":                 "begins with !",
		"x := lambda y: y":                  "func(x float64)",
		`s := f"{x}"`:                       "fmt.Sprintf",
		"if a and b {\n}":                   "&&",
		"y := x ** 2 ** 3 $":                "math.Pow",
		"x := a > b ? a : b":                "no conditional",
		"if x\n{\n}":                        "stands in the line of",
		"for i := 0; i < 3; i++\n{\n}":      "stands in the line of",
		"var x := 2":                        "x := 2, or var x = 2",
		"fmt.Println(\"a)":                  "closing quote",
		"for i := range 3: f(i)":            "braces",
		"func f() {\n}}":                    "a } too many",
		"if a = b {\n}":                     "==",
		"x = [1, 2]":                        "[]int{1, 2, 3}",
		"x = {\"a\": 1}":                    "map[string]int{",
		"func f() int\n{\n\treturn 1\n}":    "the { stands in the line of the func",
		"s := 'hello'":                      "double quotes",
		"print x":                           "print(x)",
		`fmt.Println "a", b`:                `fmt.Println("a", b)`,
		"len xs":                            "len(xs)",
		"strings.ToUpper s":                 "parentheses",
		"strings?":                          "Shift-Tab",
		"func f() {\n\tif x {\n":            "the { in line 2 is not closed",
		"f(1, 2":                            "the ( in line 1 is not closed",
		"y := x++":                          "statements",
		"x := 1\np.x := 2":                  "assigned with =",
		"x := 1 +":                          "",
		"a := []int{1, 2\n}":                "",
		"func f() {\n\tvar x int\n\tx = = 3\n}\n// #": "",
	} {
		_, err := cell.Parse(token.NewFileSet(), 1, source)
		list, ok := err.(cell.Errors)
		if !ok || len(list) == 0 {
			t.Errorf("%q: got %v, want an error", source, err)
			continue
		}
		got := list[0].Hint
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %s\n\thint %q, want it to hold %q", source, list[0].Message, got, want)
		}
	}
}
