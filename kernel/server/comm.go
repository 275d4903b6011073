package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// comms is the registry of comms. It implements exec.Comms for the engine, and takes what clients send.
//
// The messages of clients are handled by one goroutine (runComms), in the order in which they came: neither cells nor
// the goroutine that reads the shell socket wait for a peer that is slow.
type comms struct {
	server *Server

	// mu guards what follows: who answers for each target, who for all others (nil: nobody), the open comms by name, the
	// messages that wait, and the request whose message is being handled or was last.
	mu       sync.Mutex
	targets  map[string]exec.CommTarget
	fallback exec.CommTarget
	open     map[string]*comm
	waiting  []*request
	last     *request
	// wake holds a value when waiting may have grown.
	wake chan struct{}
}

var _ exec.Comms = (*comms)(nil)

func newComms(s *Server) *comms {
	return &comms{server: s, targets: map[string]exec.CommTarget{}, open: map[string]*comm{}, wake: make(chan struct{}, 1)}
}

// Register implements exec.Comms.
func (c *comms) Register(target string, t exec.CommTarget) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t == nil {
		delete(c.targets, target)
	} else {
		c.targets[target] = t
	}
}

// RegisterFallback implements exec.Comms.
func (c *comms) RegisterFallback(t exec.CommTarget) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fallback = t
}

// Get implements exec.Comms.
func (c *comms) Get(id string) exec.Comm {
	if found := c.get(id); found != nil {
		return found
	}
	return nil // Not found: a nil pointer in an interface is not nil.
}

func (c *comms) get(id string) *comm {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[id]
}

// Open implements exec.Comms.
func (c *comms) Open(id, target string, m exec.CommMessage, peer exec.CommPeer) (exec.Comm, error) {
	if id == "" {
		id = rand.Text()
	}
	opened := &comm{all: c, id: id, target: target, peer: peer}
	c.mu.Lock()
	taken := c.open[id] != nil
	if !taken {
		c.open[id] = opened
	}
	c.mu.Unlock()
	if taken {
		return nil, fmt.Errorf("open a comm to %s: Expected a new name. Got %q, which an open comm has", target, id)
	}
	if err := opened.publish("comm_open", m); err != nil {
		c.remove(opened)
		return nil, err
	}
	return opened, nil
}

// remove forgets the comm and says whether it was open.
func (c *comms) remove(closed *comm) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[closed.id] != closed {
		return false
	}
	delete(c.open, closed.id)
	return true
}

// parent is the request on whose behalf a comm's message is published: that of the running cell, or else that of the
// client's message that is being handled or was last.
func (c *comms) parent() *request {
	if r := c.server.runningRequest(); r != nil {
		return r
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// comm implements exec.Comm.
type comm struct {
	all        *comms
	id, target string
	peer       exec.CommPeer
}

// ID implements exec.Comm.
func (c *comm) ID() string { return c.id }

// Target implements exec.Comm.
func (c *comm) Target() string { return c.target }

// Send implements exec.Comm.
func (c *comm) Send(m exec.CommMessage) error {
	if c.all.get(c.id) != c {
		return nil
	}
	return c.publish("comm_msg", m)
}

// Close implements exec.Comm.
func (c *comm) Close(m exec.CommMessage) error {
	if !c.all.remove(c) {
		return nil
	}
	return c.publish("comm_close", m)
}

func (c *comm) publish(kind string, m exec.CommMessage) error {
	data, err := jsonObject("data", m.Data)
	if err != nil {
		return fmt.Errorf("%s of comm %s: %w", kind, c.target, err)
	}
	metadata, err := jsonObject("metadata", m.Metadata)
	if err != nil {
		return fmt.Errorf("%s of comm %s: %w", kind, c.target, err)
	}
	var content any = message.CommMsg{CommID: c.id, Data: data}
	if kind == "comm_open" {
		content = message.CommOpen{CommID: c.id, TargetName: c.target, Data: data}
	}
	return c.all.server.publishWith(c.all.parent(), kind, content, metadata, m.Buffers)
}

// jsonObject checks that raw is a JSON object; nothing counts as an empty one.
func jsonObject(what string, raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return json.RawMessage("{}"), nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return nil, fmt.Errorf("%s: Expected a JSON object. Got %.80q", what, raw)
	}
	return raw, nil
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

// runComms handles the messages of comms until ctx ends. It begins when the engine has been made, or could not be: before
// that nobody has registered a target.
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

// commOpen opens a comm for a client. One whose target is not known or refuses it is closed at once, as the protocol asks.
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
	if old != nil && old.peer != nil { // The client has lost its old comm, or it would not give the name again.
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
