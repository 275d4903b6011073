package worker

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/kernel/worker/held"
)

// heard keeps what it is told, with the time that has passed.
type heard struct {
	Handler
	begun time.Time
	got   []string
}

func (h *heard) add(s string) { h.got = append(h.got, time.Since(h.begun).String()+" "+s) }

func (h *heard) Stream(name, text string)                                    { h.add(name + " " + text) }
func (h *heard) LateStream(_ int64, name, text string)                       { h.add("late " + name + " " + text) }
func (h *heard) Front(int64)                                                 { h.add("front") }
func (h *heard) Display(int64, map[string]any, map[string]any, string, bool) { h.add("display") }

// A line waits once on its way, here; what comes after it in the program comes after it to the handler.
func TestTextIsHeldBackOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heard{begun: time.Now()}
		d := &dispatcher{p: &Process{handler: h}, streams: [2]*stream{{}, {}}}
		d.held = held.New(d.handOn)
		message := func(kind frame.Kind, text string) {
			d.next = &frame.Message{Kind: kind, Exec: 7, Name: "stdout", Text: text}
			if !d.deliver() {
				t.Error("a message that waits for no marker was not handed on")
			}
		}
		d.text(0, []byte("a"))
		d.text(0, []byte("\xe2\x82")) // half of a letter
		d.text(0, []byte("\xac\n"))
		message(frame.Stream, "l")
		message(frame.Stream, "m\n")
		d.text(0, []byte("x"))
		<-d.held.Due()
		d.held.Flush()
		message(frame.Front, "")
		d.text(0, []byte("1")) // the text of an exec stays in order, however it comes
		message(frame.Stream, "2")
		d.text(0, []byte("3"))
		<-d.held.Due()
		d.held.Flush()
		d.text(0, []byte("b"))
		message(frame.Display, "")
		d.text(0, []byte("c"))
		d.text(1, []byte("d\xff"))
		d.finishText()
		want := []string{"10ms stdout a€\nx", "10ms late stdout lm\n", "10ms front",
			"10ms stdout 1", "10ms late stdout 2", "20ms stdout 3",
			"20ms stdout b", "20ms display", "20ms stdout c", "20ms stderr d\uFFFD"}
		if !slices.Equal(h.got, want) {
			t.Errorf("got %q, want %q", h.got, want)
		}
	})
}
