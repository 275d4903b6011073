package worker

import (
	"context"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// What a Comm is about.
const (
	CommStart       = frame.CommStart       // connect the page
	CommSend        = frame.CommSend        // a value for the page
	CommRead        = frame.CommRead        // ask the page for a value
	CommSubscribe   = frame.CommSubscribe   // values of the page are wanted from now on
	CommUnsubscribe = frame.CommUnsubscribe // and no longer
)

// Comm is what a program has for the page that shows the notebook, or wants of it.
type Comm struct {
	// Verb is CommStart or one of its kin.
	Verb    string
	Address string
	// Value is what is sent with CommSend.
	Value any
}

// CommHandler is a Handler that takes what programs have for the page. It is called as a Handler
// is, so that nothing of the process is heard while it waits, the end of an interrupted run
// included: ctx ends when any run is interrupted, or has been and has not ended, and when the
// process ends.
type CommHandler interface {
	Comm(ctx context.Context, execID int64, c Comm)
}

// comm hands on what is meant for the page, if anybody takes it.
func (d *dispatcher) comm(m *frame.Message) {
	h, ok := d.p.handler.(CommHandler)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.p.mu.Lock()
	d.p.hurry = cancel
	for _, r := range d.p.runs {
		if r.timer != nil {
			cancel()
		}
	}
	d.p.mu.Unlock()
	go func() {
		select {
		case <-d.p.proc.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	h.Comm(ctx, m.Exec, Comm{Verb: m.Name, Address: m.Text, Value: m.Data["value"]})
}

// Value hands a value that the page has sent to those in the process who asked for its address.
func (p *Process) Value(address string, value any) {
	p.send(&frame.Message{Kind: frame.Value, Text: address, Data: map[string]any{"value": value}})
}
