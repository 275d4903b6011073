package wire

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// listener accepts peers and keeps them until they go. It is what a router and a publisher have in
// common.
//
// Goroutines: one accepts until the net.Listener is closed; each peer has a reader, which ends when
// its connection does, and a writer, which the reader ends by closing the queue. close closes
// everything and waits for all of them.
type listener struct {
	net  net.Listener
	kind socketKind
	log  *slog.Logger
	// joined, received and left are called by the peer's reader, in that order.
	joined   func(*peer)
	received func(*peer, [][]byte)
	left     func(*peer)

	// mu guards peers and closed.
	mu     sync.Mutex
	peers  map[*peer]struct{}
	closed bool
	done   chan struct{}
	wg     sync.WaitGroup
}

// start begins to accept peers; the callbacks must be set.
func (l *listener) start() {
	l.peers = map[*peer]struct{}{}
	l.done = make(chan struct{})
	l.wg.Go(l.accept)
}

func (l *listener) accept() {
	for pause := time.Millisecond; ; {
		conn, err := l.net.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of file descriptors, say: that passes, and a kernel must not spin until then.
			l.log.Warn("accept", "error", err)
			select {
			case <-l.done:
				return
			case <-time.After(pause):
			}
			pause = min(2*pause, time.Second)
			continue
		}
		pause = time.Millisecond
		p := &peer{conn: conn, wake: make(chan struct{}, 1)}
		if !l.add(p) {
			conn.Close()
			return
		}
		l.wg.Go(func() { l.serve(p) })
	}
}

func (l *listener) add(p *peer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.peers[p] = struct{}{}
	}
	return !l.closed
}

// serve runs the connection of one peer until it ends.
func (l *listener) serve(p *peer) {
	defer func() {
		p.conn.Close()
		p.shut()
		l.mu.Lock()
		delete(l.peers, p)
		l.mu.Unlock()
	}()
	in := bufio.NewReaderSize(p.conn, 64<<10)
	if err := p.handshake(in, l.kind); err != nil {
		l.log.Debug("handshake", "error", err)
		return
	}
	l.wg.Go(func() { p.write(l.log) })
	l.joined(p)
	defer l.left(p)
	for {
		packet, err := readPacket(in)
		if err != nil {
			l.log.Debug("peer left", "error", err)
			return
		}
		if !packet.command {
			l.received(p, packet.frames)
			continue
		}
		name, rest, err := splitCommand(packet.frames[0])
		switch {
		case err != nil:
			l.log.Warn("peer dropped", "error", err)
			return
		case name == "PING" && len(rest) >= 2:
			p.queue(encodeCommand("PONG", rest[2:]))
		case name == "SUBSCRIBE":
			l.received(p, [][]byte{append([]byte{1}, rest...)})
		case name == "CANCEL":
			l.received(p, [][]byte{append([]byte{0}, rest...)})
		}
	}
}

func (l *listener) close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	close(l.done)
	l.net.Close()
	for p := range l.peers {
		p.conn.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// waitBelow waits until no peer has more than limit bytes queued, or ctx ends.
func (l *listener) waitBelow(ctx context.Context, limit int) {
	l.mu.Lock()
	var full []*peer
	for p := range l.peers {
		full = append(full, p)
	}
	l.mu.Unlock()
	for _, p := range full {
		p.waitBelow(ctx, limit)
	}
}

// peer is one connection. Its reader owns id and topics.
type peer struct {
	conn net.Conn
	id   string

	// mu guards what follows: the bytes to write, their number with those being written, whether
	// the peer is gone, and the channel that is closed when the number falls.
	mu      sync.Mutex
	out     net.Buffers
	pending int
	gone    bool
	fell    chan struct{}
	// wake holds a value when out may have changed.
	wake chan struct{}
}

// handshake exchanges ZMTP greetings as a socket of the given kind.
func (p *peer) handshake(in *bufio.Reader, kind socketKind) error {
	p.conn.SetDeadline(time.Now().Add(handshakeLimit))
	id, err := greet(in, p.conn, kind)
	if err != nil {
		return err
	}
	if p.id = id; id == "" {
		// As in ZeroMQ, an identity that we choose begins with a zero byte, which a client's own
		// may not.
		p.id = "\x00" + rand.Text()
	}
	return p.conn.SetDeadline(time.Time{})
}

// send queues a message; to a peer that is gone it does nothing.
func (p *peer) send(frames [][]byte) { p.queue(encodeFrames(frames)) }

func (p *peer) queue(bufs net.Buffers) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	for _, b := range bufs {
		p.pending += len(b)
	}
	p.out = append(p.out, bufs...)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// write writes what is queued until the peer is gone.
func (p *peer) write(log *slog.Logger) {
	for range p.wake {
		p.mu.Lock()
		out := p.out
		p.out = nil
		p.mu.Unlock()
		for len(out) > 0 {
			n, err := p.writeSome(&out)
			if err != nil {
				log.Debug("peer dropped", "error", err)
				p.conn.Close() // The reader ends by it and shuts the peer.
				p.shut()
				return
			}
			p.fall(n)
		}
	}
}

// writeSome writes the first part of out and removes it from out, under a deadline of its own: a
// peer is dropped when it takes nothing for a while, not when it takes long.
func (p *peer) writeSome(out *net.Buffers) (int, error) {
	const most = 256 << 10
	var part net.Buffers
	size := 0
	for len(*out) > 0 && size < most {
		b := (*out)[0]
		if room := most - size; len(b) > room {
			part = append(part, b[:room])
			(*out)[0] = b[room:]
			size += room
			break
		}
		part = append(part, b)
		*out = (*out)[1:]
		size += len(b)
	}
	p.conn.SetWriteDeadline(time.Now().Add(stallLimit))
	_, err := part.WriteTo(p.conn)
	return size, err
}

// fall records that n bytes were written.
func (p *peer) fall(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending -= n
	if p.fell != nil {
		close(p.fell)
		p.fell = nil
	}
}

// shut marks the peer as gone, drops what it was to get and ends its writer.
func (p *peer) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	p.gone = true
	p.out = nil
	p.pending = 0
	if p.fell != nil {
		close(p.fell)
		p.fell = nil
	}
	close(p.wake)
}

func (p *peer) waitBelow(ctx context.Context, limit int) {
	for {
		p.mu.Lock()
		if p.gone || p.pending <= limit {
			p.mu.Unlock()
			return
		}
		if p.fell == nil {
			p.fell = make(chan struct{})
		}
		fell := p.fell
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-fell:
		}
	}
}
