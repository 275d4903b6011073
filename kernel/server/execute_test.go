package server

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

type obj = map[string]any

func TestExecutePublishesWhatTheCellProduces(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	code := "print one\nprint two\nwarn three\nshow d1\nupdate d1\nclear wait\nvalue 42"
	id := c.execute(code)
	equal(t, "reply", c.reply("shell", "execute_reply", id), obj{
		"status": "ok", "execution_count": 1.0, "user_expressions": obj{}, "payload": []any{},
	})
	out := c.want(id, "execute_input", "stream", "stream", "stream", "display_data", "update_display_data", "clear_output", "execute_result")
	equal(t, "execute_input", out[0].content, obj{"code": code, "execution_count": 1.0})
	equal(t, "stdout", out[1].content, obj{"name": "stdout", "text": "one\n"})
	out = out[1:]
	equal(t, "stdout", out[1].content, obj{"name": "stdout", "text": "two\n"})
	equal(t, "stderr", out[2].content, obj{"name": "stderr", "text": "three\n"})
	equal(t, "display_data", out[3].content, obj{
		"data": obj{"text/plain": "d1"}, "metadata": obj{}, "transient": obj{"display_id": "d1"},
	})
	equal(t, "update_display_data", out[4].content, obj{
		"data": obj{"text/plain": "new"}, "metadata": obj{"a": 1.0}, "transient": obj{"display_id": "d1"},
	})
	equal(t, "clear_output", out[5].content, obj{"wait": true})
	equal(t, "execute_result", out[6].content, obj{
		"execution_count": 1.0, "data": obj{"text/plain": "42"}, "metadata": obj{},
	})
}

func TestPagesComeWithTheReply(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("page help")
	equal(t, "payload", c.reply("shell", "execute_reply", id)["payload"], []any{
		obj{"source": "page", "data": obj{"text/plain": "help"}, "start": 0.0},
	})
	c.want(id, "execute_input")
}

func TestExecutionCounter(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	for _, step := range []struct {
		code   string
		change []any
		count  float64
	}{
		{"print", nil, 1},
		{"fail x", nil, 2},
		{"print", []any{"silent", true}, 3},
		{"print", []any{"store_history", false}, 3},
		{"print", nil, 3},
		{"  \n", nil, 3}, // Nothing to run: the counter as it stands.
		{"print", nil, 4},
	} {
		id := c.execute(step.code, step.change...)
		reply := c.reply("shell", "execute_reply", id)
		equal(t, "count of "+step.code, reply["execution_count"], step.count)
	}
}

func TestSilentShowsNeitherInputNorResult(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("value 1\nprint x\ncount", "silent", true, "allow_stdin", false)
	out := c.want(id, "stream", "stream")
	equal(t, "text", out[0].content["text"], "x\n")
	equal(t, "text", out[1].content["text"], "1 true false\n")
}

func TestFailureIsPublishedAndAnswered(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("print before\nfail reason\nprint after")
	equal(t, "reply", c.reply("shell", "execute_reply", id), obj{
		"status": "error", "ename": "Error", "evalue": "reason", "traceback": []any{"line 1", "line 2"}, "execution_count": 1.0,
	})
	out := c.want(id, "execute_input", "stream", "error")
	equal(t, "error", out[2].content, obj{"ename": "Error", "evalue": "reason", "traceback": []any{"line 1", "line 2"}})
}

func TestFailureAbortsTheQueue(t *testing.T) {
	for name, stop := range map[string]bool{"stop_on_error": true, "go on": false} {
		t.Run(name, func(t *testing.T) {
			engine := newScript()
			c := connect(t, serve(t, engine), "c")
			// The first cell waits for its answer, so that the others are queued when it fails.
			first := c.execute("ask go\nfail x", "stop_on_error", stop)
			c.recv("stdin")
			second, third := c.execute("print 2"), c.execute("print 3")
			// Requests are read in order: when this one is answered, the two are in the queue.
			info := c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
			equal(t, "execution_state", info["execution_state"], "busy")
			c.send("stdin", "input_reply", obj{"value": ""})
			equal(t, "first", c.reply("shell", "execute_reply", first)["status"], "error")
			if !stop {
				equal(t, "second", c.reply("shell", "execute_reply", second)["status"], "ok")
				equal(t, "third", c.reply("shell", "execute_reply", third)["status"], "ok")
				return
			}
			equal(t, "second", c.reply("shell", "execute_reply", second), obj{"status": "aborted"})
			equal(t, "third", c.reply("shell", "execute_reply", third), obj{"status": "aborted"})
			c.want(second)
			c.want(third)
			equal(t, "count", c.reply("shell", "execute_reply", c.execute("print 4"))["execution_count"], 2.0)
		})
	}
}

func TestUserExpressions(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("print x", "user_expressions", obj{"a": "print hidden\nvalue 7", "b": "fail no", "c": "print only", "d": "show pic", "e": "expression"})
	equal(t, "values", c.reply("shell", "execute_reply", id)["user_expressions"], obj{
		"a": obj{"status": "ok", "data": obj{"text/plain": "7"}, "metadata": obj{}},
		"b": obj{"status": "error", "ename": "Error", "evalue": "no", "traceback": []any{"line 1", "line 2"}},
		"c": obj{"status": "error", "ename": "NoValue", "evalue": "the expression has no value", "traceback": []any{"NoValue: the expression has no value"}},
		"d": obj{"status": "ok", "data": obj{"text/plain": "pic"}, "metadata": obj{}},
		"e": obj{"status": "ok", "data": obj{"text/plain": "true"}, "metadata": obj{}},
	})
	c.want(id, "execute_input", "stream")
}

func TestOutputAfterTheEndKeepsItsCell(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	first := c.execute("later from the first")
	c.want(first, "execute_input")
	second := c.execute("print x")
	c.want(second, "execute_input", "stream")
	close(engine.release)
	late := c.recv("iopub")
	if late.kind != "stream" || late.parent != first || late.content["text"] != "from the first\n" {
		t.Errorf("got %s of %s: %v", late.kind, late.parent, late.content)
	}
}

// Text was held back before it comes here: it must not wait again.
func TestTextIsPublishedAsItComes(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("flood")
	out := c.outputs(id)[1:]
	text := ""
	for _, g := range out {
		text += g.content["text"].(string)
	}
	if strings.Count(text, "\n") != 1000 || !strings.HasSuffix(text, "\n999\n") {
		t.Errorf("the text is not whole: %d lines", strings.Count(text, "\n"))
	}
	if len(out) != 1000 {
		t.Errorf("text that came in 1000 pieces was sent in %d messages", len(out))
	}
}

func TestOutputThatIsNoJSONIsReportedInTheCell(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("unshowable\nprint next")
	out := c.want(id, "execute_input", "stream", "stream")
	if text := out[1].content["text"].(string); !strings.Contains(text, "cannot be shown") {
		t.Errorf("got %q", text)
	}
	equal(t, "status", c.reply("shell", "execute_reply", id)["status"], "ok")
}

func TestPanicInTheEngineIsAnsweredAndTheKernelGoesOn(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	id := c.execute("panic oh")
	reply := c.reply("shell", "execute_reply", id)
	equal(t, "status", reply["status"], "error")
	equal(t, "evalue", reply["evalue"], "internal error in execute_request: oh")
	c.outputs(id)
	equal(t, "next", c.reply("shell", "execute_reply", c.execute("print x"))["status"], "ok")
}

func TestProgressOfTheEngineIsShownInTheCellThatWaits(t *testing.T) {
	goOn := make(chan struct{})
	c := connect(t, serveWith(t, Options{Engine: func(ctx context.Context, progress func(string)) (exec.Engine, error) {
		progress("building")
		<-goOn
		return newScript(), nil
	}}), "c")
	// While the engine is being made everything but cells is answered.
	equal(t, "kernel_info", c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))["status"], "ok")
	equal(t, "is_complete", c.reply("shell", "is_complete_reply", c.send("shell", "is_complete_request", obj{"code": "x"}))["status"], "unknown")
	id := c.execute("print x")
	for {
		if g := c.recv("iopub"); g.parent == id && g.kind == "stream" {
			equal(t, "progress", g.content["text"], "building\n")
			break
		}
	}
	close(goOn)
	equal(t, "reply", c.reply("shell", "execute_reply", id)["status"], "ok")
	if g := c.recv("iopub"); g.kind != "clear_output" {
		t.Errorf("after the progress came %s, want clear_output", g.kind)
	}
	equal(t, "output", c.recv("iopub").content["text"], "x\n")
}

func TestFailedEngineIsTriedAgain(t *testing.T) {
	tries := 0
	c := connect(t, serveWith(t, Options{Engine: func(context.Context, func(string)) (exec.Engine, error) {
		if tries++; tries == 1 {
			return nil, errors.New("no go command\ninstall Go")
		}
		return newScript(), nil
	}}), "c")
	reply := c.reply("shell", "execute_reply", c.execute("print x"))
	// The first attempt begins with the server; if it had failed before the cell came, the cell
	// made the second.
	if reply["status"] == "error" {
		equal(t, "ename", reply["ename"], "EngineError")
		equal(t, "evalue", reply["evalue"], "no go command")
		reply = c.reply("shell", "execute_reply", c.execute("print x"))
	}
	equal(t, "status", reply["status"], "ok")
}
