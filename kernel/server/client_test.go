package server

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/message"
	"github.com/gonbml/gonbml/kernel/wire"
)

const key = "the test's key"

// serveWith runs a server until the test ends, and fails the test if it does not end then.
func serveWith(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Bind(wire.Connection{Transport: "tcp", IP: "127.0.0.1", Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testlimit.Receive(t, "the end of Serve", ended); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// got is a message that the client received.
type got struct {
	kind    string
	parent  string // the parent's message ID
	raw     wire.Message
	content map[string]any
}

// client is a Jupyter client on an independent implementation of ZeroMQ. Its goroutines, one for
// each channel, end when the sockets close at the test's end.
type client struct {
	t       *testing.T
	signer  *wire.Signer
	session *message.Session
	socks   map[string]zmq4.Socket
	in      map[string]chan got
}

// connect connects a client under the identity and waits until it hears IOPub.
func connect(t *testing.T, s *Server, identity string) *client {
	t.Helper()
	c := &client{t: t, signer: wire.NewSigner(key), session: message.NewSession("tester"), socks: map[string]zmq4.Socket{}, in: map[string]chan got{}}
	at := s.Connection()
	for name, port := range map[string]int{"shell": at.ShellPort, "control": at.ControlPort, "stdin": at.StdinPort, "iopub": at.IOPubPort} {
		sock := zmq4.NewDealer(context.Background(), zmq4.WithID(zmq4.SocketIdentity(identity)))
		if name == "iopub" {
			sock = zmq4.NewSub(context.Background())
		}
		if err := sock.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", port)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close() })
		c.socks[name], c.in[name] = sock, make(chan got, 100_000)
		go c.read(sock, c.in[name])
	}
	if err := c.socks["iopub"].SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	if first := c.recv("iopub"); first.kind != "iopub_welcome" || !reflect.DeepEqual(first.content, map[string]any{"subscription": ""}) {
		t.Fatalf("first on iopub: %+v", first)
	}
	return c
}

func (c *client) read(sock zmq4.Socket, to chan<- got) {
	for {
		msg, err := sock.Recv()
		if err != nil {
			return
		}
		raw, err := c.signer.Decode(msg.Frames)
		if err != nil {
			c.t.Errorf("the kernel sent %q: %v", msg.Frames, err)
			return
		}
		r, err := message.Parse(raw)
		if err != nil {
			c.t.Errorf("the kernel sent %s: %v", raw.Header, err)
		}
		g := got{kind: r.Header.Type, raw: raw}
		var parent message.Header
		if err := json.Unmarshal(raw.Parent, &parent); err != nil {
			c.t.Errorf("parent %s: %v", raw.Parent, err)
		}
		g.parent = parent.ID
		if err := json.Unmarshal(raw.Content, &g.content); err != nil {
			c.t.Errorf("content %s: %v", raw.Content, err)
		}
		timed := g.kind == "execute_reply" && (g.content["execution_count"] != nil || string(raw.Metadata) != "{}")
		if timed {
			var m struct{ Started time.Time }
			if err := json.Unmarshal(raw.Metadata, &m); err != nil || m.Started.IsZero() {
				c.t.Errorf("%s has metadata %s, and not when the cell began", g.kind, raw.Metadata)
			}
		} else if string(raw.Metadata) != "{}" && !strings.HasPrefix(g.kind, "comm_") {
			c.t.Errorf("%s has metadata %s", g.kind, raw.Metadata)
		}
		to <- g
	}
}

// send sends a message and returns its ID.
func (c *client) send(channel, kind string, content any) string {
	c.t.Helper()
	return c.sendWith(channel, kind, content, nil)
}

// sendWith is send with changes to the message.
func (c *client) sendWith(channel, kind string, content any, change func(*wire.Message)) string {
	c.t.Helper()
	m, err := c.session.Message(kind, nil, content)
	if err != nil {
		c.t.Fatal(err)
	}
	if change != nil {
		change(&m)
	}
	if err := c.socks[channel].SendMulti(zmq4.NewMsgFrom(c.signer.Encode(m)...)); err != nil {
		c.t.Fatal(err)
	}
	var h message.Header
	if err := json.Unmarshal(m.Header, &h); err != nil {
		c.t.Fatal(err)
	}
	return h.ID
}

// execute sends an execute_request with the default options, changed by pairs of key and value.
func (c *client) execute(code string, change ...any) string {
	c.t.Helper()
	content := map[string]any{"code": code}
	for i := 0; i < len(change); i += 2 {
		content[change[i].(string)] = change[i+1]
	}
	return c.send("shell", "execute_request", content)
}

// recv returns the channel's next message.
func (c *client) recv(channel string) got {
	c.t.Helper()
	return testlimit.Receive(c.t, "a message on "+channel, c.in[channel])
}

// reply returns the reply to the request with the ID, which must come next and be of the kind.
func (c *client) reply(channel, kind, id string) map[string]any {
	c.t.Helper()
	g := c.recv(channel)
	if g.kind != kind || g.parent != id {
		c.t.Fatalf("got %s to %s with %v, want %s to %s", g.kind, g.parent, g.content, kind, id)
	}
	return g.content
}

// outputs returns what IOPub has for the request up to its idle, which it also checks to begin with
// busy. Messages of other requests are dropped, and so is busy when it is repeated because another
// request was answered meanwhile.
func (c *client) outputs(id string) []got {
	c.t.Helper()
	var found []got
	for {
		g := c.recv("iopub")
		if g.parent != id || len(found) > 0 && g.content["execution_state"] == "busy" {
			continue
		}
		found = append(found, g)
		if g.kind == "status" && g.content["execution_state"] == "idle" {
			break
		}
	}
	if first := found[0]; first.kind != "status" || first.content["execution_state"] != "busy" {
		c.t.Errorf("first output is %s %v, want busy", first.kind, first.content)
	}
	return found[1 : len(found)-1]
}

func kinds(messages []got) []string {
	names := []string{}
	for _, g := range messages {
		names = append(names, g.kind)
	}
	return names
}

// want checks the kinds of the outputs of a request and returns them.
func (c *client) want(id string, names ...string) []got {
	c.t.Helper()
	outputs := c.outputs(id)
	if !slices.Equal(kinds(outputs), names) {
		c.t.Fatalf("outputs are %v, want %v", kinds(outputs), names)
	}
	return outputs
}

// equal compares JSON content, in which numbers are float64.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}
