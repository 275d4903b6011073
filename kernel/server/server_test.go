package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/wire"
)

func TestKernelInfo(t *testing.T) {
	engine := newScript()
	c := connect(t, serveWith(t, Options{
		Engine:  func(context.Context, func(string)) (exec.Engine, error) { return engine, nil },
		Version: "1.2.3", GoVersion: "1.26.8",
	}), "c")
	for _, channel := range []string{"shell", "control"} {
		id := c.send(channel, "kernel_info_request", obj{})
		info := c.reply(channel, "kernel_info_reply", id)
		equal(t, "language_info", info["language_info"], obj{
			"name": "go", "version": "1.26.8", "mimetype": "text/x-go", "file_extension": ".go", "pygments_lexer": "go",
			"codemirror_mode": "go", "nbconvert_exporter": "script",
		})
		equal(t, "protocol_version", info["protocol_version"], "5.5")
		equal(t, "implementation", info["implementation"].(string)+info["implementation_version"].(string), "gonbml1.2.3")
		equal(t, "supported_features", info["supported_features"], []any{"iopub_welcome", "kernel subshells"})
		equal(t, "status", info["status"], "ok")
		equal(t, "execution_state", info["execution_state"], "idle")
		c.want(id)
	}
}

func TestWelcomeComesUnderTheTopicThatWasAskedFor(t *testing.T) {
	s := serve(t, newScript())
	sub := zmq4.NewSub(t.Context())
	defer sub.Close()
	if err := sub.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", s.Connection().IOPubPort)); err != nil {
		t.Fatal(err)
	}
	if err := sub.SetOption(zmq4.OptionSubscribe, "stream"); err != nil {
		t.Fatal(err)
	}
	msg, err := sub.Recv()
	if err != nil || string(msg.Frames[0]) != "stream" {
		t.Fatalf("got %q, %v", msg.Frames, err)
	}
	m, err := wire.NewSigner(key).Decode(msg.Frames)
	if err != nil || string(m.Content) != `{"subscription":"stream"}` {
		t.Errorf("got %s, %v", m.Content, err)
	}
}

func TestNothingWaitsForARunningCell(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	cell := c.execute("spin")
	<-engine.began
	for _, request := range []struct{ channel, kind, reply string }{
		{"shell", "kernel_info_request", "kernel_info_reply"},
		{"control", "kernel_info_request", "kernel_info_reply"},
		{"shell", "complete_request", "complete_reply"},
		{"shell", "inspect_request", "inspect_reply"},
		{"shell", "is_complete_request", "is_complete_reply"},
		{"shell", "history_request", "history_reply"},
		{"shell", "comm_info_request", "comm_info_reply"},
	} {
		id := c.send(request.channel, request.kind, obj{"code": "x"})
		if status := c.reply(request.channel, request.reply, id)["status"]; status == "error" {
			t.Errorf("%s failed", request.kind)
		}
		c.want(id)
		// Front ends show the last status: it must be that of the cell.
		last := c.recv("iopub")
		if last.kind != "status" || last.parent != cell || last.content["execution_state"] != "busy" {
			t.Errorf("after %s came %s %v", request.kind, last.kind, last.content)
		}
	}
	c.send("control", "interrupt_request", obj{})
	c.reply("shell", "execute_reply", cell)
}

func TestInterruptStopsTheCellAndAbortsTheQueue(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	cell := c.execute("spin")
	<-engine.began
	queued := c.execute("print x")
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	id := c.send("control", "interrupt_request", obj{})
	equal(t, "reply", c.reply("control", "interrupt_reply", id), obj{"status": "ok"})
	replies := map[string]any{}
	for range 2 {
		g := c.recv("shell")
		replies[g.parent] = g.content["status"]
	}
	equal(t, "replies", replies, obj{cell: "error", queued: "aborted"})
	equal(t, "next", c.reply("shell", "execute_reply", c.execute("print y"))["status"], "ok")
}

func TestInterruptDoesNotReachTheNextCell(t *testing.T) {
	engine := newScript()
	engine.slow = tellLimit / 3
	c := connect(t, serve(t, engine), "c")
	for range 3 {
		cell := c.execute("spin")
		<-engine.began
		c.send("control", "interrupt_request", obj{})
		equal(t, "the cell", c.reply("shell", "execute_reply", cell)["ename"], "Interrupted")
		next := c.execute("ask x")
		c.recv("stdin")
		c.recv("control")
		c.send("stdin", "input_reply", obj{"value": ""})
		equal(t, "the next", c.reply("shell", "execute_reply", next)["status"], "ok")
	}
}

func TestInterruptEndsTheWaitForTheEngine(t *testing.T) {
	begun := make(chan struct{})
	c := connect(t, serveWith(t, Options{Engine: func(ctx context.Context, progress func(string)) (exec.Engine, error) {
		progress("building")
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}}), "c")
	<-begun
	id := c.execute("print x")
	for g := c.recv("iopub"); g.kind != "stream"; g = c.recv("iopub") {
	}
	c.reply("control", "interrupt_reply", c.send("control", "interrupt_request", obj{}))
	reply := c.reply("shell", "execute_reply", id)
	equal(t, "ename", reply["ename"], "Interrupted")
}

func TestInterruptWithoutACellDoesNothing(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	c.reply("control", "interrupt_reply", c.send("control", "interrupt_request", obj{}))
	equal(t, "next", c.reply("shell", "execute_reply", c.execute("print y"))["status"], "ok")
}

func TestAnEngineThatDoesNotCloseIsNotWaitedForForEver(t *testing.T) {
	engine := newScript()
	engine.slow = time.Minute
	s, err := Bind(wire.Connection{Transport: "tcp", IP: "127.0.0.1", Key: key}, Options{Engine: func(context.Context, func(string)) (exec.Engine, error) { return engine, nil }})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(context.Background()) }()
	c := connect(t, s, "c")
	c.reply("shell", "execute_reply", c.execute("print x"))
	s.Stop()
	if err := testlimit.Receive(t, "the end of the server", ended); err == nil || !strings.Contains(err.Error(), "has not closed") {
		t.Errorf("got %v, want that told", err)
	}
}

func TestShutdownIsAnsweredToAllAndEndsTheServer(t *testing.T) {
	for _, restart := range []bool{false, true} {
		engine := newScript()
		s := serve(t, engine)
		c := connect(t, s, "c")
		c.execute("spin")
		<-engine.began
		id := c.send("control", "shutdown_request", obj{"restart": restart})
		want := obj{"status": "ok", "restart": restart}
		equal(t, "reply", c.reply("control", "shutdown_reply", id), want)
		c.want(id, "shutdown_reply")
		testlimit.Receive(t, "the end of the engine", engine.closed)
	}
}

func TestStartingIsPublishedOnce(t *testing.T) {
	// A subscriber that asks before Serve begins sees the very first message.
	s, err := Bind(wire.Connection{Transport: "tcp", IP: "127.0.0.1", Key: key}, Options{
		Engine: func(context.Context, func(string)) (exec.Engine, error) { return newScript(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, s, "c")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	first := c.recv("iopub")
	if first.kind != "status" || first.content["execution_state"] != "starting" || first.parent != "" {
		t.Errorf("first is %s %v of %q", first.kind, first.content, first.parent)
	}
	c.want(c.send("shell", "kernel_info_request", obj{}))
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStdin(t *testing.T) {
	engine := newScript()
	s := serve(t, engine)
	asker, other := connect(t, s, "asker"), connect(t, s, "other")
	id := asker.execute("ask Name:\nsecret Key:")
	q := asker.recv("stdin")
	equal(t, "question", q.content, obj{"prompt": "Name:", "password": false})
	if q.kind != "input_request" || q.parent != id {
		t.Errorf("got %s of %s", q.kind, q.parent)
	}
	other.send("stdin", "input_reply", obj{"value": "not asked"})
	other.reply("shell", "kernel_info_reply", other.send("shell", "kernel_info_request", obj{}))
	asker.send("stdin", "input_reply", obj{"value": "Ann"})
	equal(t, "question", asker.recv("stdin").content, obj{"prompt": "Key:", "password": true})
	asker.send("stdin", "input_reply", obj{"value": "1234"})
	equal(t, "status", asker.reply("shell", "execute_reply", id)["status"], "ok")
	text := ""
	for _, g := range asker.outputs(id)[1:] {
		text += g.content["text"].(string)
	}
	equal(t, "text", text, "got Ann\ngot 1234\n")
}

func TestStdinFails(t *testing.T) {
	t.Run("not allowed", func(t *testing.T) {
		c := connect(t, serve(t, newScript()), "c")
		reply := c.reply("shell", "execute_reply", c.execute("ask x", "allow_stdin", false))
		if !strings.Contains(reply["evalue"].(string), "allow_stdin") {
			t.Errorf("got %v", reply)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		c := connect(t, serve(t, newScript()), "c")
		id := c.execute("ask x")
		c.recv("stdin")
		c.send("control", "interrupt_request", obj{})
		equal(t, "status", c.reply("shell", "execute_reply", id)["status"], "error")
	})
	t.Run("answer of the wrong type", func(t *testing.T) {
		c := connect(t, serve(t, newScript()), "c")
		id := c.execute("ask x")
		c.recv("stdin")
		c.send("stdin", "input_reply", obj{"value": 1})
		reply := c.reply("shell", "execute_reply", id)
		if !strings.Contains(reply["evalue"].(string), `field "value": expected a string`) {
			t.Errorf("got %v", reply)
		}
	})
}

func TestTwoClientsSeeEachOther(t *testing.T) {
	s := serve(t, newScript())
	a, b := connect(t, s, "a"), connect(t, s, "b")
	id := a.execute("print x")
	a.reply("shell", "execute_reply", id)
	for _, c := range []*client{a, b} {
		out := c.want(id, "execute_input", "stream")
		equal(t, "text", out[1].content["text"], "x\n")
	}
	equal(t, "count", b.reply("shell", "execute_reply", b.execute("print y"))["execution_count"], 2.0)
	if len(a.in["shell"]) != 0 {
		t.Error("a got the reply to b")
	}
}

func TestEditorRequests(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	ask := func(kind string, content any) obj {
		t.Helper()
		return c.reply("shell", kind+"_reply", c.send("shell", kind+"_request", content))
	}
	// The first cell's end tells that the engine is there.
	c.reply("shell", "execute_reply", c.execute("print x"))
	equal(t, "complete", ask("is_complete", obj{"code": "x"}), obj{"status": "complete"})
	equal(t, "incomplete", ask("is_complete", obj{"code": "f {"}), obj{"status": "incomplete", "indent": "\t"})
	equal(t, "panic", ask("is_complete", obj{"code": "panic"})["status"], "error")
	equal(t, "after it", ask("is_complete", obj{"code": "x"}), obj{"status": "complete"})
}

func TestWrongRequestsAreAnsweredWithAnError(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	for _, r := range []struct {
		channel, kind string
		content       any
		want          string
	}{
		{"shell", "execute_request", obj{}, `field "code" is missing`},
		{"shell", "execute_request", obj{"code": 1}, `field "code": expected a string, got a JSON number`},
		{"shell", "complete_request", obj{"code": "x", "cursor_pos": "1"}, `field "cursor_pos"`},
		{"shell", "history_request", obj{"n": "1"}, `field "n"`},
		{"shell", "unheard_of_request", obj{}, "does not answer unheard_of_request"},
		{"control", "debug_request", obj{}, "does not answer debug_request"},
		{"control", "execute_request", obj{"code": "x"}, "does not answer execute_request"},
	} {
		id := c.send(r.channel, r.kind, r.content)
		reply := c.reply(r.channel, strings.TrimSuffix(r.kind, "request")+"reply", id)
		equal(t, r.kind, reply["status"], "error")
		if !strings.Contains(reply["evalue"].(string), r.want) {
			t.Errorf("%s %v: got %v, want %q", r.kind, r.content, reply["evalue"], r.want)
		}
		c.want(id)
	}
	// Messages that cannot be answered are dropped, and the next one is served.
	for _, header := range []string{`{}`, `{"msg_type":7}`, `{"msg_type":"x_request","msg_id":[]}`} {
		frames := c.signer.Encode(wire.Message{Header: json.RawMessage(header)})
		if err := c.socks["shell"].SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
			t.Fatal(err)
		}
	}
	c.want(c.send("shell", "comm_open", obj{"comm_id": 5}))
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
}
