package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// going is a cell that runs in a lane of its own.
type going struct {
	out  *recorder
	done chan *exec.Failure
}

// start begins a cell in a lane and returns when it has printed "begun" or ended.
func (n *notebook) start(lane, code string) *going {
	n.t.Helper()
	begun := make(chan bool)
	g := &going{out: &recorder{}, done: make(chan *exec.Failure, 1)}
	said := false
	g.out.onText = func(string) {
		if !said && strings.Contains(g.out.text(), "begun") {
			said = true
			close(begun)
		}
	}
	n.n++
	count := n.n
	go func() {
		g.done <- n.e.Execute(context.Background(), exec.Request{Code: code, Count: count, Lane: lane}, g.out)
	}()
	select {
	case <-begun:
	case f := <-g.done:
		g.done <- f
	case <-time.After(time.Minute):
		n.t.Fatalf("cell %q did not begin", code)
	}
	return g
}

// end waits for the cell's end and returns what it has shown.
func (g *going) end(t *testing.T) (string, *exec.Failure) {
	t.Helper()
	select {
	case f := <-g.done:
		return g.out.text(), f
	case <-time.After(time.Minute):
		t.Fatal("the cell does not end")
		return "", nil
	}
}

func (n *notebook) inLane(lane, code string) (string, *exec.Failure) {
	return n.start(lane, code).end(n.t.(*testing.T))
}

func TestLanesRunAtTheSameTime(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\ngate := make(chan bool)\nx := 1")
	long := n.start("", "during := 7\nfmt.Println(\"begun\")\n<-gate\nfmt.Println(\"end of the long cell\")")
	if out, f := n.inLane("side", "fmt.Println(\"at the side\", x)\nside := x + 1"); f != nil || out != "at the side 1\n" {
		t.Errorf("beside a running cell: %q, %v", out, f)
	}
	// What the running cell defines has not joined; what ended has.
	if _, f := n.inLane("side", "during"); f == nil || !strings.Contains(f.Value, "undefined: during") {
		t.Errorf("a variable of the running cell: got %v, want it undefined", f)
	}
	if out, f := n.inLane("other", "side * 10"); f != nil || strings.TrimSpace(out) != "20" {
		t.Errorf("a variable of another lane: %q, %v", out, f)
	}
	if out, f := n.inLane("side", "!echo command\n%list"); f != nil || !strings.Contains(out, "command\n") || !strings.Contains(out, "var side int") {
		t.Errorf("commands beside a running cell: %q, %v", out, f)
	}
	if out, f := n.inLane("side", "close(gate)"); f != nil {
		t.Errorf("%q, %v", out, f)
	}
	if out, f := long.end(t); f != nil || out != "begun\nend of the long cell\n" {
		t.Errorf("the long cell: %q, %v", out, f)
	}
	n.want("during + side", "9")
}

func TestTextOfLanesIsNotMixed(t *testing.T) {
	n := newNotebook(t)
	n.run("import (\"fmt\"; \"log\")\nboth := make(chan bool)\nlog.SetFlags(0)")
	cell := "fmt.Println(%q, \"begun\")\n%s\nfor i := range 500 {\n\tfmt.Println(%q, i)\n\tlog.Println(%q, i)\n}"
	a := n.start("", fmt.Sprintf(cell, "a", "<-both", "a", "a"))
	b := n.start("side", fmt.Sprintf(cell, "b", "both <- true", "b", "b"))
	for _, lane := range []struct {
		name string
		g    *going
	}{{"a", a}, {"b", b}} {
		out, f := lane.g.end(t)
		if f != nil {
			t.Fatal(f)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 1001 {
			t.Errorf("lane %s: %d lines, want 1001", lane.name, len(lines))
		}
		for _, l := range lines {
			if !strings.HasPrefix(l, lane.name+" ") {
				t.Errorf("lane %s shows %q", lane.name, l)
				break
			}
		}
	}
}

// What is printed may take long to compute: its place is under its cell all the same.
func TestTextThatWaitsForItsValueAppearsUnderItsCell(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\ngate, at := make(chan int), make(chan bool)\nfunc two() (int, string) { v := <-gate; return v, \"two\" }")
	long := n.start("", "println(\"begun\")\nfmt.Println(\"long\", <-gate)\nfmt.Println(two())\ngo func() { at <- true; fmt.Println(\"late\", <-gate); at <- true }()\n<-at;")
	if out, f := n.inLane("side", "gate <- 1\ngate <- 2\nfmt.Println(\"side\")"); f != nil || out != "side\n" {
		t.Errorf("the side cell shows %q, %v", out, f)
	}
	if _, f := long.end(t); f != nil {
		t.Error(f)
	}
	n.want("gate <- 3\n<-at;", "")
	if out := long.out.text(); out != "begun\nlong 1\n2 two\nlate 3\n" {
		t.Errorf("the cell shows %q", out)
	}
}

func TestTextStaysUnderItsCellWhileOthersBeginAndEnd(t *testing.T) {
	n := newNotebook(t)
	n.run("import (\"fmt\"; \"sync/atomic\")\nvar over atomic.Bool")
	long := n.start("", "fmt.Println(\"begun\")\nfor i := 0; !over.Load(); i++ {\n\tfmt.Println(\"long\", i)\n}")
	for range 40 {
		if out, f := n.inLane("side", "fmt.Println(\"side\")"); f != nil || out != "side\n" {
			t.Fatalf("a cell that ends at once shows %.200q, %v", out, f)
		}
	}
	n.inLane("side", "over.Store(true)")
	out, f := long.end(t)
	if f != nil {
		t.Fatal(f)
	}
	for i, l := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(out, "begun\n"), "\n"), "\n") {
		if want := fmt.Sprint("long ", i); l != want {
			t.Fatalf("the long cell shows %q, want %q", l, want)
		}
	}
}

func TestAnInterruptStopsItsLaneAlone(t *testing.T) {
	n := newNotebook(t)
	n.run("gate := make(chan bool)")
	long := n.start("", "println(\"begun\")\n<-gate\nfor range 3 { }\ndone := 1")
	side := n.start("side", "println(\"begun\")\nfor { }")
	n.e.InterruptLane("side")
	if _, f := side.end(t); f == nil || f.Name != "Interrupted" {
		t.Errorf("the interrupted lane: %v", f)
	}
	select {
	case f := <-long.done:
		t.Fatalf("the other lane has ended: %v", f)
	default:
	}
	side = n.start("side", "println(\"begun\")\nfor { }") // and the lane goes on
	if _, f := n.inLane("third", "close(gate)"); f != nil {
		t.Error(f)
	}
	if _, f := long.end(t); f != nil {
		t.Error(f)
	}
	n.e.Interrupt()
	if _, f := side.end(t); f == nil || f.Name != "Interrupted" {
		t.Errorf("after an interrupt of all lanes: %v", f)
	}
	n.want("done", "1")
}

func TestADeathEndsAllLanes(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"os\"\nkept := 1")
	long := n.start("", "mine := 2\nprintln(\"begun\")\nselect { }")
	_, f := n.inLane("side", "os.Exit(3)")
	_, g := long.end(t)
	for _, f := range []*exec.Failure{f, g} {
		if f == nil || f.Name != "WorkerExit" || !strings.Contains(f.Value, "os.Exit(3)") {
			t.Errorf("got %v, want the end of the process", f)
		}
	}
	if all := strings.Join(f.Traceback, "") + strings.Join(g.Traceback, ""); strings.Count(all, "Lost: the variables kept, mine") != 1 {
		t.Errorf("what is lost must be told once:\n%s", all)
	}
	n.want("1 + 1", "2")
	if out, f := n.inLane("side", "2 + 2"); f != nil || strings.TrimSpace(out) != "4" {
		t.Errorf("%q, %v", out, f)
	}
}

// A function that two lanes redefine is in the end the one of the cell that ended last.
func TestRedefinitionInTwoLanes(t *testing.T) {
	n := newNotebook(t)
	n.run("gate := make(chan bool)\nfunc f() int { return 1 }\nfunc g() int { return f() }")
	long := n.start("", "func f() int { return 2 }\nprintln(\"begun\")\n<-gate")
	for _, cell := range []string{"func f() int { return 3 }", "close(gate)"} { // two cells: the long one must not end before the first has
		if _, f := n.inLane("side", cell); f != nil {
			t.Fatal(f)
		}
	}
	if _, f := long.end(t); f != nil {
		t.Fatal(f)
	}
	n.want("fmt.Sprint(f(), \" \", g())", "2 2")
}

func TestQuestionsOfTwoLanes(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\ngate := make(chan bool)")
	long := n.start("", "fmt.Println(\"begun\")\n<-gate;")
	side := &answering{recorder: &recorder{}, answer: "side"}
	f := n.e.Execute(context.Background(), exec.Request{Code: "var s string\nfmt.Scanf(\"%s\\n\", &s)\nfmt.Println(\"read\", s)\nclose(gate)", Count: 9, Lane: "side", AllowStdin: true}, side)
	if f != nil || !strings.Contains(side.text(), "read side") {
		t.Errorf("%q, %v", side.text(), f)
	}
	if out, f := long.end(t); f != nil || out != "begun\n" {
		t.Errorf("%q, %v", out, f)
	}
	// The cell that began first reads, while the other is in front.
	n.run("gate = make(chan bool)\nread := make(chan bool)")
	first := &answering{recorder: &recorder{}, answer: "first"}
	done := make(chan *exec.Failure, 1)
	go func() {
		done <- n.e.Execute(context.Background(), exec.Request{Code: "<-gate\nvar t string\nfmt.Scanf(\"%s\\n\", &t)\nfmt.Println(\"read\", t)\nclose(read)", Count: 11, AllowStdin: true}, first)
	}()
	second := n.start("side", "gate <- true\nfmt.Println(\"begun\")\n<-read;")
	if out, f := second.end(t); f != nil || out != "begun\n" {
		t.Errorf("%q, %v", out, f)
	}
	if f := <-done; f != nil || !strings.Contains(first.text(), "read first") {
		t.Errorf("%q, %v", first.text(), f)
	}
}

// answering answers every question.
type answering struct {
	*recorder
	answer string
}

func (a *answering) Input(context.Context, string, bool) (string, error) { return a.answer, nil }

func TestTheSessionIsReadWhileACellRuns(t *testing.T) {
	n := newNotebook(t)
	n.run("gate := make(chan bool)\ntype point struct{ x, y int }")
	long := n.start("", "p := point{1, 2}\nfunc norm(q point) int { return q.x + q.y }\nprintln(\"begun\")\n<-gate")
	begun := time.Now()
	list := n.e.Session("").List()
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("reading the session took %v", took)
	}
	for _, want := range []string{"type point", "func norm", "var p point"} {
		if !strings.Contains(list, want) {
			t.Errorf("the session of the running cell's lane lacks %s:\n%s", want, list)
		}
	}
	if list := n.e.Session("side").List(); strings.Contains(list, "norm") || !strings.Contains(list, "type point") {
		t.Errorf("the session of another lane:\n%s", list)
	}
	if _, f := n.inLane("side", "close(gate)"); f != nil {
		t.Error(f)
	}
	if _, f := long.end(t); f != nil {
		t.Error(f)
	}
}
