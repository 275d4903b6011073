package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// completes returns the candidates at the end of a text, as "text detail".
func (n *notebook) completes(code string) string {
	c := n.e.Complete(context.Background(), code, len([]rune(code)))
	var list []string
	for _, item := range c.Items {
		list = append(list, strings.TrimSpace(item.Text+" "+item.Detail))
	}
	return strings.Join(list, "\n")
}

func TestEditorsSeeTheSession(t *testing.T) {
	n := newNotebook(t)
	wants := func(code, want string) {
		t.Helper()
		if got := n.completes(code); !strings.Contains(got, want) {
			t.Errorf("%q: got\n%s\nwant it to hold %q", code, got, want)
		}
	}
	wants("strings.ToU", "ToUpper func(s string) string")
	n.run("value := 1")
	wants("valu", "value int")
	n.run("value := \"now a text\"")
	wants("valu", "value string")
	n.wantFailure("value := undefinedName", "CompileError", "undefined")
	wants("valu", "value string")
	n.run("%rm value")
	if got := n.completes("value"); strings.Contains(got, "value ") {
		t.Errorf("after %%rm: got %s", got)
	}
	dir := t.TempDir()
	n.run("!mkdir -p " + dir + "/sub/deeper")
	n.run("%cd " + dir)
	wants("%cd su", "sub/")
}

func TestEditorsDoNotWaitForARunningCell(t *testing.T) {
	n := newNotebook(t)
	n.run("release := make(chan bool)")
	begun, done := make(chan bool), make(chan error)
	go func() {
		_, f := n.watch("inCell := 5\nprintln(\"begun\")\n<-release", func(string) { close(begun) })
		if f != nil {
			done <- f
		}
		close(done)
	}()
	<-begun
	start := time.Now()
	if got := n.completes("inCe"); got != "inCell int" {
		t.Errorf("got %q, want the variable of the running cell", got)
	}
	found := n.e.Inspect(context.Background(), "inCell", 2, 0)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if !found.Found || !strings.Contains(fmt.Sprint(found.Data["text/plain"]), "var inCell int") {
		t.Errorf("got %v", found)
	}
	n.e.Interrupt()
	<-done
}
