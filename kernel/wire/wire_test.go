package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/gonbml/gonbml/internal/testlimit"
)

// bind opens sockets on ports of the system's choice and closes them at the test's end.
func bind(t *testing.T, key string) *Sockets {
	t.Helper()
	welcome := func(topic string) Message {
		return Message{Identities: [][]byte{[]byte("welcome")}, Content: json.RawMessage(fmt.Sprintf(`{"to":%q}`, topic))}
	}
	s, err := Bind(Connection{Transport: "tcp", IP: "127.0.0.1", Key: key}, slog.New(slog.DiscardHandler), welcome)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func address(port int) string { return fmt.Sprintf("tcp://127.0.0.1:%d", port) }

// dial connects a socket of the independent implementation.
func dial(t *testing.T, sock zmq4.Socket, port int) zmq4.Socket {
	t.Helper()
	t.Cleanup(func() { sock.Close() })
	if err := sock.Dial(address(port)); err != nil {
		t.Fatal(err)
	}
	return sock
}

func dealer(t *testing.T, port int, id string) zmq4.Socket {
	t.Helper()
	return dial(t, zmq4.NewDealer(t.Context(), zmq4.WithID(zmq4.SocketIdentity(id))), port)
}

func sendFrames(t *testing.T, sock zmq4.Socket, frames ...[]byte) {
	t.Helper()
	if err := sock.SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
		t.Fatal(err)
	}
}

// recvFrames returns the next message, or fails the test if none comes.
func recvFrames(t *testing.T, sock zmq4.Socket) [][]byte {
	t.Helper()
	type result struct {
		msg zmq4.Msg
		err error
	}
	c := make(chan result, 1)
	go func() {
		msg, err := sock.Recv()
		c <- result{msg, err}
	}()
	r := testlimit.Receive(t, "a message", c)
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.msg.Frames
}

func recvMessage(t *testing.T, c *Channel) Message {
	t.Helper()
	ctx := testlimit.Context(t)
	m, err := c.Recv(ctx)
	if err != nil {
		t.Fatal(errors.Join(err, context.Cause(ctx)))
	}
	return m
}

func TestRepliesReachTheClientThatAsked(t *testing.T) {
	s := bind(t, goldenKey)
	signer := NewSigner(goldenKey)
	for _, id := range []string{"one", "two"} {
		client := dealer(t, s.Connection.ShellPort, id)
		sendFrames(t, client, signer.Encode(Message{Content: json.RawMessage(`{"from":"` + id + `"}`)})...)
		m := recvMessage(t, s.Shell)
		if string(m.Identities[0]) != id || string(m.Content) != `{"from":"`+id+`"}` {
			t.Errorf("got %q from %q", m.Content, m.Identities)
		}
		// A buffer larger than one write, to check that what is split arrives whole.
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		if err := s.Shell.Send(Message{Identities: m.Identities, Content: m.Content, Buffers: [][]byte{big}}); err != nil {
			t.Fatal(err)
		}
		got, err := signer.Decode(recvFrames(t, client))
		if err != nil || string(got.Content) != string(m.Content) || len(got.Buffers) != 1 || !bytes.Equal(got.Buffers[0], big) {
			t.Errorf("reply: got %.100q, %v", got.Content, err)
		}
	}
	if err := s.Shell.Send(Message{Identities: [][]byte{[]byte("three")}}); !errors.Is(err, ErrNoPeer) {
		t.Errorf("unknown client: got %v", err)
	}
}

func TestBadMessagesAreDroppedAndTheNextOneServed(t *testing.T) {
	s := bind(t, goldenKey)
	client := dealer(t, s.Connection.ControlPort, "c")
	sendFrames(t, client, []byte("no delimiter"))
	sendFrames(t, client, NewSigner("another key").Encode(Message{})...)
	sendFrames(t, client, NewSigner(goldenKey).Encode(Message{Content: json.RawMessage(`{"good":1}`)})...)
	if m := recvMessage(t, s.Control); string(m.Content) != `{"good":1}` {
		t.Errorf("got %q", m.Content)
	}
}

func TestReconnectingClientIsReachedByItsNewConnection(t *testing.T) {
	s := bind(t, "")
	old := dealer(t, s.Connection.ShellPort, "same")
	sendFrames(t, old, NewSigner("").Encode(Message{})...)
	recvMessage(t, s.Shell)
	client := dealer(t, s.Connection.ShellPort, "same")
	sendFrames(t, client, NewSigner("").Encode(Message{})...)
	m := recvMessage(t, s.Shell)
	if err := s.Shell.Send(m); err != nil {
		t.Fatal(err)
	}
	recvFrames(t, client)
}

func TestHeartbeatEchoesTheVeryBytes(t *testing.T) {
	s := bind(t, goldenKey)
	client := dial(t, zmq4.NewReq(t.Context()), s.Connection.HBPort)
	for _, beat := range []string{"ping", "", "\x00\xff<IDS|MSG>"} {
		sendFrames(t, client, []byte(beat))
		if got := recvFrames(t, client); len(got) != 1 || string(got[0]) != beat {
			t.Errorf("sent %q, got %q", beat, got)
		}
	}
}

func TestSubscribersAreWelcomedAndGetWhatTheyAskedFor(t *testing.T) {
	s := bind(t, "")
	subscribe := func(topic string) zmq4.Socket {
		sub := dial(t, zmq4.NewSub(t.Context()), s.Connection.IOPubPort)
		if err := sub.SetOption(zmq4.OptionSubscribe, topic); err != nil {
			t.Fatal(err)
		}
		if got := recvFrames(t, sub); string(got[0]) != "welcome" || string(got[len(got)-1]) != fmt.Sprintf(`{"to":%q}`, topic) {
			t.Errorf("first message of %q: %q", topic, got)
		}
		return sub
	}
	all, some := subscribe(""), subscribe("str")
	for _, topic := range []string{"status", "stream"} {
		s.IOPub.Send(Message{Identities: [][]byte{[]byte(topic)}})
	}
	if a, b := recvFrames(t, all), recvFrames(t, all); string(a[0]) != "status" || string(b[0]) != "stream" {
		t.Errorf("all: got %q, %q", a, b)
	}
	if got := recvFrames(t, some); string(got[0]) != "stream" {
		t.Errorf("some: got %q", got)
	}
}

// rawPeer opens a connection that speaks ZMTP only as far as the text goes.
func rawPeer(t *testing.T, port int, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// zmtpGreeting is a ZMTP 3.0 greeting with the NULL mechanism.
var zmtpGreeting = "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL" + strings.Repeat("\x00", 16) + "\x00" + strings.Repeat("\x00", 31)

func ready(kind string) string {
	body := "\x05READY" + "\x0bSocket-Type\x00\x00\x00" + string(rune(len(kind))) + kind
	return "\x04" + string(rune(len(body))) + body
}

func TestStrangePeersHarmNobody(t *testing.T) {
	s := bind(t, "")
	for name, text := range map[string]string{
		"silent":            "",
		"HTTP":              "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + strings.Repeat(" ", 100),
		"half a greeting":   zmtpGreeting[:11],
		"unknown kind":      zmtpGreeting + ready("TROLL"),
		"wrong kind":        zmtpGreeting + ready("SUB"),
		"absurd handshake":  zmtpGreeting + "\x06\x00\x00\x7f\xff\xff\xff\xff\xff",
		"absurd frame":      zmtpGreeting + ready("DEALER") + "\x02\x7f\xff\xff\xff\xff\xff\xff\xff",
		"unknown flags":     zmtpGreeting + ready("DEALER") + "\xf8\x00",
		"nameless command":  zmtpGreeting + ready("DEALER") + "\x04\x00",
		"vanishes in frame": zmtpGreeting + ready("DEALER") + "\x00\x10abc",
	} {
		c := rawPeer(t, s.Connection.ShellPort, text)
		if name == "vanishes in frame" {
			c.Close()
		}
	}
	client := dealer(t, s.Connection.ShellPort, "good")
	sendFrames(t, client, NewSigner("").Encode(Message{Content: json.RawMessage(`{"good":1}`)})...)
	if m := recvMessage(t, s.Shell); string(m.Content) != `{"good":1}` {
		t.Errorf("got %q", m.Content)
	}
}

func TestPingIsAnswered(t *testing.T) {
	s := bind(t, "")
	c := rawPeer(t, s.Connection.ShellPort, zmtpGreeting+ready("DEALER")+"\x04\x0a\x04PING\x00\x10abc")
	c.SetReadDeadline(time.Now().Add(testlimit.Hang))
	want := "\x04\x08\x04PONGabc"
	var got []byte
	for !bytes.HasSuffix(got, []byte(want)) {
		b := make([]byte, 256)
		n, err := c.Read(b)
		if err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
		got = append(got, b[:n]...)
	}
}

func TestStalledSubscriberDelaysNobodyButLimitsTheFlood(t *testing.T) {
	s := bind(t, "")
	stalled := rawPeer(t, s.Connection.IOPubPort, zmtpGreeting+ready("SUB")+"\x00\x01\x01")
	sub := dial(t, zmq4.NewSub(t.Context()), s.Connection.IOPubPort)
	if err := sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	recvFrames(t, sub) // Both are subscribed when the stalled one has its welcome too.
	stalled.SetReadDeadline(time.Now().Add(testlimit.Hang))
	if _, err := io.ReadFull(stalled, make([]byte, 150)); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte{'x'}, 1<<20)
	for range 2 * roomLimit >> 20 {
		s.IOPub.Send(Message{Identities: [][]byte{[]byte("stream")}, Buffers: [][]byte{big}})
		recvFrames(t, sub)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.IOPub.Room(ctx)
	if ctx.Err() == nil {
		t.Fatal("Room did not wait although a subscriber takes nothing")
	}
	stalled.Close()
	ctx = testlimit.Context(t)
	s.IOPub.Room(ctx)
	if ctx.Err() != nil {
		t.Error("Room still waits for a subscriber that has gone")
	}
}

func TestUnixSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	c := Connection{Transport: "ipc", IP: path, ShellPort: 1, IOPubPort: 2, StdinPort: 3, ControlPort: 4, HBPort: 5}
	for range 2 { // The second time over what the first has left.
		s, err := Bind(c, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		client := zmq4.NewDealer(t.Context(), zmq4.WithID(zmq4.SocketIdentity("c")))
		if err := client.Dial("ipc://" + path + "-1"); err != nil {
			t.Fatal(err)
		}
		sendFrames(t, client, NewSigner("").Encode(Message{})...)
		if m := recvMessage(t, s.Shell); !reflect.DeepEqual(m.Identities, [][]byte{[]byte("c")}) {
			t.Errorf("got %q", m.Identities)
		}
		if _, err := Bind(c, slog.New(slog.DiscardHandler), nil); err == nil {
			t.Error("a second kernel took the sockets of a living one")
		}
		client.Close()
		s.Close()
	}
}

func TestTakenPortIsAnError(t *testing.T) {
	s := bind(t, "")
	_, err := Bind(s.Connection, slog.New(slog.DiscardHandler), nil)
	if err == nil || !strings.Contains(err.Error(), "open the shell socket") {
		t.Errorf("got %v", err)
	}
}

func TestCloseEndsReceiving(t *testing.T) {
	s := bind(t, "")
	dealer(t, s.Connection.ShellPort, "idle")
	s.Close()
	if _, err := s.Shell.Recv(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
