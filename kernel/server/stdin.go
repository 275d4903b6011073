package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gonbml/gonbml/kernel/message"
	"github.com/gonbml/gonbml/kernel/wire"
)

// stdin keeps the question that waits for a client's answer. Clients do not say which question they
// answer, so one is asked at a time.
type stdin struct {
	// turn holds a value while a question waits.
	turn chan struct{}

	// mu guards the identity that is asked and where its answer goes; nil when none is.
	mu     sync.Mutex
	asked  string
	answer chan message.Request
}

func newStdin() *stdin { return &stdin{turn: make(chan struct{}, 1)} }

// await registers a question to the client with the identity; forget ends it.
func (q *stdin) await(identity string) (answer <-chan message.Request, forget func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := make(chan message.Request, 1)
	q.asked, q.answer = identity, c
	return c, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.answer = nil
	}
}

// take hands an answer to whoever waits for it, and says whether somebody did.
func (q *stdin) take(identity string, r message.Request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.answer == nil || q.asked != identity {
		return false
	}
	q.answer <- r
	q.answer = nil
	return true
}

// readStdin hands the answers of clients to the questions until ctx ends.
func (s *Server) readStdin(ctx context.Context) {
	for {
		raw, err := s.sockets.Stdin.Recv(ctx)
		if err != nil {
			return
		}
		r, err := message.Parse(raw)
		switch {
		case err != nil:
			s.log.Warn("message dropped", "error", err)
		case r.Header.Type != "input_reply":
			s.log.Warn("message dropped", "error", "unexpected type on stdin", "type", r.Header.Type)
		case !s.stdin.take(string(raw.Identities[0]), r):
			s.log.Warn("message dropped", "error", "an answer that nobody waits for")
		}
	}
}

// ask asks the client that sent the request for a line. It fails when ctx or interrupted ends, or
// the client is gone.
func (s *Server) ask(ctx, interrupted context.Context, r *request, prompt string, password bool) (string, error) {
	select {
	case s.stdin.turn <- struct{}{}:
		defer func() { <-s.stdin.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	case <-interrupted.Done():
		return "", errInterrupted
	}
	answer, forget := s.stdin.await(string(r.Raw.Identities[0]))
	defer forget()
	m, err := s.session.Message("input_request", &r.Request, message.InputRequest{Prompt: prompt, Password: password})
	if err != nil {
		return "", err
	}
	m.Identities = r.Raw.Identities
	if err := s.sockets.Stdin.Send(m); errors.Is(err, wire.ErrNoPeer) {
		return "", errors.New("the front end that runs the cell cannot be asked: it has no stdin connection")
	} else if err != nil {
		return "", fmt.Errorf("ask the front end: %w", err)
	}
	select {
	case a := <-answer:
		c, err := message.ParseInputReply(a)
		return c.Value, err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-interrupted.Done():
		return "", errInterrupted
	}
}

var errInterrupted = errors.New("interrupted")
