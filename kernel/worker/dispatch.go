package worker

import (
	"strings"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/kernel/worker/held"
)

var streamNames = [2]string{"stdout", "stderr"}

// stream is one of the two output streams as the dispatcher sees it.
type stream struct {
	pieces chan piece // nil after its end
	mark   int64      // the marker up to which it was read
	rest   []byte     // the beginning of a rune
}

// dispatcher puts the two streams and the messages in order and calls the handler. Its state
// belongs to its loop.
type dispatcher struct {
	p        *Process
	messages chan *frame.Message
	streams  [2]*stream
	last     lastWords     // the end of standard error
	hello    chan struct{} // closed when the process is ready

	next  *frame.Message     // waits for its markers
	mark  int64              // the last marker whose message was handed on
	front int64              // the exec that the streams belong to
	held  *held.Text[textOf] // text to hand on, by exec
}

// textOf is how an exec's text comes: through an output stream, or, late, by a message.
type textOf struct {
	late   bool
	stream string
}

func newDispatcher(p *Process, prefix string) *dispatcher {
	d := &dispatcher{p: p, messages: make(chan *frame.Message), hello: make(chan struct{})}
	d.held = held.New(d.handOn)
	for i, f := range []drainReader{{p.proc.stdout}, {p.proc.stderr}} {
		d.streams[i] = &stream{pieces: make(chan piece)}
		go readStream(f, prefix, d.streams[i].pieces)
	}
	go func() {
		defer close(d.messages)
		r := frame.NewReader(drainReader{p.proc.messages})
		for {
			m, err := r.Read()
			if err != nil {
				return // the process has ended or broken off
			}
			d.messages <- m
		}
	}()
	return d
}

// loop runs until the process has ended and everything it wrote was handed on.
func (d *dispatcher) loop() {
	ended := d.p.proc.ended
	for ended != nil || d.messages != nil || d.next != nil || d.streams[0].pieces != nil || d.streams[1].pieces != nil {
		if d.deliver() {
			continue
		}
		// A stream that has reached a marker rests until the marker's message was handed on, and
		// the messages rest while one waits for its markers. When the messages have ended, nothing
		// is worth waiting for.
		var in [2]chan piece
		for i, s := range d.streams {
			if s.mark <= d.mark || d.messages == nil && d.next == nil {
				in[i] = s.pieces
			}
		}
		messages := d.messages
		if d.next != nil {
			messages = nil
		}
		select {
		case x, ok := <-in[0]:
			d.piece(0, x, ok)
		case x, ok := <-in[1]:
			d.piece(1, x, ok)
		case m, ok := <-messages:
			if !ok {
				d.messages = nil
			}
			d.next = m
		case <-d.held.Due():
			d.held.Flush()
		case <-ended:
			ended = nil
			for _, r := range []drainReader{{d.p.proc.stdout}, {d.p.proc.stderr}, {d.p.proc.messages}} {
				r.ended()
			}
		}
	}
	d.finishText()
	d.p.proc.release()
	d.p.exit = exitError(d.p.proc.cmd.ProcessState, d.p.proc.killed.Load(), &d.last)
	d.p.mu.Lock()
	for _, r := range d.p.runs {
		r.cancel()
	}
	d.p.mu.Unlock()
	close(d.p.done)
}

// piece takes a piece of a stream; ok is false at its end.
func (d *dispatcher) piece(i int, x piece, ok bool) {
	s := d.streams[i]
	switch {
	case !ok:
		s.pieces = nil
	case x.mark != 0:
		s.mark = x.mark
	default:
		d.text(i, x.text)
	}
}

// text takes text of a stream.
func (d *dispatcher) text(i int, text []byte) {
	if i == 1 {
		d.last.add(text)
	}
	s := d.streams[i]
	text = append(s.rest, text...)
	n := len(text) - incomplete(text)
	s.rest = append([]byte(nil), text[n:]...)
	d.held.Add(d.front, textOf{false, streamNames[i]}, string(text[:n]))
}

// handOn gives text to the handler.
func (d *dispatcher) handOn(exec int64, from textOf, text string) {
	if text = strings.ToValidUTF8(text, "\uFFFD"); from.late {
		d.p.handler.LateStream(exec, from.stream, text)
	} else {
		d.p.handler.Stream(from.stream, text)
	}
}

// finishText hands on everything, also bytes that may be the beginning of a rune.
func (d *dispatcher) finishText() {
	d.held.Flush()
	for i, s := range d.streams {
		if len(s.rest) > 0 {
			d.handOn(d.front, textOf{false, streamNames[i]}, string(s.rest))
			s.rest = nil
		}
	}
}

// deliver hands the waiting message on if its markers were reached, or never will be.
func (d *dispatcher) deliver() bool {
	m := d.next
	if m == nil {
		return false
	}
	for i, s := range d.streams {
		if m.Marked&(1<<i) != 0 && s.mark < m.Mark && s.pieces != nil {
			return false
		}
	}
	if m.Kind != frame.Stream {
		d.held.Flush()
	}
	d.next = nil
	d.mark = max(d.mark, m.Mark)
	d.message(m)
	return true
}

// message does what a message says.
func (d *dispatcher) message(m *frame.Message) {
	h := d.p.handler
	switch m.Kind {
	case frame.Hello:
		close(d.hello)
	case frame.Reply:
		d.p.mu.Lock()
		reply := d.p.replies[m.ID]
		d.p.mu.Unlock()
		if reply != nil {
			reply <- m
		}
	case frame.Done:
		d.finishText()
		d.p.mu.Lock()
		r := d.p.runs[m.Exec]
		d.p.mu.Unlock()
		if r != nil && m.Outcome != nil {
			r.outcome <- *m.Outcome
		}
	case frame.Quiet:
		h.Quiet(m.Exec)
	case frame.Front:
		d.front = m.Exec
		h.Front(m.Exec)
	case frame.Stream:
		d.held.Add(m.Exec, textOf{true, m.Name}, m.Text)
	case frame.Display:
		h.Display(m.Exec, m.Data, m.Metadata, m.DisplayID, m.Update)
	case frame.Result:
		h.Result(m.Exec, m.Data, m.Metadata)
	case frame.Clear:
		h.Clear(m.Exec, m.Wait)
	case frame.Panicked:
		if m.Panic != nil {
			h.GoroutinePanic(m.Exec, *m.Panic)
		}
	case frame.Comm:
		d.comm(m)
	case frame.Input:
		d.input(m)
	}
}

// input lets the handler ask the user, and sends the answer.
func (d *dispatcher) input(m *frame.Message) {
	d.p.mu.Lock()
	r := d.p.runs[m.Exec]
	d.p.mu.Unlock()
	answer := &frame.Message{Kind: frame.Answer, ID: m.ID}
	if r == nil {
		answer.Error = "the cell that asks has ended"
		d.p.send(answer)
		return
	}
	go func() {
		text, err := d.p.handler.Input(r.ctx, m.Exec, m.Text, m.Password)
		answer.Text = text
		if err != nil {
			answer.Error = err.Error()
			if answer.Error == "" {
				answer.Error = "no answer"
			}
		}
		d.p.send(answer)
	}()
}
