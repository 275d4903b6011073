package words

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/worker"
)

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// failing is a cell with a command, the third of a session in which another ran before.
func failing() Cell {
	c := Cell{Seen: &Cells{}, Source: "\nx := f(0)\ng(x)", Request: exec.Request{Code: "%cd /\nx := f(0)\ng(x)", Count: 3}}
	c.Seen.Add("a1", 2, "func f(n int) int {\n\treturn 1 / n\n}")
	c.Seen.Add(cell.ID(c.Source), 3, c.Request.Code)
	return c
}

func TestFailures(t *testing.T) {
	c := failing()
	here := "/cell/" + cell.ID(c.Source)
	deep := []worker.Frame{{Function: "runtime.panicdivide", File: "/go/src/runtime/panic.go", Line: 1}}
	for range 3 {
		deep = append(deep, worker.Frame{Function: "nb/a1.Ɛf", File: "/cell/a1/cell.go", Line: 2})
	}
	for range 8 {
		deep = append(deep, worker.Frame{Function: "sort.Sort", File: "/go/src/sort/sort.go", Line: 9})
	}
	deep = append(deep, worker.Frame{Function: "nb/a2.main", File: here + "/cell.go", Line: 2})
	tests := []struct {
		name  string
		f     *exec.Failure
		kind  exec.Kind
		value string
		told  []string // in this order
	}{
		{"a command", c.Command(&magic.Error{Line: 1, Message: "no such thing"}), exec.CommandError, "line 1: no such thing", []string{"    1 | %cd /"}},
		{"a type error", c.Text(cell.Errors{{Cell: &cell.Cell{Number: 3, Source: c.Source}, Line: 3, Column: 1, Message: "undefined: g\nmore", Hint: "write it"}}),
			exec.CompileError, "line 3:1: undefined: g", []string{"line 3:1: undefined: g", "    3 | g(x)", "^", "more", "hint: write it"}},
		{"in another cell, and twelve of them", c.Text(make12(cell.Error{Cell: &cell.Cell{Number: 2, Source: "a\nb"}, Line: 2, Column: 1, Message: "no"})),
			exec.CompileError, "cell [2] line 2:1: no (and 11 more)", []string{"    2 | b", "... and 2 more errors"}},
		{"of the C compiler", c.Text(&build.CompileError{Output: here + ":3:7: error: no"}), exec.CompileError, "line 2: error: no", []string{"    2 | x := f(0)"}},
		{"of the Go compiler", c.Build(&build.CompileError{Output: here + "/cell.go:3:2: channel element Ɛtype too large\n"}),
			exec.CompileError, "line 3:2: channel element type too large", []string{"    3 | g(x)"}},
		{"a fault of ours", c.Build(&build.CompileError{Output: "/gen:1:1: in /cell/a1/cell.go:2"}), exec.EngineError, "the Go compiler refused code",
			[]string{"in cell [2] line 2"}},
		{"a panic", c.Panic(worker.Panic{Value: "runtime error: nil pointer dereference\nmore", Frames: deep}), exec.Panic, "runtime error: nil pointer dereference",
			[]string{"at cell [2] line 2", "    2 |     return 1 / n", "... and 2 more times", "at cell [3] line 2", "    2 | x := f(0)", "through sort.Sort (sort/sort.go:9)", "... and 2 more", "hint: a pointer"}},
		{"an error", c.Returned(worker.Panic{Value: "no such file", Type: "*fs.PathError"}, 3), exec.ReturnedError, "no such file",
			[]string{"(*fs.PathError, returned by the cell's last call)", "at cell [3] line 3", "    3 | g(x)"}},
		{"left behind", c.Abandoned(worker.Outcome{Abandoned: "goroutine 5 [chan receive]:", AbandonedAt: deep}), exec.Interrupted, "the cell was interrupted; it waits where",
			[]string{"it waits for: chan receive", "at cell [2] line 2"}},
		{"a crash", c.Seen.Exit(&worker.ExitError{Cause: "fatal error: all over", LastOutput: "before\nfatal error: all over\n\ngoroutine 7 [running]:\nmain.f()\n\t/cell/a1/cell.go:2 +0x1\n\ngoroutine 8 [idle]:\nx.y()\n\t/x.go:1\n"},
			" Lost: x."), exec.WorkerExit, "fatal error: all over.", []string{"before", "goroutine 7: running", "at cell [2] line 2", "The process that ran the cells has ended; a fresh one serves the next cell. Lost: x."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.f.Name != tt.kind || !strings.HasPrefix(tt.f.Value, tt.value) {
				t.Errorf("got %v, want %s: %s", tt.f, tt.kind, tt.value)
			}
			all := colours.ReplaceAllString(strings.Join(tt.f.Traceback, "\n"), "")
			rest := all
			for _, want := range tt.told {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is not told, or not in its place:\n%s", want, all)
				}
				rest = after
			}
		})
	}
}

// make12 returns an error twelve times.
func make12(e cell.Error) (list cell.Errors) {
	for range 12 {
		list = append(list, e)
	}
	return list
}

func TestAGoroutinesPanicNamesItsCell(t *testing.T) {
	got := colours.ReplaceAllString(failing().Seen.GoroutinePanic(worker.Panic{Value: "boom",
		Frames: []worker.Frame{{Function: "nb/a1.f.func1", File: "/cell/a1/cell.go", Line: 2}, {Function: "runtime.goexit", File: "/go/x.s"}}}), "")
	if want := "panic in a goroutine: boom\n  at cell [2] line 2 in nb/a1.f.func1\n    2 |     return 1 / n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
