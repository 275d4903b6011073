package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

// going is a cell that runs in a lane of its own.
type going struct {
	*recorder
	done    chan struct{} // closed at its end; failure is set before
	failure *exec.Failure
}

// start begins a cell in a lane and returns when it has printed "begun" or ended.
func (n *notebook) start(lane, code string) *going {
	n.t.Helper()
	g := &going{recorder: &recorder{}, done: make(chan struct{})}
	n.n++
	request := exec.Request{Code: code, Count: n.n, Lane: lane}
	ctx := testlimit.Context(n.t)
	go func() {
		defer close(g.done)
		g.failure = n.e.Execute(ctx, request, g)
	}()
	g.until(n.t, "the begin of a cell", g.done, func(text string) bool { return strings.Contains(text, "begun") })
	return g
}

// end waits for the cell's end and returns what it has shown.
func (g *going) end(t *testing.T) (string, *exec.Failure) {
	t.Helper()
	testlimit.Receive(t, "the end of a cell", g.done)
	return g.text(), g.failure
}

func TestTextOfLanesIsNotMixed(t *testing.T) {
	n := newNotebook(t)
	n.run(`
import (
	"fmt"
	"log"
)
both := make(chan bool)
log.SetFlags(0)`)
	const cell = `
fmt.Println("NAME", "begun")
MEET
for i := range 500 {
	fmt.Println("NAME", i)
	log.Println("NAME", i)
}`
	a := n.start("", strings.NewReplacer("NAME", "a", "MEET", "<-both").Replace(cell))
	b := n.start("side", strings.NewReplacer("NAME", "b", "MEET", "both <- true").Replace(cell))
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

func TestTextStaysUnderItsCellWhileOthersBeginAndEnd(t *testing.T) {
	n := newNotebook(t)
	n.run(`
import (
	"fmt"
	"sync/atomic"
)
var over atomic.Bool`)
	long := n.start("", `
fmt.Println("begun")
for i := 0; !over.Load(); i++ {
	fmt.Println("long", i)
}`)
	for range 40 {
		if out, f := n.start("side", `fmt.Println("side")`).end(t); f != nil || out != "side\n" {
			t.Fatalf("a cell that ends at once shows %.200q, %v", out, f)
		}
	}
	n.start("side", `over.Store(true)`).end(t)
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

func TestADeathEndsAllLanes(t *testing.T) {
	n := newNotebook(t)
	n.run(`
import "os"
kept := 1`)
	long := n.start("", `
mine := 2
println("begun")
select { }`)
	_, f := n.start("side", `os.Exit(3)`).end(t)
	_, g := long.end(t)
	for _, f := range []*exec.Failure{f, g} {
		if f == nil || f.Name != "WorkerExit" || !strings.Contains(f.Value, "os.Exit(3)") {
			t.Errorf("got %v, want the end of the process", f)
		}
	}
	if all := strings.Join(f.Traceback, "") + strings.Join(g.Traceback, ""); strings.Count(all, "Lost: the variables kept, mine") != 1 {
		t.Errorf("what is lost must be told once:\n%s", all)
	}
	n.want(`1 + 1`, "2")
	if out, f := n.start("side", `2 + 2`).end(t); f != nil || strings.TrimSpace(out) != "4" {
		t.Errorf("%q, %v", out, f)
	}
}
