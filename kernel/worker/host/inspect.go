package host

import (
	"fmt"
	"maps"
	"time"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// inspectTime is how long looking at all variables may take: methods of values are called, and may
// wait for what never comes.
const inspectTime = 2 * time.Second

// busy says whether code of a cell may be running and writing to variables.
func (h *host) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.runs) > 0 || rt.Busy()
}

// inspect answers a request to look at variables. The reply's Data has "busy" and either
// "variables" and their "table", or the "data" of the one that was asked for.
func (h *host) inspect(m *frame.Message) {
	reply := &frame.Message{Kind: frame.Reply, ID: m.ID}
	result := make(chan map[string]any, 1)
	if m.Name != "" {
		go func() { result <- h.inspectOne(m) }()
	} else {
		go func() { result <- h.inspectAll(m.Args) }()
	}
	select {
	case reply.Data = <-result:
	case <-time.After(inspectTime):
		reply.Error = fmt.Sprintf("the variables did not let themselves be looked at within %v: a method of one of them waits for something", inspectTime)
	}
	h.out.send(reply, unordered)
}

func (h *host) inspectAll(args []string) map[string]any {
	busy := h.busy()
	list := make([]display.Variable, 0, len(args)/3)
	for i := 0; i+2 < len(args); i += 3 {
		if p := rt.Var(args[i], args[i+1]); p != nil {
			list = append(list, display.Describe(args[i], args[i+2], p, busy || h.busy()))
		}
	}
	return map[string]any{"busy": busy, "variables": list, "table": display.Variables(list, busy)}
}

func (h *host) inspectOne(m *frame.Message) map[string]any {
	p := rt.Var(m.Name, m.Path)
	if p == nil {
		return map[string]any{"busy": h.busy(), "data": nil}
	}
	busy := h.busy()
	if busy {
		d := display.Describe(m.Name, m.Text, p, true)
		return map[string]any{"busy": true, "data": map[string]any{display.MIMEText: d.Value}}
	}
	data := map[string]any{}
	maps.Copy(data, display.Pointed(p))
	return map[string]any{"busy": false, "data": data}
}
