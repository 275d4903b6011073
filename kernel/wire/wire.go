// Package wire carries Jupyter messages: connection files, the five sockets, frames and their
// signatures. It owns bytes and connections, and knows no message types: what the JSON parts mean
// is left to package message.
//
// The package speaks ZMTP itself, because a kernel must survive its clients. In
// github.com/go-zeromq/zmq4, which plays the other side in the tests, a peer that stalls holds up
// the replies to all others, a peer that connects and stays silent keeps the next one from being
// accepted, and a frame that announces an absurd length ends the process, even during the
// handshake. Here every peer has its own reader, writer and queue. Subscriptions are visible, which
// iopub_welcome requires.
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

// Sockets are the five sockets of a kernel. Shell, Control and Stdin are read with Channel.Recv;
// the heartbeat answers by itself. Close ends all their goroutines.
type Sockets struct {
	Shell, Control, Stdin *Channel
	IOPub                 *Publisher
	// Connection is what was bound: the connection given to Bind, with the ports that the system
	// chose.
	Connection Connection

	heartbeat *router
}

// Bind opens the sockets that the connection names. If welcome is not nil, it makes the first
// message that a new subscriber to IOPub gets (Jupyter's iopub_welcome), from the topic of the
// subscription.
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

// Flush waits until everything sent has been handed to the operating system, or until ctx ends.
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

// Recv returns the next message that is well formed and correctly signed. Its error is
// net.ErrClosed after Close, otherwise that of ctx.
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

// Send queues the message for the peer that Identities name, without waiting for it. It returns
// ErrNoPeer if no such peer is connected.
func (c *Channel) Send(m Message) error {
	return c.router.send(c.signer.Encode(m))
}

// ErrNoPeer says that the peer to whom a message is addressed is not connected.
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
