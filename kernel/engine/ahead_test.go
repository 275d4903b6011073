package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// queue runs cells as a front end does that has sent them all, and returns what each shows.
func (n *notebook) queue(cells []string) (shown []string) {
	n.t.Helper()
	for _, c := range cells {
		n.e.Announce("", c)
	}
	for _, c := range cells {
		out, f := n.try(c)
		if f != nil {
			out += "! " + f.Error()
			n.e.Withdraw("")
		}
		shown = append(shown, out)
	}
	return shown
}

// Preparing cells before their turn must not be seen in anything but the time.
func TestLookingAheadIsNotSeen(t *testing.T) {
	wait := "\ntime.Sleep(300 * time.Millisecond)"
	tests := []struct {
		name  string
		setup string
		cells []string
		want  []string
	}{
		{"what the running cell defines", "", []string{"a := 20" + wait, "func f() int { return a }" + wait, "f() + 1"}, []string{"", "", "21\n"}},
		{"a redefinition in between", "func f() int { return 1 }\nfunc g() int { return f() }", []string{"func f() string { return \"s\" }" + wait, "f() + \"!\""}, []string{
			"note: g no longer compiles with the new definitions (cannot use f() (value of type string) as int value in return statement) and was removed\n", "s!\n"}},
		{"the same text twice", "n := 0", []string{"n++" + wait, "n++" + wait, "n"}, []string{"", "", "2\n"}},
		{"a panic before a definition", "", []string{"var m map[string]int" + wait + "\nm[\"x\"] = 1\nb := 2", "b"}, []string{
			"note: not defined, because the cell did not get that far: b\n! Panic: assignment to entry in nil map", "! CompileError: line 1:1: undefined: b"}},
		{"an error in the next cell", "", []string{"c := 1" + wait, "c + \"x\"", "c"}, []string{"", "! CompileError: line 1:1: invalid operation: c + \"x\" (mismatched types int and untyped string)", "1\n"}},
		{"a file that the running cell writes", "", []string{"os.WriteFile(\"e.txt\", []byte(\"new\"), 0o600)" + wait, "//go:embed e.txt\nvar e string\ne"}, []string{"", "new\n"}},
		{"a command that changes what comes", "d := 1", []string{"time.Sleep(0)" + wait, "%reset\nd := 2\nd", "d"}, []string{"", "2\n", "2\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := newNotebook(t)
			n.run("!printf old > e.txt")
			n.run("import (\"os\"; \"time\")")
			if tt.setup != "" {
				n.run(tt.setup)
			}
			for i, got := range n.queue(tt.cells) {
				if got != tt.want[i] {
					t.Errorf("cell %q: got %q, want %q", tt.cells[i], got, tt.want[i])
				}
			}
		})
	}
}

// The number of a cell that was prepared before its turn is the one that it is run under.
func TestACellPreparedAheadHasItsNumber(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"time\"")
	n.queue([]string{"time.Sleep(300 * time.Millisecond)", "func h(x int) int {\n\treturn 10 / x\n}"})
	if all := n.wantFailure("h(0)", "Panic", "divide by zero"); !strings.Contains(all, "at cell [3] line 2") {
		t.Errorf("got\n%s", all)
	}
}

func TestAnInterruptEndsLookingAhead(t *testing.T) {
	n := newNotebook(t)
	salt := time.Now().UnixNano()
	next := fmt.Sprintf("func late() int { return %d }", salt)
	n.e.Announce("", "println(\"go\")\nfor { }")
	n.e.Announce("", next)
	compiled := n.e.Compiled()
	_, f := n.watch("println(\"go\")\nfor { }", func(string) { n.e.Interrupt() })
	if f == nil || f.Name != "Interrupted" {
		t.Fatal(f)
	}
	n.want("1", "1")
	n.run(next)
	n.want(fmt.Sprintf("late() == %d", salt), "true")
	if got := n.e.Compiled() - compiled; got < 2 {
		t.Errorf("%d packages were compiled, want all", got)
	}
}

// A queue of new cells that take as long to run as to compile must run in the time that they run, not in twice that.
func TestAQueueIsCompiledWhileItRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	const count = 12
	took := func(ahead bool) time.Duration {
		n := newNotebook(t)
		n.run("import (\"fmt\"; \"time\")")
		salt := time.Now().UnixNano()
		var cells []string
		for i := range count {
			cells = append(cells, fmt.Sprintf("v%d := %d\ntime.Sleep(200 * time.Millisecond)\nfmt.Println(v%d)", i, salt, i))
		}
		begun := time.Now()
		if ahead {
			n.queue(cells)
		} else {
			for _, c := range cells {
				n.run(c)
			}
		}
		return time.Since(begun)
	}
	for try := 1; ; try++ { // what else the machine does may slow one of the two
		without, with := took(false), took(true)
		t.Logf("%d cells that sleep 0.2 s each: %v one after the other, %v compiled while the one before runs", count, without, with)
		if with < without {
			return
		}
		if try == 3 {
			t.Fatalf("looking ahead took %v, without it %v", with, without)
		}
	}
}
