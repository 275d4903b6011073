package server

import (
	"sync"

	"github.com/gonbml/gonbml/kernel/history"
	"github.com/gonbml/gonbml/kernel/message"
)

// counter numbers the cells. Its methods may be called from several goroutines.
type counter struct {
	mu sync.Mutex
	n  int
}

// last returns the number of the last cell that was counted, 0 before the first.
func (c *counter) last() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// next returns the number of the cell that begins. One that is not counted leaves its number to the
// next.
func (c *counter) next(counted bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if counted {
		c.n++
		return c.n
	}
	return c.n + 1
}

// answerHistory answers history_request. The input as it was typed is the only form there is,
// whatever "raw" says.
func (s *Server) answerHistory(r *request) error {
	c, err := message.ParseHistory(r.Request)
	if err != nil {
		return err
	}
	var entries []history.Entry
	switch c.Access {
	case "range":
		entries = s.history.Range(c.Session, c.Start, c.Stop)
	case "search":
		entries = s.history.Search(c.Pattern, c.N, c.Unique)
	default:
		entries = s.history.Tail(c.N)
	}
	found := [][3]any{}
	for _, e := range entries {
		var text any = e.Input
		if c.Output && e.Output == "" {
			text = [2]any{e.Input, nil}
		} else if c.Output {
			text = [2]any{e.Input, e.Output}
		}
		found = append(found, [3]any{e.Session, e.Line, text})
	}
	s.reply(r, "history_reply", message.HistoryReply{Status: "ok", History: found})
	return nil
}
