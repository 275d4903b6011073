package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// subscribes is a cell that wants a page several times, and none connects.
const subscribes = "import \"github.com/janpfeifer/gonb/gonbui/comms\"\nfor _, a := range []string{\"/x\", \"/y\", \"/z\"} {\n\tcomms.Subscribe(a, func(string, int) {})\n}\n"

// awaitPage begins a cell that waits for a page, and returns when it does.
func (n *notebook) awaitPage(b *browser, code string) (*pageOutput, chan *exec.Failure) {
	out, done := b.output(false), make(chan *exec.Failure, 1)
	n.n++
	count := n.n
	go func() { done <- n.e.Execute(context.Background(), exec.Request{Code: code, Count: count}, out) }()
	waitFor(n.t.(*testing.T), "the script", b.holdsScript)
	return out, done
}

// Nothing that the worker says is heard while the kernel waits for a page, an interrupted cell's end included.
func TestAnInterruptEndsTheWaitForAPage(t *testing.T) {
	for name, code := range map[string]string{"comms": subscribes + "for { }", "%widgets": "%widgets"} {
		t.Run(name, func(t *testing.T) {
			n, b := newNotebook(t), newBrowser(t)
			n.e.UseComms(b)
			n.run("kept := 1")
			out, done := n.awaitPage(b, code)
			begun := time.Now()
			n.e.Interrupt()
			f := <-done
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("stopped after %v", took)
			}
			if f == nil || f.Name != "Interrupted" || strings.Contains(f.Value, "left behind") {
				t.Errorf("got %v, want the cell's own word that it was interrupted", f)
			}
			if out.text() != "" || b.holdsScript() {
				t.Errorf("the cell still shows %q, or the script", out.text())
			}
			time.Sleep(600 * time.Millisecond)
			n.e.Interrupt() // a second press, which finds nothing to stop
			n.want("kept", "1")
		})
	}
}

// The cell that waits has ended: it is another one that is interrupted.
func TestAnInterruptEndsTheWaitThatAnEndedCellBegan(t *testing.T) {
	n, b := newNotebook(t), newBrowser(t)
	n.e.UseComms(b)
	n.run("import \"github.com/janpfeifer/gonb/gonbui/comms\"\nstart, kept := make(chan bool), 1")
	first := exec.Request{Code: "go func() { <-start; comms.Subscribe(\"/x\", func(string, int) {}) }()", Count: 2}
	if f := n.e.Execute(context.Background(), first, b.output(false)); f != nil {
		t.Fatal(f)
	}
	_, done := n.awaitPage(b, "start <- true\nfor { }")
	n.e.Interrupt()
	if f := <-done; f == nil || f.Name != "Interrupted" || strings.Contains(f.Value, "left behind") {
		t.Errorf("got %v, want the cell's own word that it was interrupted", f)
	}
	n.want("kept", "1")
}

func TestTheEndOfTheProcessEndsTheWaitForAPage(t *testing.T) {
	n, b := newNotebook(t), newBrowser(t)
	n.e.UseComms(b)
	sign := filepath.Join(t.TempDir(), "sign")
	_, done := n.awaitPage(b, fmt.Sprintf("%simport \"os\"\nfor {\n\tif _, err := os.Stat(%q); err == nil {\n\t\tos.Exit(3)\n\t}\n}", subscribes, sign))
	begun := time.Now()
	if err := os.WriteFile(sign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := <-done; f == nil || f.Name != "WorkerExit" {
		t.Errorf("got %v, want the end of the process", f)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("told after %v", took)
	}
	n.want("1 + 1", "2")
}
