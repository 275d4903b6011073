// Package held holds the text of output streams back for a moment, so that a loop that prints does
// not drown a front end in messages. It owns how long and how much, and nothing else: who has text
// gives it, and is told when to hand it on. It is the only place on text's way that makes it wait.
package held

import (
	"strings"
	"time"
)

const (
	// Delay is how long text waits for more.
	Delay = 10 * time.Millisecond
	// Size is how many bytes are handed on at once.
	Size = 64 << 10
)

// Text is text that is held back, for several destinations. Those who read at one destination see
// it in the order in which it came, in pieces that are of one stream each. It belongs to one
// goroutine.
type Text[Stream comparable] struct {
	hand  func(to int64, from Stream, text string)
	held  []*waiting[Stream]
	timer *time.Timer // of the text that has waited longest
}

// waiting is what is held for one destination.
type waiting[Stream comparable] struct {
	to   int64
	from Stream
	text strings.Builder
}

// New returns a Text that calls hand with what has been held long enough.
func New[Stream comparable](hand func(to int64, from Stream, text string)) *Text[Stream] {
	t := &Text[Stream]{hand: hand, timer: time.NewTimer(time.Hour)}
	t.timer.Stop()
	return t
}

// Due receives when the time has come to call Flush.
func (t *Text[Stream]) Due() <-chan time.Time { return t.timer.C }

// Add takes text of a stream.
func (t *Text[Stream]) Add(to int64, from Stream, text string) {
	if text == "" {
		return
	}
	w := t.of(to)
	if w.from != from {
		t.handOn(w)
		w.from = from
	}
	if w.text.WriteString(text); w.text.Len() >= Size {
		t.handOn(w)
	}
}

// of returns what is held for a destination.
func (t *Text[Stream]) of(to int64) *waiting[Stream] {
	for _, w := range t.held {
		if w.to == to {
			return w
		}
	}
	if len(t.held) == 0 {
		t.timer.Reset(Delay)
	}
	w := &waiting[Stream]{to: to}
	t.held = append(t.held, w)
	return w
}

// Flush hands everything on, in the order in which its destinations were first written to.
func (t *Text[Stream]) Flush() {
	t.timer.Stop()
	for _, w := range t.held {
		t.handOn(w)
	}
	t.held = nil
}

func (t *Text[Stream]) handOn(w *waiting[Stream]) {
	if w.text.Len() > 0 {
		t.hand(w.to, w.from, w.text.String())
		w.text.Reset()
	}
}
