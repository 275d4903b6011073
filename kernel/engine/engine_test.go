package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// notebook runs cells on one engine. It is for what no session in kernel/testdata/session can say:
// loops over cells, times, and files that only Go looks at.
type notebook struct {
	t testing.TB
	e *engine.Engine
	n int
}

func newNotebook(t testing.TB) *notebook { return &notebook{t: t, e: newEngine(t)} }

// run runs a cell that must end well, and returns what it shows.
func (n *notebook) run(code string) string {
	n.t.Helper()
	out, f := n.try(code)
	if f != nil {
		n.t.Fatalf("cell %d failed: %s\n%s", n.n, f, strings.Join(f.Traceback, "\n"))
	}
	return out
}

func (n *notebook) try(code string) (string, *exec.Failure) {
	return n.watch(code, nil)
}

// watch runs a cell and hands every piece of output to onText.
func (n *notebook) watch(code string, onText func(string)) (string, *exec.Failure) {
	n.n++
	out := &recorder{onText: onText}
	ctx := testlimit.Context(n.t)
	f := n.e.Execute(ctx, exec.Request{Code: code, Count: n.n}, out)
	if ctx.Err() != nil {
		n.t.Errorf("cell %d: %v", n.n, context.Cause(ctx))
	}
	return out.text(), f
}

func (n *notebook) want(code, want string) {
	n.t.Helper()
	if got := strings.TrimSpace(n.run(code)); got != want {
		n.t.Errorf("%s: got %q, want %q", code, got, want)
	}
}

// wantFailure runs a cell that must fail so, and returns the whole text for the user.
func (n *notebook) wantFailure(code string, name exec.Kind, value string) string {
	n.t.Helper()
	_, f := n.try(code)
	if f == nil {
		n.t.Fatalf("%s: did not fail, want %s", code, name)
		return ""
	}
	all := ansi.ReplaceAllString(strings.Join(f.Traceback, "\n"), "")
	if f.Name != name || !strings.Contains(f.Value, value) {
		n.t.Fatalf("%s: failed with %s, want %s: ...%s...\n%s", code, f, name, value, all)
	}
	return all
}

func TestAHundredCells(t *testing.T) {
	n := newNotebook(t)
	n.run(`
import "fmt"
total := 0
type item struct{ n int }
var items []item`)
	for i := range 100 {
		n.run(strings.ReplaceAll(`
func fN() int { return N }
items = append(items, item{fN()})
total += fN()`, "N", fmt.Sprint(i)))
	}
	n.want(`fmt.Println(total, len(items), items[99].n, f7()+f99())`, "4950 100 99 106")
}

func TestMemAndGoroutines(t *testing.T) {
	n := newNotebook(t)
	if out := n.run(`%goroutines`); !strings.Contains(out, "no goroutine of a cell is alive") {
		t.Errorf("got %q", out)
	}
	n.run(`stop := make(chan bool)
func wait() {
	<-stop
}
go wait()`)
	var out string
	testlimit.Until(t, "the goroutine's wait", func() bool { // it may not have come to wait yet
		out = ansi.ReplaceAllString(n.run(`%goroutines`), "")
		return strings.Contains(out, "chan receive")
	})
	for _, want := range []string{"at cell [2] line 3", "<-stop", "started at cell [2] line 5"} {
		if !strings.Contains(out, want) {
			t.Errorf("%%goroutines lacks %q:\n%s", want, out)
		}
	}
	n.run(`close(stop)`)
	if out := n.run(`%mem`); !strings.Contains(out, "MB resident") || !strings.Contains(out, "2 compiled cells loaded") {
		t.Errorf("got %q", out)
	}
}
