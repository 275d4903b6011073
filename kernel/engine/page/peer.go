package page

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// disconnect forgets the page; the caller holds mu.
func (p *Page) disconnect() {
	p.comm, p.refused = nil, false
	p.opened = make(chan struct{})
}

// open is the exec.CommTarget of pages. The page is connected when it has heard the answer: a Jupyter server may hand the
// page's first message to the kernel before it hands on what the kernel publishes.
func (p *Page) open(c exec.Comm, _ exec.CommMessage) (exec.CommPeer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.comm != nil { // a page that was loaded again, or a second one
		_ = p.comm.Close(exec.CommMessage{}) // cannot fail without data
		p.disconnect()
	}
	if p.coming != nil {
		_ = p.coming.Close(exec.CommMessage{})
	}
	p.coming = c
	sendTo(c, message{Address: openedAddress, Value: true})
	return peer{p, c}, nil
}

// connected is called when the page that opened the comm is known to hear us; the caller holds mu.
func (p *Page) connected(c exec.Comm) {
	p.comm, p.coming, p.refused = c, nil, false
	for _, m := range p.waiting {
		p.send(m)
	}
	p.waiting = nil
	close(p.opened)
	p.hide()
}

// peer takes what one page says.
type peer struct {
	p *Page
	c exec.Comm
}

// Message implements exec.CommPeer.
func (pp peer) Message(m exec.CommMessage) {
	var data message
	if json.Unmarshal(m.Data, &data) != nil || data.Address == "" {
		return // not one of ours
	}
	p := pp.p
	p.mu.Lock()
	if p.coming == pp.c && data.Address != pingAddress {
		p.connected(pp.c)
	}
	if p.comm != pp.c && p.coming != pp.c {
		p.mu.Unlock()
		return
	}
	p.heard = time.Now()
	switch data.Address {
	case pingAddress:
		sendTo(pp.c, message{Address: pongAddress, Value: true})
	case pongAddress:
		select {
		case p.pong <- struct{}{}:
		default:
		}
	}
	p.mu.Unlock()
	if !strings.HasPrefix(data.Address, "#") {
		p.toPrograms(data.Address, data.Value)
	}
}

// Closed implements exec.CommPeer.
func (pp peer) Closed(exec.CommMessage) {
	pp.p.mu.Lock()
	defer pp.p.mu.Unlock()
	switch pp.c {
	case pp.p.comm:
		pp.p.disconnect()
	case pp.p.coming:
		pp.p.coming = nil
	}
}
