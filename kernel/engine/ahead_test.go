package engine_test

import (
	"fmt"
	"testing"
	"time"
)

// queue runs cells as a front end does that has sent them all.
func (n *notebook) queue(cells []string) {
	n.t.Helper()
	for _, c := range cells {
		n.e.Announce("", c)
	}
	for _, c := range cells {
		n.run(c)
	}
}

func TestAnInterruptEndsLookingAhead(t *testing.T) {
	n := newNotebook(t)
	salt := time.Now().UnixNano()
	next := fmt.Sprintf("func late() int { return %d }", salt)
	const endless = `
println("go")
for { }`
	n.e.Announce("", endless)
	n.e.Announce("", next)
	compiled := n.e.Compiled()
	_, f := n.watch(endless, func(string) { n.e.Interrupt() })
	if f == nil || f.Name != "Interrupted" {
		t.Fatal(f)
	}
	n.want(`1`, "1")
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
		n.run(`
import (
	"fmt"
	"time"
)`)
		salt := time.Now().UnixNano()
		var cells []string
		for i := range count {
			cells = append(cells, fmt.Sprintf(`
v%d := %d
time.Sleep(200 * time.Millisecond)
fmt.Println(v%d)`, i, salt, i))
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
