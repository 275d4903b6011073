package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// evaluate evaluates an expression and returns what it shows.
func (n *notebook) evaluate(code string) (string, *exec.Failure) {
	out := &recorder{}
	f := n.e.Execute(context.Background(), exec.Request{Code: code, Count: n.n + 1, Expression: true}, out)
	return strings.TrimSpace(out.text()), f
}

func TestExpressionsLeaveNoTrace(t *testing.T) {
	n := newNotebook(t)
	n.run("x := 20\ncalls := 0\nfunc call() int { calls++; return calls }")
	for expression, want := range map[string]string{
		"x * 2 + 2":                         "42",
		"strings.ToUpper(\"go\")":           "GO", // imported for the expression only
		"[]int{x, 1}":                       "[20 1]",
		"func() int { y := x; return y }()": "20",
	} {
		if got, f := n.evaluate(expression); f != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", expression, got, f, want)
		}
	}
	for _, wrong := range []string{"y := 1", "x = 3", "import \"os\"", "func f() {}", "%reset", "!touch trace", "1; 2", "", "for { }"} {
		if got, f := n.evaluate(wrong); f == nil || f.Name != "CompileError" || !strings.Contains(f.Value, "expected a Go expression") {
			t.Errorf("%q: got %q, %v", wrong, got, f)
		}
	}
	if _, f := n.evaluate("nowhere"); f == nil || !strings.Contains(f.Value, "undefined: nowhere") {
		t.Errorf("nowhere: got %v", f)
	}
	if _, f := n.evaluate("[]int{}[x]"); f == nil || f.Name != "Panic" {
		t.Errorf("a panic: got %v", f)
	}
	n.want("x", "20")
	if _, f := n.evaluate("call()"); f != nil {
		t.Error(f)
	}
	n.want("calls", "1")
	// What is replayed are the cells; an expression that was evaluated again would count.
	n.run("%replay")
	n.want("calls", "0")
}
