package wire

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
)

// router is a listening ROUTER socket: messages come with the identity of their peer before them,
// and go to the peer whose identity stands first.
type router struct {
	listener
	in chan [][]byte

	// routing guards routes: the peers of each identity, the newest last. A client that reconnects
	// is reached by its new connection although the old one may not have been found dead yet.
	routing sync.Mutex
	routes  map[string][]*peer
}

func newRouter(l net.Listener, log *slog.Logger) *router {
	r := &router{in: make(chan [][]byte), routes: map[string][]*peer{}}
	r.listener = listener{net: l, kind: routerKind, log: log, joined: r.join, received: r.take, left: r.leave}
	r.start()
	return r
}

func (r *router) join(p *peer) {
	r.routing.Lock()
	defer r.routing.Unlock()
	r.routes[p.id] = append(r.routes[p.id], p)
}

func (r *router) leave(p *peer) {
	r.routing.Lock()
	defer r.routing.Unlock()
	rest := slices.DeleteFunc(r.routes[p.id], func(q *peer) bool { return q == p })
	if len(rest) == 0 {
		delete(r.routes, p.id)
	} else {
		r.routes[p.id] = rest
	}
}

// take hands a message to recv; it waits for it, so that a peer that floods us is slowed by its own
// connection.
func (r *router) take(p *peer, frames [][]byte) {
	select {
	case r.in <- slices.Concat([][]byte{[]byte(p.id)}, frames):
	case <-r.done:
	}
}

func (r *router) recv(ctx context.Context) ([][]byte, error) {
	select {
	case frames := <-r.in:
		return frames, nil
	case <-r.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *router) send(frames [][]byte) error {
	r.routing.Lock()
	defer r.routing.Unlock()
	route := r.routes[string(frames[0])]
	if len(route) == 0 {
		return ErrNoPeer
	}
	route[len(route)-1].send(frames[1:])
	return nil
}

// echo sends every message back to its peer until the router is closed: the heartbeat.
func (r *router) echo() {
	for {
		frames, err := r.recv(context.Background())
		if err != nil {
			return
		}
		// The peer may have left meanwhile; nobody misses the answer then.
		_ = r.send(frames)
	}
}
