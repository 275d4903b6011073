package server

import "testing"

func TestCompletions(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	reply := c.reply("shell", "complete_reply", c.send("shell", "complete_request", obj{"code": "print", "cursor_pos": 3}))
	equal(t, "reply", reply, obj{"status": "ok", "matches": []any{"printed"}, "cursor_start": 0.0, "cursor_end": 3.0,
		"metadata": obj{"_jupyter_types_experimental": []any{
			obj{"start": 0.0, "end": 3.0, "text": "printed", "type": "function", "signature": "func()", "documentation": "Doc."}}}})
}

func TestOnlyTheLastOfSeveralCompletionsIsWorkedOut(t *testing.T) {
	engine := newScript()
	c := connect(t, serve(t, engine), "c")
	first := c.send("shell", "complete_request", obj{"code": "slow"})
	<-engine.began
	second := c.send("shell", "complete_request", obj{"code": "b"})
	third := c.send("shell", "complete_request", obj{"code": "c"})
	// The socket is read in order: when this is answered, the two are waiting.
	c.reply("shell", "kernel_info_reply", c.send("shell", "kernel_info_request", obj{}))
	close(engine.release)
	equal(t, "first", c.reply("shell", "complete_reply", first)["matches"], []any{"slowed"})
	equal(t, "second", c.reply("shell", "complete_reply", second)["matches"], []any{})
	equal(t, "third", c.reply("shell", "complete_reply", third)["matches"], []any{"ced"})
}

func TestInspection(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	reply := c.reply("shell", "inspect_reply", c.send("shell", "inspect_request", obj{"code": "x", "cursor_pos": 1, "detail_level": 1}))
	equal(t, "reply", reply, obj{"status": "ok", "found": true, "data": obj{"text/plain": "x at 1 in detail 1"}, "metadata": obj{}})
	reply = c.reply("shell", "inspect_reply", c.send("shell", "inspect_request", obj{"code": "nothing"}))
	equal(t, "reply", reply, obj{"status": "ok", "found": false, "data": obj{}, "metadata": obj{}})
}
