package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func bytesOf(bufs net.Buffers) []byte { return bytes.Join(bufs, nil) }

func TestFramesOnTheWire(t *testing.T) {
	long := strings.Repeat("x", 256)
	for name, c := range map[string]struct {
		frames [][]byte
		want   string
	}{
		"one empty frame": {[][]byte{{}}, "\x00\x00"},
		"three frames":    {[][]byte{[]byte("a"), {}, []byte("bc")}, "\x01\x01a\x01\x00\x00\x02bc"},
		"a long frame":    {[][]byte{[]byte(long), []byte("b")}, "\x03\x00\x00\x00\x00\x00\x00\x01\x00" + long + "\x00\x01b"},
	} {
		t.Run(name, func(t *testing.T) {
			got := bytesOf(encodeFrames(c.frames))
			if string(got) != c.want {
				t.Errorf("encode: got %q, want %q", got, c.want)
			}
			p, err := readPacket(bufio.NewReader(strings.NewReader(c.want)))
			if err != nil || p.command || !reflect.DeepEqual(p.frames, c.frames) {
				t.Errorf("read: got %q, %v", p.frames, err)
			}
		})
	}
}

func TestCommandsOnTheWire(t *testing.T) {
	got := bytesOf(encodeCommand("PONG", []byte("ctx")))
	if string(got) != "\x04\x08\x04PONGctx" {
		t.Fatalf("got %q", got)
	}
	p, err := readPacket(bufio.NewReader(bytes.NewReader(got)))
	if err != nil || !p.command {
		t.Fatalf("got %+v, %v", p, err)
	}
	name, rest, err := splitCommand(p.frames[0])
	if name != "PONG" || string(rest) != "ctx" || err != nil {
		t.Errorf("got %q, %q, %v", name, rest, err)
	}
}

func TestMalformedPacketsAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"end between packets": {"", io.EOF},
		"end in a head":       {"\x00", io.ErrUnexpectedEOF},
		"end in a long head":  {"\x02\x00\x00", io.ErrUnexpectedEOF},
		"end in a body":       {"\x00\x05ab", io.ErrUnexpectedEOF},
		"end between frames":  {"\x01\x01a", io.EOF},
		"unknown flag":        {"\x10\x00", ErrMalformed},
		"absurd length":       {"\x02\x7f\xff\xff\xff\xff\xff\xff\xff", errTooLarge},
		"command in message":  {"\x01\x00\x04\x01a", ErrMalformed},
		"endless frames":      {strings.Repeat("\x01\x00", maxFrames+1), errTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readPacket(bufio.NewReader(strings.NewReader(c.text))); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAnnouncedLengthAllocatesNothing(t *testing.T) {
	head := "\x02\x00\x00\x00\x00\x30\x00\x00\x00" // 768 MB to come, of which nothing comes
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readPacket(bufio.NewReader(strings.NewReader(head)))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// FuzzReadPacket feeds the reader with any bytes; a message it accepts must encode to the bytes
// that were read, except that a short frame may have come with a long head.
func FuzzReadPacket(f *testing.F) {
	f.Add([]byte("\x01\x01a\x00\x00"))
	f.Add([]byte("\x04\x05\x04PING"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00\x01a"))
	f.Add([]byte("\x03\x7f\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := readPacket(bufio.NewReader(bytes.NewReader(text)))
		if err != nil || p.command {
			return
		}
		again, err := readPacket(bufio.NewReader(bytes.NewReader(bytesOf(encodeFrames(p.frames)))))
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("got %q, %v; want %q", again.frames, err, p.frames)
		}
	})
}
