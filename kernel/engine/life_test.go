package engine_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

func TestAnInterruptWhileCompiling(t *testing.T) {
	n := newNotebook(t)
	n.run(`kept := 1`)
	module := strings.TrimSpace(n.run(`!*pwd`))
	var large strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&large, "func f%d(a, b int) int { if a > b { return a*%d + b }; return b - a }\n", i, time.Now().UnixNano()%1e9)
	}
	done := make(chan *exec.Failure, 1)
	go func() {
		_, f := n.try(large.String() + "f1(1, 2)")
		done <- f
	}()
	testlimit.Until(t, "the file that is compiled", func() bool {
		found, err := filepath.Glob(filepath.Join(module, "_build", "cell-*", "cell.go"))
		return err == nil && len(found) > 0
	})
	begun := time.Now()
	n.e.Interrupt()
	f := testlimit.Receive(t, "the end of the cell", done)
	if took := time.Since(begun); took > 2500*time.Millisecond {
		t.Errorf("stopped after %v", took)
	}
	if f == nil || f.Name != "Interrupted" {
		t.Errorf("got %v, want Interrupted", f)
	}
	n.want(`kept`, "1")
	n.wantFailure(`f1(1, 2)`, "CompileError", "undefined: f1")
}
