package magic

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
		c, err := Parse(code)
		if want.about == "" {
			if err == nil && c.Question != nil {
				t.Errorf("%q: got the question %+v", code, *c.Question)
			}
			continue
		}
		if err != nil || c.Question == nil || *c.Question != (Question{want.about, want.detail}) || c.HasGo() {
			t.Errorf("%q: got %+v, %v", code, c, err)
		}
		if got := IsComplete(code).Status; got != "complete" {
			t.Errorf("%q is %s", code, got)
		}
	}
}
