package engine

import "testing"

func TestQuestion(t *testing.T) {
	for code, want := range map[string]struct {
		about  string
		detail int
	}{
		"x?":                  {"x", 0},
		"?x":                  {"x", 0},
		" strings.Cut? \n":    {"strings.Cut", 0},
		"strings.Cut??":       {"strings.Cut", 1},
		"??strings.Cut":       {"strings.Cut", 1},
		"?x?":                 {"x", 1},
		"f(1).g?":             {"f(1).g", 0},
		"":                    {},
		"?":                   {},
		"??":                  {},
		"x???":                {},
		"x := 1?":             {},
		"x\n?":                {"x", 0},
		"a\nb?":               {},
		"!ls ?":               {},
		"%cd ?":               {},
		"// is this right?":   {},
		"fmt.Println(\"a?\")": {},
		"\"a\"?":              {`"a"`, 0},
	} {
		about, detail, is := question(code)
		if about != want.about || detail != want.detail || is != (want.about != "") {
			t.Errorf("%q: got %q, %d, %v", code, about, detail, is)
		}
	}
}
