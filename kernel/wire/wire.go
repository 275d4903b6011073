// Package wire carries Jupyter messages: connection files, the five sockets, frames and their
// signatures. It owns bytes and connections and knows no message type; what the JSON parts mean is
// package message's affair.
//
// ZMTP is spoken by the package itself, because a kernel must outlive its clients. In
// github.com/go-zeromq/zmq4, which the tests use as the other side, one peer that stalls holds up
// the replies to all others, a peer that connects and says nothing keeps the next from being
// accepted, and a frame that announces an absurd length ends the process, even in the handshake.
// Here every peer has its own reader, writer and queue, and subscriptions can be seen, which
// iopub_welcome needs.
//
// A message with a bad signature or a wrong shape is logged and dropped.
package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Sockets are the five sockets of a kernel. Shell, Control and Stdin are read by Channel.Recv; the
// heartbeat answers by itself. Close ends all their goroutines.
type Sockets struct {
	Shell, Control, Stdin *Channel
	IOPub                 *Publisher
	// Connection is what was bound: the given one with the ports that the system chose.
	Connection Connection

	heartbeat *router
}

// Bind opens the sockets that the connection names. welcome, if not nil, makes the message that a
// new subscriber of IOPub gets first (Jupyter's iopub_welcome), given the topic it subscribed to.
func Bind(c Connection, log *slog.Logger, welcome func(topic string) Message) (*Sockets, error) {
	signer := NewSigner(c.Key)
	s := &Sockets{}
	fail := func(name string, err error) (*Sockets, error) {
		s.Close()
		return nil, fmt.Errorf("open the %s socket: %w", name, err)
	}
	for _, ch := range []struct {
		name string
		port *int
		to   **Channel
	}{{"shell", &c.ShellPort, &s.Shell}, {"control", &c.ControlPort, &s.Control}, {"stdin", &c.StdinPort, &s.Stdin}} {
		l, err := c.listen(ch.port)
		if err != nil {
			return fail(ch.name, err)
		}
		log := log.With("socket", ch.name)
		*ch.to = &Channel{router: newRouter(l, log), signer: signer, log: log}
	}
	l, err := c.listen(&c.HBPort)
	if err != nil {
		return fail("heartbeat", err)
	}
	s.heartbeat = newRouter(l, log.With("socket", "heartbeat"))
	go s.heartbeat.echo()
	if l, err = c.listen(&c.IOPubPort); err != nil {
		return fail("iopub", err)
	}
	var first func(topic string) [][]byte
	if welcome != nil {
		first = func(topic string) [][]byte { return signer.Encode(welcome(topic)) }
	}
	s.IOPub = newPublisher(l, signer, first, log.With("socket", "iopub"))
	s.Connection = c
	return s, nil
}

// Flush waits until all that was sent has been handed to the system, or ctx ends.
func (s *Sockets) Flush(ctx context.Context) {
	for _, c := range []*Channel{s.Shell, s.Control, s.Stdin} {
		c.router.waitBelow(ctx, 0)
	}
	s.IOPub.waitBelow(ctx, 0)
}

// Close closes the sockets and waits for their goroutines.
func (s *Sockets) Close() {
	for _, c := range []*Channel{s.Shell, s.Control, s.Stdin} {
		if c != nil {
			c.router.close()
		}
	}
	if s.heartbeat != nil {
		s.heartbeat.close()
	}
	if s.IOPub != nil {
		s.IOPub.close()
	}
}

// Channel is one of the sockets on which clients send requests and get replies.
type Channel struct {
	router *router
	signer *Signer
	log    *slog.Logger
}

// Recv returns the next well-formed, rightly signed message. Its error is net.ErrClosed after
// Close, or ctx's.
func (c *Channel) Recv(ctx context.Context) (Message, error) {
	for {
		frames, err := c.router.recv(ctx)
		if err != nil {
			return Message{}, err
		}
		m, err := c.signer.Decode(frames)
		if err == nil {
			return m, nil
		}
		c.log.Warn("message dropped", "error", err)
	}
}

// Send queues the message for the peer that Identities name and does not wait for it. ErrNoPeer
// means that no such peer is connected.
func (c *Channel) Send(m Message) error {
	return c.router.send(c.signer.Encode(m))
}

// ErrNoPeer says that the peer that a message is for is not connected.
var ErrNoPeer = errors.New("the client is not connected")

// Limits on what a peer may keep waiting.
const (
	// handshakeLimit is the time in which a new peer must have introduced itself.
	handshakeLimit = 20 * time.Second
	// stallLimit is the time after which a peer that takes no byte is dropped; ZeroMQ clients
	// reconnect by themselves.
	stallLimit = 30 * time.Second
	// roomLimit is the number of queued bytes above which Publisher.Room waits.
	roomLimit = 16 << 20
)
