package server

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/wire"
)

// hearing is a peer that hands on what it hears.
type hearing struct{ heard chan string }

func (h hearing) Message(m exec.CommMessage) { h.heard <- "message " + describe(m) }
func (h hearing) Closed(m exec.CommMessage)  { h.heard <- "closed " + describe(m) }

func describe(m exec.CommMessage) string {
	text := string(m.Data) + string(m.Metadata)
	for _, b := range m.Buffers {
		text += " " + string(b)
	}
	return text
}

func (h hearing) want(t *testing.T, text string) {
	t.Helper()
	if got := testlimit.Receive(t, "what the peer hears", h.heard); got != text {
		t.Errorf("the peer heard %q, want %q", got, text)
	}
}

// serveComms runs a server with a connected client and returns its comms.
func serveComms(t *testing.T) (*client, exec.Comms, *script) {
	t.Helper()
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	<-engine.offered
	return c, engine.comms, engine
}

// extras adds metadata and buffers to a message.
func extras(metadata string, buffers ...string) func(*wire.Message) {
	return func(m *wire.Message) {
		m.Metadata = json.RawMessage(metadata)
		for _, b := range buffers {
			m.Buffers = append(m.Buffers, []byte(b))
		}
	}
}

func TestClientOpensTalksAndCloses(t *testing.T) {
	c, comms, _ := serveComms(t)
	h := hearing{make(chan string, 10)}
	comms.Register("slider", func(opened exec.Comm, m exec.CommMessage) (exec.CommPeer, error) {
		h.heard <- "open " + opened.ID() + " " + opened.Target() + " " + describe(m)
		err := opened.Send(exec.CommMessage{Data: json.RawMessage(`{"hello":1}`), Metadata: json.RawMessage(`{"v":"2"}`), Buffers: [][]byte{[]byte("\x00bytes\xff"), {}}})
		return h, err
	})
	id := c.sendWith("shell", "comm_open", obj{"comm_id": "7", "target_name": "slider", "data": obj{"min": 0}}, extras(`{"version":"2.1"}`, "b1", "b2"))
	h.want(t, `open 7 slider {"min":0}{"version":"2.1"} b1 b2`)
	out := c.want(id, "comm_msg")
	equal(t, "comm_msg", out[0].content, obj{"comm_id": "7", "data": obj{"hello": 1.0}})
	if string(out[0].raw.Metadata) != `{"v":"2"}` || !reflect.DeepEqual(out[0].raw.Buffers, [][]byte{[]byte("\x00bytes\xff"), {}}) {
		t.Errorf("metadata %s, buffers %q", out[0].raw.Metadata, out[0].raw.Buffers)
	}
	for target, want := range map[string]obj{"": {"7": obj{"target_name": "slider"}}, "slider": {"7": obj{"target_name": "slider"}}, "other": {}} {
		info := c.reply("shell", "comm_info_reply", c.send("shell", "comm_info_request", obj{"target_name": target}))
		equal(t, "comm_info of "+target, info, obj{"status": "ok", "comms": want})
	}
	c.want(c.sendWith("shell", "comm_msg", obj{"comm_id": "7", "data": obj{"value": 3}}, extras(`{}`, "raw")))
	h.want(t, `message {"value":3}{} raw`)
	c.want(c.send("shell", "comm_close", obj{"comm_id": "7", "data": obj{"why": "done"}}))
	h.want(t, `closed {"why":"done"}{}`)
	if comms.Get("7") != nil {
		t.Error("the comm is open after the client closed it")
	}
}

func TestCommsThatNobodyAnswersForAreClosed(t *testing.T) {
	c, comms, _ := serveComms(t)
	comms.Register("refusing", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { return nil, errors.New("no") })
	comms.Register("panicking", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { panic("oh") })
	comms.Register("taken back", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { return hearing{}, nil })
	comms.Register("taken back", nil)
	for _, target := range []string{"unknown", "refusing", "panicking", "taken back", ""} {
		out := c.want(c.send("shell", "comm_open", obj{"comm_id": target, "target_name": target, "data": obj{}}), "comm_close")
		equal(t, "comm_close", out[0].content, obj{"comm_id": target, "data": obj{}})
	}
	equal(t, "comm_info", c.reply("shell", "comm_info_reply", c.send("shell", "comm_info_request", obj{})), obj{"status": "ok", "comms": obj{}})
	for _, kind := range []string{"comm_msg", "comm_close"} {
		c.want(c.send("shell", kind, obj{"comm_id": "never opened", "data": obj{}}))
	}
}

func TestFallbackAnswersForOtherTargets(t *testing.T) {
	c, comms, _ := serveComms(t)
	h := hearing{make(chan string, 10)}
	comms.RegisterFallback(func(opened exec.Comm, m exec.CommMessage) (exec.CommPeer, error) {
		h.heard <- "fallback " + opened.Target()
		return h, nil
	})
	comms.Register("known", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { return h, nil })
	c.want(c.send("shell", "comm_open", obj{"comm_id": "1", "target_name": "known", "data": obj{}}))
	c.want(c.send("shell", "comm_open", obj{"comm_id": "2", "target_name": "other", "data": obj{}}))
	h.want(t, "fallback other")
}

func TestKernelOpensAComm(t *testing.T) {
	c, comms, _ := serveComms(t)
	h := hearing{make(chan string, 10)}
	opened, err := comms.Open("", "gallery", exec.CommMessage{Data: json.RawMessage(`{"n":1}`), Buffers: [][]byte{[]byte("pixels")}}, h)
	if err != nil {
		t.Fatal(err)
	}
	open := c.comm(t, "comm_open")
	equal(t, "comm_open", open.content, obj{"comm_id": opened.ID(), "target_name": "gallery", "data": obj{"n": 1.0}})
	equal(t, "buffers", open.raw.Buffers, [][]byte{[]byte("pixels")})
	if _, err := comms.Open(opened.ID(), "gallery", exec.CommMessage{}, h); err == nil || !strings.Contains(err.Error(), "an open comm has") {
		t.Errorf("a name in use: got error %v", err)
	}
	c.want(c.send("shell", "comm_msg", obj{"comm_id": opened.ID(), "data": obj{}}))
	h.want(t, "message {}{}")
	for _, bad := range []string{`[1]`, `null`, `{`, `"text"`} {
		if err := opened.Send(exec.CommMessage{Data: json.RawMessage(bad)}); err == nil || !strings.Contains(err.Error(), "expected a JSON object") {
			t.Errorf("data %s: got error %v", bad, err)
		}
	}
	if err := opened.Close(exec.CommMessage{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "comm_close", c.comm(t, "comm_close").content, obj{"comm_id": opened.ID(), "data": obj{}})
	// A comm that is closed is silent.
	if err := errors.Join(opened.Close(exec.CommMessage{}), opened.Send(exec.CommMessage{})); err != nil {
		t.Error(err)
	}
	c.want(c.send("shell", "comm_msg", obj{"comm_id": opened.ID(), "data": obj{}}))
	if len(h.heard) > 0 {
		t.Errorf("the peer heard %q", <-h.heard)
	}
}

// comm returns the next message of a comm, which must be of the kind.
func (c *client) comm(t *testing.T, kind string) got {
	t.Helper()
	for {
		g := c.recv("iopub")
		if g.kind == kind {
			return g
		}
		if strings.HasPrefix(g.kind, "comm_") {
			t.Fatalf("got %s %v, want %s", g.kind, g.content, kind)
		}
	}
}

func TestCommsAreServedWhileACellRunsAndAPeerIsSlow(t *testing.T) {
	c, comms, engine := serveComms(t)
	h := hearing{make(chan string)} // Unbuffered: the peer waits until the test hears it.
	comms.Register("slow", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { return h, nil })
	cell := c.execute("spin")
	<-engine.began
	c.send("shell", "comm_open", obj{"comm_id": "1", "target_name": "slow", "data": obj{}})
	first := c.send("shell", "comm_msg", obj{"comm_id": "1", "data": obj{"n": 1}})
	second := c.send("shell", "comm_msg", obj{"comm_id": "1", "data": obj{"n": 2}})
	// The peer has not taken the first yet, and the shell is served.
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	h.want(t, `message {"n":1}{}`)
	h.want(t, `message {"n":2}{}`)
	c.want(first)
	c.want(second)
	// What the kernel sends meanwhile is on behalf of the cell.
	if err := comms.Get("1").Send(exec.CommMessage{}); err != nil {
		t.Fatal(err)
	}
	if g := c.comm(t, "comm_msg"); g.parent != cell {
		t.Errorf("the parent is %s, want the cell's", g.parent)
	}
	c.send("control", "interrupt_request", obj{})
	c.reply("shell", "execute_reply", cell)
}

func TestCommOpenedAgainReplacesTheOldOne(t *testing.T) {
	c, comms, _ := serveComms(t)
	h := hearing{make(chan string, 10)}
	comms.Register("x", func(exec.Comm, exec.CommMessage) (exec.CommPeer, error) { return h, nil })
	for range 2 {
		c.want(c.send("shell", "comm_open", obj{"comm_id": "1", "target_name": "x", "data": obj{}}))
	}
	h.want(t, "closed ")
	c.want(c.send("shell", "comm_msg", obj{"comm_id": "1", "data": obj{}}))
	h.want(t, "message {}{}")
}
