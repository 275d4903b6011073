package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

func TestErrorMarks(t *testing.T) {
	text := "// errorcheck\nx // ERROR \"a\"\ny // GC_ERROR \"b\"\nz // GCCGO_ERROR \"c\"\nv // ERRORAUTO \"d\"\n//// ERROR \"e\"\nw"
	want := []errorMark{{2, false}, {3, false}, {5, true}}
	if got := errorMarks(text); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestErrorsDiffer(t *testing.T) {
	failed := func(lines ...string) Run {
		return Run{Failure: &exec.Failure{Name: "CompileError", Value: "v", Traceback: lines}}
	}
	marks := []errorMark{{2, false}, {4, false}, {6, true}}
	tests := []struct {
		name string
		run  Run
		want string
	}{
		{"all of them", failed("\x1b[31mline 2:1\x1b[0m: undefined: x", "    2 | x", "line 4:5: y"), ""},
		{"one that may be", failed("line 2:1: x", "line 4:5: y", "line 6:1: z"), ""},
		{"one too few", failed("line 2:1: x"), "no error in line 4"},
		{"one too many", failed("line 2:1: x", "line 3:1: z", "line 4:1: y"), "line 3 holds no mistake"},
		{"more than are shown", failed("line 2:1: x", "... and 3 more errors"), ""},
		{"a mistake in the grammar", failed("line 2:1: syntax error: x", "line 9:1: syntax error: y"), ""},
		{"a mistake in another line's grammar", failed("line 9:1: syntax error: y"), "line 9 holds no mistake"},
		{"none", Run{}, "no error, want one in line 2"},
		{"of another kind", Run{Failure: &exec.Failure{Name: "EngineError", Value: "oh"}}, "EngineError: oh"},
		{"nowhere", failed("cell: no"), "names no line"},
		{"too long", Run{TimedOut: true}, "in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := errorsDiffer(tt.run, marks)
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := errorsDiffer(Run{}, []errorMark{{1, true}}); got != "" {
		t.Errorf("only marks that may be: got %q, want nothing", got)
	}
}
