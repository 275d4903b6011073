package server

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/message"
	"github.com/gonbml/gonbml/kernel/wire"
)

// to puts a subshell into the header of a message.
func to(t *testing.T, subshell string) func(*wire.Message) {
	return func(m *wire.Message) {
		var h message.Header
		if err := json.Unmarshal(m.Header, &h); err != nil {
			t.Fatal(err)
		}
		h.Subshell = subshell
		raw, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		m.Header = raw
	}
}

// executeIn sends a cell to a subshell.
func (c *client) executeIn(subshell, code string) string {
	c.t.Helper()
	return c.sendWith("shell", "execute_request", obj{"code": code}, to(c.t, subshell))
}

// control sends a request on control and returns the reply.
func (c *client) control(kind string, content any) obj {
	c.t.Helper()
	return c.reply("control", kind+"_reply", c.send("control", kind+"_request", content))
}

func (c *client) createSubshell() string {
	c.t.Helper()
	return c.control("create_subshell", obj{})["subshell_id"].(string)
}

func TestSubshellsAreCreatedListedAndDeleted(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	equal(t, "at first", c.control("list_subshell", obj{}), obj{"status": "ok", "subshell_id": []any{}})
	first, second := c.createSubshell(), c.createSubshell()
	list := c.control("list_subshell", obj{})["subshell_id"].([]any)
	if len(list) != 2 || first == second {
		t.Errorf("%q and %q are listed as %v", first, second, list)
	}
	equal(t, "delete", c.control("delete_subshell", obj{"subshell_id": first}), obj{"status": "ok"})
	equal(t, "in the end", c.control("list_subshell", obj{}), obj{"status": "ok", "subshell_id": []any{second}})
	for _, id := range []string{first, "never created"} {
		reply := c.control("delete_subshell", obj{"subshell_id": id})
		if reply["status"] != "error" || !strings.Contains(reply["evalue"].(string), id) {
			t.Errorf("delete %s: got %v", id, reply)
		}
		request := c.executeIn(id, "print x")
		reply = c.reply("shell", "execute_reply", request)
		if reply["status"] != "error" || !strings.Contains(reply["evalue"].(string), id) {
			t.Errorf("execute in %s: got %v", id, reply)
		}
		c.want(request)
	}
}

func TestCellsOfTwoLanesRunAtOnce(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	sub := c.createSubshell()
	main := c.execute("spin main")
	<-engine.began
	id := c.executeIn(sub, "print quick")
	equal(t, "reply", c.reply("shell", "execute_reply", id)["execution_count"], 2.0)
	out := c.want(id, "execute_input", "stream")
	var parent message.Header
	if err := json.Unmarshal(out[1].raw.Parent, &parent); err != nil || parent.Subshell != sub {
		t.Errorf("the parent is %+v, %v, want one in %s", parent, err, sub)
	}
	// The kernel is still busy: the last status is that of the cell in the main lane.
	last := c.recv("iopub")
	if last.kind != "status" || last.parent != main || last.content["execution_state"] != "busy" {
		t.Errorf("after the cell came %s of %s %v", last.kind, last.parent, last.content)
	}
	c.control("interrupt", obj{})
	equal(t, "main", c.reply("shell", "execute_reply", main)["ename"], "Interrupted")
}

func TestAFailureAbortsItsLaneOnly(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	sub := c.createSubshell()
	main := c.execute("spin main")
	<-engine.began
	queued := c.execute("print after")
	failing := c.executeIn(sub, "ask go\nfail x")
	c.recv("stdin")
	aborted := c.executeIn(sub, "print never")
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	c.send("stdin", "input_reply", obj{"value": ""})
	equal(t, "failing", c.reply("shell", "execute_reply", failing)["status"], "error")
	equal(t, "aborted", c.reply("shell", "execute_reply", aborted)["status"], "aborted")
	// The queue of the main lane is as it was.
	c.control("interrupt", obj{})
	replies := obj{}
	for range 2 {
		g := c.recv("shell")
		replies[g.parent] = g.content["status"]
	}
	equal(t, "main", replies, obj{main: "error", queued: "aborted"})
}

func TestInterruptOfOneLaneAndOfAll(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	a, b := c.createSubshell(), c.createSubshell()
	ids := map[string]string{}
	for _, lane := range []string{"", a, b} {
		ids[lane] = c.executeIn(lane, "spin "+lane)
		<-engine.began
	}
	id := c.sendWith("control", "interrupt_request", obj{}, to(t, a))
	c.reply("control", "interrupt_reply", id)
	equal(t, "the one", c.reply("shell", "execute_reply", ids[a])["ename"], "Interrupted")
	// The other two still run.
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	c.control("interrupt", obj{})
	replies := obj{}
	for range 2 {
		g := c.recv("shell")
		replies[g.parent] = g.content["ename"]
	}
	equal(t, "all", replies, obj{ids[""]: "Interrupted", ids[b]: "Interrupted"})
	id = c.sendWith("control", "interrupt_request", obj{}, to(t, "nowhere"))
	equal(t, "an unknown lane", c.reply("control", "interrupt_reply", id)["status"], "error")
}

func TestDeletedSubshellInterruptsItsCellAndAbortsTheRest(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	sub := c.createSubshell()
	running := c.executeIn(sub, "spin")
	<-engine.began
	waiting := c.executeIn(sub, "print x")
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	c.control("delete_subshell", obj{"subshell_id": sub})
	replies := obj{}
	for range 2 {
		g := c.recv("shell")
		replies[g.parent] = g.content["status"]
	}
	equal(t, "replies", replies, obj{running: "error", waiting: "aborted"})
}
