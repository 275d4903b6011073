package server

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// comms is the registry of comms. It implements exec.Comms for the engine, and takes what clients
// send.
//
// The messages of clients are handled by one goroutine (runComms), in the order in which they came:
// neither cells nor the goroutine that reads the shell socket wait for a peer that is slow.
type comms struct {
	server *Server

	// mu guards what follows: who answers for each target, who for all others (nil: nobody), the
	// open comms by name, the messages that wait, and the request whose message is being handled or
	// was last.
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
		return nil, fmt.Errorf("open a comm to %s: expected a new name. Got %q, which an open comm has", target, id)
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

// parent is the request on whose behalf a comm's message is published: that of the running cell, or
// else that of the client's message that is being handled or was last.
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
		return nil, fmt.Errorf("%s: expected a JSON object. Got %.80q", what, raw)
	}
	return raw, nil
}
