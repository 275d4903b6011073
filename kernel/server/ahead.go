package server

import (
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// announce tells an engine that wants to know about them of the cells waiting in the lane that it
// has not heard of yet.
func (s *Server) announce(l *lane) {
	e, ok := s.engine.ready().(exec.Lookahead)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.waiting {
		if r.announced {
			continue
		}
		r.announced = true
		if c, err := message.ParseExecute(r.Request); err == nil && strings.TrimSpace(c.Code) != "" {
			e.Announce(l.id, c.Code)
		}
	}
}

// tellLanes lets an engine that has lanes know of something.
func (s *Server) tellLanes(what string, f func(exec.Lanes)) {
	if e, ok := s.engine.ready().(exec.Lanes); ok {
		s.tell(what, func() { f(e) })
	}
}

// withdraw tells the engine that the cells waiting in the lane will not come after all.
func (s *Server) withdraw(l *lane) {
	if e, ok := s.engine.ready().(exec.Lookahead); ok {
		e.Withdraw(l.id)
	}
}
