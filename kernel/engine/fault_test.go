package engine_test

import (
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

// broken is an output that panics as only a fault of the kernel can, while a cell is prepared.
type broken struct{ recorder }

func (*broken) Stream(string, string) { panic("a fault") }

func TestAFaultOfTheKernelCostsItsCellOnly(t *testing.T) {
	n := newNotebook(t)
	n.run("kept := 3")
	for range 2 {
		f := n.e.Execute(testlimit.Context(t), exec.Request{Code: "%version", Count: 2}, &broken{})
		if f == nil || f.Name != exec.EngineError || !strings.Contains(f.Value, "a fault") {
			t.Fatalf("got %v", f)
		}
		if all := strings.Join(f.Traceback, "\n"); !strings.Contains(all, "report this") || !strings.Contains(all, "fault_test.go") {
			t.Errorf("nothing to report in\n%s", all)
		}
	}
	n.want("kept + 1", "4")
}
