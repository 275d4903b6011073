package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

// asked is a comm of the inspector, as a front end sees it.
type asked struct {
	peer    exec.CommPeer
	answers chan map[string]any
}

func (a *asked) ID() string                   { return "asked" }
func (a *asked) Target() string               { return "gonbml.variables" }
func (a *asked) Close(exec.CommMessage) error { return nil }
func (a *asked) Send(m exec.CommMessage) error {
	var answer map[string]any
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return err
	}
	a.answers <- answer
	return nil
}

func newAsked(t *testing.T, n *notebook) *asked {
	b := newBrowser(t)
	n.e.UseComms(b)
	a := &asked{answers: make(chan map[string]any, 100)}
	peer, err := b.targets["gonbml.variables"](a, exec.CommMessage{})
	if err != nil {
		t.Fatal(err)
	}
	a.peer = peer
	return a
}

func (a *asked) send(request string) {
	a.peer.Message(exec.CommMessage{Data: json.RawMessage(request)})
}

func (a *asked) next(t *testing.T) map[string]any {
	t.Helper()
	return testlimit.Receive(t, "an answer of the inspector", a.answers)
}

// variable finds one of the variables in an answer.
func variable(t *testing.T, answer map[string]any, name string) map[string]any {
	t.Helper()
	list, _ := answer["variables"].([]any)
	for _, v := range list {
		if v := v.(map[string]any); v["name"] == name {
			return v
		}
	}
	t.Fatalf("no variable %s in %v", name, answer)
	return nil
}

func TestTheInspectorAnswersBehindARunningCell(t *testing.T) {
	n := newNotebook(t)
	a := newAsked(t, n)
	a.send(`{"type":"list","id":1}`)
	if m := a.next(t); m["type"] != "variables" || m["id"] != 1.0 || len(m["variables"].([]any)) != 0 {
		t.Errorf("of nothing: %v", m)
	}
	n.run(`
counter := 0
m := map[int]int{}
list := []int{1, 2, 3}
stop := make(chan bool)`)
	a.send(`{"type":"list","id":"x"}`)
	m := a.next(t)
	if m["busy"] != false || m["id"] != "x" || variable(t, m, "list")["value"] != "[1 2 3]" || variable(t, m, "list")["shape"] != "3" || variable(t, m, "list")["bytes"] != 48.0 {
		t.Errorf("got %v", m)
	}
	a.send(`{"type":"value","name":"list","id":2}`)
	if m := a.next(t); m["type"] != "value" || m["data"].(map[string]any)["text/plain"] != "[1 2 3]" {
		t.Errorf("got %v", m)
	}
	// A cell that writes to a map all the time: looking at it must not end the process, nor wait for the cell.
	started := make(chan bool, 1)
	ctx, done := testlimit.Context(t), make(chan *exec.Failure, 1)
	go func() {
		out := &recorder{onText: func(s string) { started <- true }}
		done <- n.e.Execute(ctx, exec.Request{Count: 9, Code: `
println("on")
for go_ := true; go_; {
	counter++
	m[counter%1000] = counter
	list = append(list[:1], counter)
	select {
	case <-stop:
		go_ = false
	default:
	}
}`}, out)
	}()
	<-started
	last := 0.0
	for i := range 200 {
		a.send(fmt.Sprintf(`{"type":"list","id":%d}`, i))
		m := a.next(t)
		if m["busy"] != true {
			t.Fatalf("got %v", m)
		}
		var now float64
		fmt.Sscan(variable(t, m, "counter")["value"].(string), &now)
		if i%20 == 19 {
			if now <= last {
				t.Errorf("the counter does not move: %v after %v", now, last)
			}
			last = now
		}
		if v := variable(t, m, "m"); v["value"] != nil && v["value"] != "" {
			t.Fatalf("a map was read while it may change: %v", v)
		}
	}
	n.e.Interrupt()
	if f := <-done; f == nil || f.Name != "Interrupted" {
		t.Errorf("the cell ended with %v", f)
	}
	n.run("1")
	a.send(`{"type":"list"}`)
	if m := a.next(t); m["busy"] != false || !strings.HasPrefix(variable(t, m, "m")["value"].(string), "map[") {
		t.Errorf("got %v", m)
	}
}

func TestTheInspectorTellsWatchers(t *testing.T) {
	n := newNotebook(t)
	a := newAsked(t, n)
	a.send(`{"type":"watch","on":true,"id":5}`)
	if m := a.next(t); m["id"] != 5.0 {
		t.Errorf("got %v", m)
	}
	n.run("x := 1")
	if m := a.next(t); variable(t, m, "x")["value"] != "1" || m["id"] != nil {
		t.Errorf("got %v", m)
	}
	n.try("panic(1)")
	a.next(t)
	a.send(`{"type":"watch","on":false}`)
	n.run("y := 1")
	select {
	case m := <-a.answers:
		t.Errorf("after the end of watching: %v", m)
	case <-time.After(200 * time.Millisecond):
	}
	for request, want := range map[string]string{`{"type":"value","name":"none"}`: "expected the name of a variable", `{"type":"no"}`: "expected a request of type", `[1]`: "docs/inspector.md"} {
		a.send(request)
		if m := a.next(t); m["type"] != "error" || !strings.Contains(m["error"].(string), want) {
			t.Errorf("%s: got %v", request, m)
		}
	}
	// A method that waits forever hides no other variable.
	n.run(`
import "sync"
type locked struct{ mu *sync.Mutex }
func (l locked) String() string { l.mu.Lock(); return "x" }
l := locked{&sync.Mutex{}}
l.mu.Lock()`)
	a.send(`{"type":"list"}`)
	if m := a.next(t); variable(t, m, "x")["value"] != "1" || !strings.Contains(fmt.Sprint(variable(t, m, "l")["value"]), "a method of it does not return") {
		t.Errorf("got %v", m)
	}
	n.want("x", "1")
}
