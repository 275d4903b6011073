package held

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// collected is what was handed on, and when.
type collected struct {
	begun time.Time
	got   []string
}

func (c *collected) hand(to int64, stream, text string) {
	c.got = append(c.got, fmt.Sprintf("%d ms: %d %s %q", time.Since(c.begun).Milliseconds(), to, stream, text))
}

// serve calls Flush whenever it is due, for a second.
func serve(text *Text[string], adds func()) {
	end := time.After(time.Second)
	adds()
	for {
		select {
		case <-text.Due():
			text.Flush()
		case <-end:
			return
		}
	}
}

func TestTextWaitsForMoreOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &collected{begun: time.Now()}
		text := New(c.hand)
		serve(text, func() {
			text.Add(0, "stdout", "a\n")
			time.Sleep(4 * time.Millisecond)
			text.Add(0, "stdout", "b\n")
			text.Add(7, "stdout", "late\n")
			text.Add(0, "stdout", "")
			text.Add(0, "stderr", "c\n")
			text.Add(7, "stdout", "more\n")
		})
		text.Add(0, "stdout", "end")
		text.Flush()
		want := []string{`4 ms: 0 stdout "a\nb\n"`, `10 ms: 0 stderr "c\n"`, `10 ms: 7 stdout "late\nmore\n"`, `1000 ms: 0 stdout "end"`}
		if !slices.Equal(c.got, want) {
			t.Errorf("got %q, want %q", c.got, want)
		}
	})
}

func TestMuchTextDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &collected{begun: time.Now()}
		text := New(c.hand)
		serve(text, func() {
			for range 3 * Size / 1024 {
				text.Add(0, "stdout", strings.Repeat("x", 1024))
			}
			text.Add(0, "stdout", "rest")
		})
		if len(c.got) != 4 || !strings.HasPrefix(c.got[2], "0 ms") || c.got[3] != `10 ms: 0 stdout "rest"` {
			t.Errorf("%d times, the last %q", len(c.got), c.got[len(c.got)-1])
		}
	})
}
