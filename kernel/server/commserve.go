package server

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// commHandlers are the messages of comms; they wait for one another and for nothing else.
var commHandlers = map[string]handler{
	"comm_open":  (*Server).commOpen,
	"comm_msg":   (*Server).commMsg,
	"comm_close": (*Server).commClose,
}

func (c *comms) add(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, r)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take waits for the next message of a client.
func (c *comms) take(ctx context.Context) (*request, error) {
	for {
		c.mu.Lock()
		if len(c.waiting) > 0 {
			defer c.mu.Unlock()
			c.last, c.waiting = c.waiting[0], c.waiting[1:]
			return c.last, nil
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// runComms handles the messages of comms until ctx ends. It begins when the engine has been made,
// or could not be: before that nobody has registered a target.
func (s *Server) runComms(ctx context.Context) {
	select {
	case <-s.engine.start(ctx).done:
	case <-ctx.Done():
		return
	}
	for {
		r, err := s.comms.take(ctx)
		if err != nil {
			return
		}
		s.dispatch(r, commHandlers[r.Header.Type])
	}
}

// commOpen opens a comm for a client. One whose target is not known or refuses it is closed at
// once, as the protocol asks.
func (s *Server) commOpen(r *request) error {
	c, err := message.ParseCommOpen(r.Request)
	if err != nil {
		return err
	}
	opened := &comm{all: s.comms, id: c.CommID, target: c.TargetName}
	s.comms.mu.Lock()
	target, known := s.comms.targets[c.TargetName]
	if !known {
		target = s.comms.fallback
	}
	old := s.comms.open[c.CommID]
	s.comms.open[c.CommID] = opened
	s.comms.mu.Unlock()
	// The client has lost its old comm, or it would not give the name again.
	if old != nil && old.peer != nil {
		old.peer.Closed(exec.CommMessage{})
	}
	defer func() { // Also when the target panics.
		if opened.peer == nil {
			opened.Close(exec.CommMessage{})
		}
	}()
	err = errors.New("nobody answers for it")
	if target != nil {
		opened.peer, err = target(opened, commContent(r, c.Data))
	}
	if err != nil {
		opened.peer = nil
		s.log.Warn("comm refused", "target", c.TargetName, "error", err)
	}
	return nil
}

// commMsg hands a message to the comm that it is for.
func (s *Server) commMsg(r *request) error {
	c, err := message.ParseCommMsg(r.Request)
	if err != nil {
		return err
	}
	if to := s.comms.get(c.CommID); to != nil && to.peer != nil {
		to.peer.Message(commContent(r, c.Data))
	} else {
		s.log.Warn("message dropped", "error", "a comm that is not open", "comm", c.CommID)
	}
	return nil
}

// commClose closes a comm for a client.
func (s *Server) commClose(r *request) error {
	c, err := message.ParseCommMsg(r.Request)
	if err != nil {
		return err
	}
	if closed := s.comms.get(c.CommID); closed != nil && s.comms.remove(closed) && closed.peer != nil {
		closed.peer.Closed(commContent(r, c.Data))
	}
	return nil
}

func commContent(r *request, data json.RawMessage) exec.CommMessage {
	return exec.CommMessage{Data: data, Metadata: r.Raw.Metadata, Buffers: r.Raw.Buffers}
}

// commInfo answers comm_info_request.
func (s *Server) commInfo(r *request) error {
	c, err := message.ParseCommInfo(r.Request)
	if err != nil {
		return err
	}
	found := map[string]any{}
	s.comms.mu.Lock()
	for id, open := range s.comms.open {
		if c.TargetName == "" || c.TargetName == open.target {
			found[id] = message.CommTarget{TargetName: open.target}
		}
	}
	s.comms.mu.Unlock()
	s.reply(r, "comm_info_reply", message.CommInfoReply{Status: "ok", Comms: found})
	return nil
}
