package page

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker"
)

// frontEnd has comms, and an output that keeps what it is shown.
type frontEnd struct {
	exec.Comms
	exec.Output
	target exec.CommTarget
	text   string
	shown  []exec.Display
	// onScript is called when the script is shown.
	onScript func()
}

func (f *frontEnd) Register(_ string, t exec.CommTarget) { f.target = t }
func (f *frontEnd) Stream(_, text string)                { f.text += text }
func (f *frontEnd) Display(d exec.Display) {
	f.shown = append(f.shown, d)
	if f.onScript != nil && !d.Update {
		go f.onScript()
	}
}

// showsScript says whether the script is shown now.
func (f *frontEnd) showsScript() bool {
	return len(f.shown) > 0 && f.shown[len(f.shown)-1].Data["text/html"] != ""
}

// browsed is the kernel's end of the comm that a page has opened, and keeps what the page gets.
type browsed struct {
	exec.Comm
	peer   exec.CommPeer
	got    []string
	closed bool
}

func (b *browsed) Close(exec.CommMessage) error { b.closed = true; return nil }
func (b *browsed) Send(m exec.CommMessage) error {
	b.got = append(b.got, string(m.Data))
	return nil
}

// opens opens a page, which has not heard the kernel yet.
func (f *frontEnd) opens(t *testing.T) *browsed {
	t.Helper()
	b := &browsed{}
	peer, err := f.target(b, exec.CommMessage{})
	if err != nil {
		t.Fatal(err)
	}
	b.peer = peer
	return b
}

func (b *browsed) says(address string, value any) {
	data, err := json.Marshal(message{Address: address, Value: value})
	if err != nil {
		panic(err)
	}
	b.peer.Message(exec.CommMessage{Data: data})
}

func sends(address string, value any) worker.Comm {
	return worker.Comm{Verb: worker.CommSend, Address: address, Value: value}
}

// newPage returns a page's connection, its front end, and what has come for programs.
func newPage() (p *Page, f *frontEnd, programs *[]string) {
	programs, f = &[]string{}, &frontEnd{}
	p = New("id-of-the-kernel", func(address string, value any) {
		*programs = append(*programs, fmt.Sprint(address, " ", value))
	})
	p.Use(f)
	return p, f, programs
}

func TestWhatIsSaidBeforeThePageHearsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, programs := newPage()
		var b *browsed
		f.onScript = func() {
			b = f.opens(t)
			b.says(pingAddress, true) // it has not heard the answer
			time.Sleep(time.Second)
			b.says(openedAddress, true)
		}
		p.Handle(t.Context(), sends("/a", 1.0), f)
		p.Handle(t.Context(), worker.Comm{Verb: worker.CommRead, Address: "/b"}, f)
		synctest.Wait()
		want := []string{`{"address":"#comm_open_ack","value":true}`, `{"address":"#heartbeat/pong","value":true}`,
			`{"address":"/a","value":1}`, `{"address":"/b","read_request":true}`}
		if !slices.Equal(b.got, want) {
			t.Errorf("the page got %q, want %q", b.got, want)
		}
		if f.showsScript() || f.text != "" {
			t.Errorf("the script stays in the notebook, or the cell says %q", f.text)
		}
		if html := f.shown[0].Data["text/html"].(string); !strings.Contains(html, `{"kernel":"id-of-the-kernel","target":"gonb_comm"}`) {
			t.Error("the script does not know the kernel")
		}
		b.says("/c", "x")
		b.says("#mine", "y")
		b.peer.Message(exec.CommMessage{Data: json.RawMessage(`[]`)})
		if !slices.Equal(*programs, []string{"/c x"}) {
			t.Errorf("programs got %q", *programs)
		}
	})
}

func TestAPageThatDoesNotConnectIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, _ := newPage()
		begun := time.Now()
		for range 3 {
			p.Handle(t.Context(), worker.Comm{Verb: worker.CommSubscribe, Address: "/x"}, f)
		}
		if took := time.Since(begun); took != patience {
			t.Errorf("waited for %v", took)
		}
		if strings.Count(f.text, "note: what this cell shows does not answer: no page has connected within 6s") != 1 || f.showsScript() {
			t.Errorf("the cell says %q, or shows the script", f.text)
		}
		p.Retry()
		if err := p.Connect(t.Context(), f); err != errNoPage || time.Since(begun) != 2*patience {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
	})
}

func TestTheEndOfTheContextEndsTheWaitOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, _ := newPage()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.Handle(ctx, sends("/a", 1.0), f)
		if f.text != "" || f.showsScript() {
			t.Errorf("the cell says %q, or shows the script", f.text)
		}
		b := f.opens(t)
		b.says(openedAddress, true)
		if len(b.got) != 2 || b.got[1] != `{"address":"/a","value":1}` {
			t.Errorf("the page got %q", b.got)
		}
	})
}

func TestWithoutCommsNothingIsShown(t *testing.T) {
	p, f := New("", nil), &frontEnd{}
	if err := p.Connect(t.Context(), f); err == nil || !strings.Contains(err.Error(), "this front end has no connection for widgets") {
		t.Errorf("got %v", err)
	}
	p.Handle(t.Context(), sends("/a", 1.0), f)
	if len(f.shown) != 0 || len(p.waiting) != 0 {
		t.Error("a script is shown, or messages wait for a page that cannot come")
	}
}

func TestASecondPageTakesThePlaceOfTheFirst(t *testing.T) {
	p, f, programs := newPage()
	first := f.opens(t)
	first.says(openedAddress, true)
	second := f.opens(t)
	second.says(openedAddress, true)
	first.says("/old", 1)
	second.says("/new", 2)
	first.peer.Closed(exec.CommMessage{}) // it has heard of it
	p.Handle(t.Context(), sends("/a", 1.0), f)
	if !first.closed || second.closed || !slices.Equal(*programs, []string{"/new 2"}) {
		t.Errorf("closed: %t %t; programs got %q", first.closed, second.closed, *programs)
	}
	if len(second.got) != 2 || len(f.shown) != 0 {
		t.Errorf("the second page got %q", second.got)
	}
	second.peer.Closed(exec.CommMessage{})
	if there, _ := p.Alive(t.Context()); there {
		t.Error("a page that was closed is said to be there")
	}
}

func TestAPageThatDoesNotAnswerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, _ := newPage()
		b := f.opens(t)
		b.says(openedAddress, true)
		if there, took := p.Alive(t.Context()); !there || took != 0 {
			t.Errorf("a page that was heard just now: %t, %v", there, took)
		}
		time.Sleep(fresh)
		go func() {
			time.Sleep(20 * time.Millisecond)
			b.says(pongAddress, true)
		}()
		if there, took := p.Alive(t.Context()); !there || took != 20*time.Millisecond {
			t.Errorf("a page that answers: %t, %v", there, took)
		}
		time.Sleep(fresh)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if there, _ := p.Alive(ended); there || b.closed {
			t.Errorf("at the end of the context: %t, closed: %t", there, b.closed)
		}
		if there, _ := p.Alive(t.Context()); there || !b.closed {
			t.Errorf("a page that does not answer: %t, closed: %t", there, b.closed)
		}
	})
}
