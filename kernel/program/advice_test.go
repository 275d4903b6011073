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

func TestHints(t *testing.T) {
	s := newSession(t)
	s.run("import (\n\t\"fmt\"\n\t\"strings\"\n\t\"time\"\n)\ncounter := 1\nratio := 0.5\nname := \"n\"\nfunc pair() (int, error) { return 1, nil }\ntype box struct{ width int }\nfunc (b box) area() int { return 0 }\nvar wait time.Duration\nvar i8 int8")
	for source, want := range map[string]string{
		"import . \"bytes\"\nNewBufer(nil)":            "did you mean NewBuffer?",
		"coutner":                                      "did you mean counter?",
		"counter = ratio":                              "convert it: int(ratio)",
		"ratio * counter":                              "convert it: float64(counter)",
		"wait = counter":                               "convert it: time.Duration(counter)",
		"time.Sleep(ratio)":                            "convert it: time.Duration(ratio)",
		"i8 = 300":                                     "int8 holds whole numbers from -128 to 127",
		"func f() {\n\tx := pair()\n\t_ = x\n}":        "it returns (int, error): x, err := pair()",
		"box{}.aera()":                                 "did you mean box{}.area?",
		"func f(b box) int {\n\treturn b.widht\n}":     "did you mean b.width?",
		"func f(number int) int {\n\treturn nubmer\n}": "did you mean number?",
		"func f() {\n\tif number := 1; number > 0 {\n\t}\n\tnumbr()\n}": "", // number is out of sight there
		"name.contains(\"a\")":                                         "in Go: strings.Contains(name, ...)",
		"strings.Joim(nil, \"\")":                                      "did you mean strings.Join?",
		"import \"math\"\nmath.Intn(3)":                                "did you mean rand.Intn?",
		"math.Sqrt(math.Abz(1))":                                       "package \"math\" has no Abz; did you mean math.Abs",
		"math.Abs(math.Perm(3))":                                       "did you mean rand.Perm?",
		"strings := 3\nstrings.ToUpper(\"a\")":                         "strings is a variable, which hides the package \"strings\"; rename it",
		"func f(strings int) string { return strings.ToUpper(\"a\") }": "strings is a variable, which hides the package \"strings\"; rename it",
		"type rand int\nvar r rand.Rand":                               "rand is a type, which hides the package \"math/rand\"; rename it",
		"if counter {\n}":                                              "compare it: counter != 0",
		"counter == name":                                              "strconv.Itoa(counter)",
		"fmt.Println(counter +)":                                       "",
	} {
		got := s.hintOf(source)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want it to hold %q", source, got, want)
		}
	}
}
