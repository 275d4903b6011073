package worker

import (
	"context"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// The verbs of a Comm.
const (
	CommStart       = frame.CommStart       // connect the page
	CommSend        = frame.CommSend        // a value for the page
	CommRead        = frame.CommRead        // ask the page for a value
	CommSubscribe   = frame.CommSubscribe   // values of the page are wanted from now on
	CommUnsubscribe = frame.CommUnsubscribe // and no longer
)

// Comm is what a program has for the page that shows the notebook, or wants from it.
type Comm struct {
	// Verb is one of the verbs above.
	Verb    string
	Address string
	// Value is what is sent with CommSend.
	Value any
}

// CommHandler is a Handler that also takes what programs have for the page. It is called in the
// same way as a Handler: while it waits, nothing is heard from the process, not even the end of an
// interrupted run. So ctx ends when any run is interrupted, or has been interrupted and has not
// ended, and when the process ends.
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

// Value hands a value that the page has sent to those in the process that subscribed to its
// address.
func (p *Process) Value(address string, value any) {
	p.send(&frame.Message{Kind: frame.Value, Text: address, Data: map[string]any{"value": value}})
}
