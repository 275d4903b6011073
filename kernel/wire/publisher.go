package wire

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
)

// Publisher is a listening XPUB socket. A subscriber gets every message whose topic begins with
// what it subscribed to, in the order of the calls to Send.
type Publisher struct {
	listener
	signer *Signer
	// first makes what a new subscription is answered with; nil for nothing.
	first func(topic string) [][]byte

	// sending guards topics, and the order of messages.
	sending sync.Mutex
	topics  map[*peer]map[string]int
}

func newPublisher(l net.Listener, signer *Signer, first func(string) [][]byte, log *slog.Logger) *Publisher {
	p := &Publisher{signer: signer, first: first, topics: map[*peer]map[string]int{}}
	p.listener = listener{net: l, kind: publisherKind, log: log, joined: func(*peer) {}, received: p.subscribe, left: p.leave}
	p.start()
	return p
}

// subscribe takes a subscription (first byte 1) or its end (0); other messages of a subscriber mean
// nothing to us.
func (p *Publisher) subscribe(from *peer, frames [][]byte) {
	if len(frames) != 1 || len(frames[0]) == 0 || frames[0][0] > 1 {
		return
	}
	topic := string(frames[0][1:])
	p.sending.Lock()
	defer p.sending.Unlock()
	topics := p.topics[from]
	if frames[0][0] == 0 {
		if topics[topic]--; topics[topic] <= 0 {
			delete(topics, topic)
		}
		return
	}
	if topics == nil {
		topics = map[string]int{}
		p.topics[from] = topics
	}
	topics[topic]++
	if p.first != nil {
		from.send(p.first(topic))
	}
}

func (p *Publisher) leave(from *peer) {
	p.sending.Lock()
	defer p.sending.Unlock()
	delete(p.topics, from)
}

// Send queues the message for all subscribers to its topic, Identities[0]. It waits for none of
// them.
func (p *Publisher) Send(m Message) {
	frames := p.signer.Encode(m)
	topic := string(frames[0])
	p.sending.Lock()
	defer p.sending.Unlock()
	for to, topics := range p.topics {
		for prefix := range topics {
			if strings.HasPrefix(topic, prefix) {
				to.send(frames)
				break
			}
		}
	}
}

// Room waits until no subscriber has much left to receive, or until ctx ends. It slows a program
// that prints without end to the speed of its slowest reader, instead of letting it fill the
// kernel's memory.
func (p *Publisher) Room(ctx context.Context) { p.waitBelow(ctx, roomLimit) }
