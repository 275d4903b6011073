package server

import (
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// isComplete answers is_complete_request; before the engine exists nothing is known of the text.
func (s *Server) isComplete(r *request) error {
	c, err := message.ParseIsComplete(r.Request)
	if err != nil {
		return err
	}
	answer := exec.Completeness{Status: "unknown"}
	if e := s.engine.ready(); e != nil {
		answer = e.IsComplete(c.Code)
	}
	content := message.IsCompleteReply{Status: answer.Status}
	if answer.Status == "incomplete" {
		content.Indent = &answer.Indent
	}
	s.reply(r, "is_complete_reply", content)
	return nil
}

// complete answers complete_request with no matches.
func (s *Server) complete(r *request) error {
	c, err := message.ParseComplete(r.Request)
	if err != nil {
		return err
	}
	s.reply(r, "complete_reply", message.CompleteReply{
		Status: "ok", Matches: []string{}, CursorStart: c.CursorPos, CursorEnd: c.CursorPos, Metadata: map[string]any{},
	})
	return nil
}

// inspect answers inspect_request with nothing found.
func (s *Server) inspect(r *request) error {
	if _, err := message.ParseInspect(r.Request); err != nil {
		return err
	}
	s.reply(r, "inspect_reply", message.InspectReply{Status: "ok", Data: exec.Bundle{}, Metadata: map[string]any{}})
	return nil
}
