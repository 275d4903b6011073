package frame

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestMessagesComeBack(t *testing.T) {
	sent := []*Message{
		{Kind: Hello},
		{Kind: Display, Exec: 3, Mark: 9, Marked: 3, Data: map[string]any{"text/html": "<b>", "x/y+json": []any{1.5, nil}}, DisplayID: "d", Update: true},
		{Kind: Done, Outcome: &Outcome{Panic: &Panic{Value: "v", Type: "T", Frames: []Frame{{"f", "/cell/1", 2}}}, Duration: 5}},
		{Kind: Run, Path: strings.Repeat("x", 1<<20)},
	}
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for _, m := range sent {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&buf)
	for _, want := range sent {
		got, err := r.Read()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := r.Read(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestDamagedMessages(t *testing.T) {
	for name, data := range map[string]string{"cut head": "\x00\x00", "cut body": "\x00\x00\x00\x05{", "too long": "\xff\xff\xff\xff", "no JSON": "\x00\x00\x00\x02[}"} {
		if m, err := NewReader(strings.NewReader(data)).Read(); err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
	if err := NewWriter(io.Discard).Write(&Message{Kind: Display, Data: map[string]any{"x": make(chan int)}}); err == nil {
		t.Error("a channel was encoded")
	}
}

func TestMarkerLength(t *testing.T) {
	p := Prefix("0123456789abcdef0123456789abcdef")
	if m := Marker(p, 1<<62); len(p) != prefixLen || len(m) != MarkerLen || MarkerLen > 512 {
		t.Errorf("prefix %d, marker %d", len(p), len(m))
	}
}
