package program_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
)

// hintOf plans a cell that must fail and returns the first error's hint.
func (s *session) hintOf(source string) string {
	s.t.Helper()
	_, err := s.try(source)
	var list cell.Errors
	if !errors.As(err, &list) || len(list) == 0 {
		s.t.Fatalf("%q: got %v, want errors", source, err)
	}
	return list[0].Hint
}

// What hints say is tested in package advice; here, that they know of the session.
func TestHintsKnowTheSession(t *testing.T) {
	s := newSession(t)
	s.run("import \"strings\"\ncounter := 1\nfunc pair() (int, error) { return 1, nil }\nvar i8 int8")
	for source, want := range map[string]string{
		"coutner":                               "did you mean counter?",
		"import . \"bytes\"\nNewBufer(nil)":     "did you mean NewBuffer?",
		"strings.Joim(nil, \"\")":               "did you mean strings.Join?",
		"rand.Intm(1)":                          "has no Intm; did you mean rand.Int or rand.Intn?",
		"func f() {\n\tx := pair()\n\t_ = x\n}": "it returns (int, error): x, err := pair()",
		"i8 = 300":                              "int8 holds whole numbers from -128 to 127",
		"counter := \"\"\nold_counter":          "", // though counter is called Ɛold_counter meanwhile
		"old_counter":                           "",
		"i8 = counter +":                        "",
	} {
		got := s.hintOf(source)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want it to hold %q", source, got, want)
		}
	}
}
