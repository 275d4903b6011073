package host

import (
	"fmt"
	"maps"
	"time"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// Methods of values are called to look at them, and may wait for what never comes: how long that
// may take for one variable, and for all.
const (
	inspectTime    = time.Second
	inspectAllTime = 3 * time.Second
)

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
	h.inspecting.Lock() // methods of values need not bear being called at the same time
	if m.Name != "" {
		reply.Data = h.inspectOne(m)
	} else {
		reply.Data = h.inspectAll(m.Args)
	}
	h.inspecting.Unlock()
	h.out.send(reply, unordered)
}

func (h *host) inspectAll(args []string) map[string]any {
	busy := h.busy()
	list := make([]display.Variable, 0, len(args)/3)
	end := time.Now().Add(inspectAllTime)
	for i := 0; i+2 < len(args); i += 3 {
		if p := rt.Var(args[i], args[i+1]); p != nil {
			list = append(list, h.look(args[i], args[i+2], p, busy || h.busy(), time.Until(end)))
		}
	}
	return map[string]any{"busy": busy, "variables": list, "table": display.Variables(list, busy)}
}

// look describes one variable. If its methods do not let that end, it is described without them.
func (h *host) look(name, typ string, pointer any, changing bool, left time.Duration) display.Variable {
	d := display.Variable{}
	err := errNoAnswer
	if changing {
		return display.Describe(name, typ, pointer, true)
	} else if left > 0 {
		err = h.askOf(pointer, min(left, inspectTime), func() any { return display.Describe(name, typ, pointer, false) }, func(v any) { d = v.(display.Variable) })
	}
	if err != nil {
		d = display.Describe(name, typ, pointer, true)
		d.Value = fmt.Sprintf("(cannot be read: %v)", err)
	}
	return d
}

// askOf is ask for f, which looks at what pointer points to, and hands its result to take. While an
// earlier look at it has not ended, there is no answer.
func (h *host) askOf(pointer any, patience time.Duration, f func() any, take func(any)) error {
	if done := h.stuck[pointer]; done != nil {
		select {
		case <-done:
			delete(h.stuck, pointer)
		default:
			return errNoAnswer
		}
	}
	done, result := make(chan struct{}), make(chan any, 1)
	err := ask(0, patience, func() { result <- f() }, done)
	switch err {
	case nil:
		take(<-result)
	case errNoAnswer:
		h.stuck[pointer] = done
	}
	return err
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
	err := h.askOf(p, inspectAllTime, func() any { return encoded(display.Pointed(p)) }, func(v any) { maps.Copy(data, v.(map[string]any)) })
	if err != nil {
		data[display.MIMEText] = fmt.Sprintf("cannot be shown: %v", err)
	}
	return map[string]any{"busy": false, "data": data}
}
