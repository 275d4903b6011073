package server

import (
	"context"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
)

func TestHistoryIsThatOfAllSessions(t *testing.T) {
	dir := t.TempDir()
	for session := 1; session <= 2; session++ {
		log := history.New(dir)
		t.Cleanup(func() { log.Close() })
		c := connect(t, serveWith(t, Options{
			Engine:  func(context.Context, func(string)) (exec.Engine, error) { return newScript(), nil },
			History: log,
		}), "c")
		for _, code := range []string{"print one", "value 2", "fail x"} {
			c.reply("shell", "execute_reply", c.execute(code))
		}
		c.reply("shell", "execute_reply", c.execute("print hidden", "silent", true))
		c.reply("shell", "execute_reply", c.execute("print not stored", "store_history", false))
		if session == 1 {
			continue
		}
		ask := func(content obj) any {
			t.Helper()
			reply := c.reply("shell", "history_reply", c.send("shell", "history_request", content))
			equal(t, "status", reply["status"], "ok")
			return reply["history"]
		}
		equal(t, "tail", ask(obj{"hist_access_type": "tail", "n": 4}), []any{
			[]any{1.0, 3.0, "fail x"}, []any{2.0, 1.0, "print one"}, []any{2.0, 2.0, "value 2"}, []any{2.0, 3.0, "fail x"},
		})
		equal(t, "range", ask(obj{"hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": true}), []any{
			[]any{2.0, 1.0, []any{"print one", nil}}, []any{2.0, 2.0, []any{"value 2", "2"}},
		})
		equal(t, "range of the session before", ask(obj{"hist_access_type": "range", "session": -1, "start": 2, "stop": 3}), []any{
			[]any{1.0, 2.0, "value 2"},
		})
		equal(t, "search", ask(obj{"hist_access_type": "search", "pattern": "*e*", "n": 2, "unique": true}), []any{
			[]any{2.0, 1.0, "print one"}, []any{2.0, 2.0, "value 2"},
		})
		equal(t, "search for nothing", ask(obj{"hist_access_type": "search", "pattern": "nobody typed this"}), []any{})
	}
}
