package worker

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

func TestStreamIsSplitAtMarkers(t *testing.T) {
	prefix := frame.Prefix("0123456789abcdef0123456789abcdef")
	text := "a" + string(frame.Marker(prefix, 1)) + string(frame.Marker(prefix, 0x2f)) + "bc" + prefix[:10] + "d" + prefix[:5]
	want := "a|<1>|<47>|bc" + prefix[:10] + "d" + prefix[:5]
	readers := map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)), "halves": iotest.HalfReader(strings.NewReader(text)),
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			pieces := make(chan piece)
			go readStream(r, prefix, pieces)
			var got strings.Builder
			afterText := false
			for p := range pieces {
				if p.mark != 0 {
					if afterText {
						got.WriteByte('|')
					}
					fmt.Fprintf(&got, "<%d>|", p.mark)
				} else {
					got.Write(p.text)
				}
				afterText = p.mark == 0
			}
			if got.String() != want {
				t.Errorf("got %q, want %q", got.String(), want)
			}
		})
	}
}

func TestIncomplete(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{{"", 0}, {"abc", 0}, {"ä", 0}, {"a\xc3", 1}, {"\xe2\x82", 2}, {"€", 0}, {"\xf0\x9f\x98", 3}, {"\x80\x80\x80\x80", 0}, {"a\xff", 0}}
	for _, test := range tests {
		if got := incomplete([]byte(test.text)); got != test.want {
			t.Errorf("%q: got %d, want %d", test.text, got, test.want)
		}
	}
}

func TestLastWordsKeepTheCause(t *testing.T) {
	var l lastWords
	l.add([]byte("fatal error: stack overflow\n"))
	for range 1000 {
		l.add(bytes.Repeat([]byte("main.f(0x1)\n"), 100))
	}
	lines := append(l.lines, crashLines(l.tail)...)
	if len(l.tail) > 2*tailSize || len(lines) != 1 || lines[0] != "fatal error: stack overflow" {
		t.Errorf("%d bytes, %q", len(l.tail), lines)
	}
}
