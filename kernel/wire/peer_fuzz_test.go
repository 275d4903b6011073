package wire

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
)

// greeting is what a ZMTP 3.0 peer without security sends first.
func greeting() string {
	g := make([]byte, greetingSize)
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	return string(g)
}

// FuzzPeer is a peer that sends anything at all and leaves. Whatever it sends, its connection ends
// with it, no goroutine stays, and nothing panics.
func FuzzPeer(f *testing.F) {
	ready := "\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
	f.Add(greeting() + ready + "\x00\x01\x01")
	f.Add(greeting() + ready + "\x04\x0a\x09SUBSCRIBE\x04\x07\x06CANCEL\x04\x07\x04PING\x00\x00")
	f.Add(greeting() + ready + "\x01\x01a\x00\x01b\x02\x00\x00\x00\x00\x00\x00\x00\x01x")
	f.Add(greeting() + "\x04\x19\x05READY\x08Identity\x7f\xff\xff\xff")
	f.Add(greeting() + "\x06\x7f\xff\xff\xff\xff\xff\xff\xff")
	f.Add("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x01")
	f.Add("")
	signer := NewSigner("key")
	f.Fuzz(func(t *testing.T, sent string) {
		ours, theirs := net.Pipe()
		p := &Publisher{signer: signer, topics: map[*peer]map[string]int{}, first: func(topic string) [][]byte { return [][]byte{[]byte(topic)} }}
		p.listener = listener{
			kind: publisherKind, log: slog.New(slog.DiscardHandler), joined: func(*peer) {}, received: p.subscribe, left: p.leave,
			peers: map[*peer]struct{}{}, done: make(chan struct{}),
		}
		from := &peer{conn: ours, wake: make(chan struct{}, 1)}
		p.add(from)
		p.wg.Go(func() { p.serve(from) })
		go io.Copy(io.Discard, theirs)
		io.WriteString(theirs, sent)
		p.Send(Message{Identities: [][]byte{[]byte("status")}})
		theirs.Close()
		ended := make(chan struct{})
		go func() {
			p.wg.Wait()
			close(ended)
		}()
		testlimit.Receive(t, fmt.Sprintf("the end of the peer that sent %q", sent), ended)
		if len(p.peers) > 0 || len(p.topics) > 0 {
			t.Errorf("the peer that sent %q is still known", sent)
		}
	})
}

// FuzzConnection reads any connection file; one that is accepted can be written and read again.
func FuzzConnection(f *testing.F) {
	f.Add(connectionText)
	f.Add(`{"shell_port": 0, "iopub_port": -1, "transport": null}`)
	f.Add("[]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConnection([]byte(text))
		if err != nil {
			return
		}
		for _, p := range c.ports() {
			if *p.port < 0 || *p.port > 65535 {
				t.Errorf("%q: %s is %d", text, p.name, *p.port)
			}
		}
	})
}
