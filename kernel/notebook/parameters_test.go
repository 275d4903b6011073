package notebook

import (
	"errors"
	"strings"
	"testing"
)

const declared = `import "time"

// Settings of the run.
rate := 0.5
n, name := -3, "a" // two at once
var epochs int = 3
var small float32
var deep, wide = 2, 1e-3
const size uint8 = 1
const label = "x"
var (
	fast = !true
	wait = 5 * time.Second
	d    time.Duration
)
layers := []int{64, 10}
rates := []float64{}
names := []string{"a"}
half := float32(0.5)
letter := 'a'
sum := 1 + 2.5
other := map[string]int{}
computed := f(3)
%env A=B
`

func parameterized(source string) *Notebook {
	return &Notebook{Minor: 5, Cells: []*Cell{
		{Type: MarkdownCell, Source: "text"},
		{Type: CodeCell, Source: source, Metadata: map[string]any{"tags": []any{"parameters"}}},
		{Type: CodeCell, Source: "rate"},
	}}
}

func TestParameters(t *testing.T) {
	ps, err := parameterized(declared).Parameters()
	if err != nil {
		t.Fatal(err)
	}
	want := "rate float64, n int, name string, epochs int, small float32, deep int, wide float64, fast bool, wait time.Duration, d time.Duration, " +
		"layers []int, rates []float64, names []string, half float32, letter rune, sum float64, other map[string]int, computed, size uint8, label string"
	if got := describe(ps); got != want {
		t.Errorf("parameters:\n%s\nwant:\n%s", got, want)
	}
	if ps[0].Default != "0.5" || ps[8].Default != "5 * time.Second" {
		t.Errorf("defaults %q and %q", ps[0].Default, ps[8].Default)
	}
}

func TestSetParameters(t *testing.T) {
	for assignment, want := range map[string]string{
		"rate=1":                       "rate := 1.0",
		"rate=1e-9":                    "rate := 1e-09",
		"n=0x10":                       "n := 16",
		"name=it's \"b\" = c":          `name := "it's \"b\" = c"`,
		"name=":                        `name := ""`,
		"epochs=10":                    "var epochs int = 10",
		"small=0.1":                    "var small float32 = 0.1",
		"wide=2":                       "var wide = 2.0",
		"size=255":                     "const size uint8 = 255",
		"label=y":                      `const label = "y"`,
		"fast=TRUE":                    "var fast = true",
		"wait=90s":                     "var wait = 90 * time.Second",
		"wait=0":                       "var wait = time.Duration(0)",
		"d=1h30m":                      "var d time.Duration = 90 * time.Minute",
		"layers=1, 2,3":                "layers := []int{1, 2, 3}",
		"layers=[]int{4,5}":            "layers := []int{4, 5}",
		"layers=":                      "layers := []int{}",
		"rates=1,0.5":                  "rates := []float64{1.0, 0.5}",
		"names=a, b":                   `names := []string{"a", " b"}`,
		"names=[]string{\"a,b\",\"\"}": `names := []string{"a,b", ""}`,
		"half=2":                       "half := float32(2.0)",
		"letter=é":                     "letter := 'é'",
	} {
		nb := parameterized(declared)
		if err := nb.SetParameters([]string{assignment}); err != nil {
			t.Errorf("%s: %v", assignment, err)
			continue
		}
		c := nb.Cells[2]
		if !c.Tagged("injected-parameters") || c.Source != "// Parameters of this run.\n"+want {
			t.Errorf("%s: injected %q, want %q", assignment, c.Source, want)
		}
	}
}

func TestSetParametersAgainReplaces(t *testing.T) {
	nb := parameterized(declared)
	for _, v := range []string{"rate=1", "rate=2"} {
		if err := nb.SetParameters([]string{"rate=0", v, "n=5"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(nb.Cells) != 4 || nb.Cells[2].Source != "// Parameters of this run.\nrate := 2.0\nn := 5" {
		t.Errorf("%d cells, injected %q", len(nb.Cells), nb.Cells[2].Source)
	}
}

func TestSetParametersErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"rat=1", `there is no parameter "rat". The notebook's parameters are: rate float64, n int, `},
		{"rate", `expected a parameter as name=value. Got "rate"`},
		{"rate=fast", `parameter rate: expected a number (float64). Got "fast"`},
		{"rate=inf", `parameter rate: expected a number (float64). Got "inf"`},
		{"n=1.5", `parameter n: expected a whole number (int). Got "1.5"`},
		{"size=256", `parameter size: expected a whole number from 0 to 255 (uint8). Got "256"`},
		{"fast=maybe", `parameter fast: expected true or false (bool). Got "maybe"`},
		{"wait=5", `parameter wait: expected a duration such as 1h30m or 250ms (time.Duration). Got "5"`},
		{"layers=1,x", `parameter layers: expected a whole number (int) as item 2 of a list with commas. Got "x"`},
		{"layers=[]string{}", `parameter layers: expected []int{...}. Got "[]string{}"`},
		{"letter=ab", `parameter letter: expected one character (rune). Got "ab"`},
		{"other=1", `parameter other: expected numbers, text, true/false, durations, or lists of them. Got map[string]int, which cannot be set from outside`},
		{"computed=1", `parameter computed: expected numbers, text, true/false, durations, or lists of them. Got a type that its declaration does not tell, which cannot be set from outside`},
	} {
		nb := parameterized(declared)
		err := nb.SetParameters([]string{tt.in})
		var p *ParameterError
		if !errors.As(err, &p) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.in, err, tt.want)
		}
		if len(nb.Cells) != 3 {
			t.Errorf("%s: the notebook was changed", tt.in)
		}
	}
	var p *ParameterError
	if err := (&Notebook{}).SetParameters([]string{"a=1"}); !errors.As(err, &p) {
		t.Errorf("no parameters cell: %v", err)
	}
	if err := parameterized("x := ").SetParameters([]string{"a=1"}); err == nil || errors.As(err, &p) {
		t.Errorf("broken parameters cell: %v", err)
	}
}
