package host

import (
	"encoding/gob"
	"runtime"
	"sync"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// Deliver hands a value from the page to gonbui/comms. Generated code sets it before Main; if it is
// nil, values go through gonbui's named pipe.
var Deliver func(*protocol.CommValue)

// answers writes to gonbui's named pipe from several goroutines.
type answers struct {
	mu  sync.Mutex
	enc *gob.Encoder
}

func (a *answers) send(v *protocol.CommValue) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enc.Encode(v) // a program that has gone away needs no answer
}

// comm takes what a program sends to the page, or wants from it, and says whether it has dealt with
// the message.
func (h *host) comm(v any) bool {
	switch v := v.(type) {
	case *protocol.CommValue:
		return h.commValue(*v)
	case protocol.CommValue:
		return h.commValue(v)
	case *protocol.CommSubscription:
		h.subscribe(*v)
	case protocol.CommSubscription:
		h.subscribe(v)
	}
	return true
}

func (h *host) commValue(v protocol.CommValue) bool {
	verb := frame.CommSend
	switch {
	case v.Address == protocol.GonbuiSyncAddress:
		return false // the answer comes through the pipe
	case v.Address == protocol.GonbuiStartAddress:
		verb = frame.CommStart
	case v.Request:
		verb = frame.CommRead
	}
	h.sendComm(verb, v.Address, v.Value)
	return true
}

func (h *host) subscribe(s protocol.CommSubscription) {
	verb := frame.CommSubscribe
	h.mu.Lock()
	if s.Unsubscribe {
		verb = frame.CommUnsubscribe
		if h.subscribed[s.Address]--; h.subscribed[s.Address] <= 0 {
			delete(h.subscribed, s.Address)
		}
	} else {
		h.subscribed[s.Address]++
	}
	h.mu.Unlock()
	h.sendComm(verb, s.Address, nil)
}

func (h *host) sendComm(verb, address string, value any) {
	exec, _ := h.owner()
	m := &frame.Message{Kind: frame.Comm, Exec: exec, Name: verb, Text: address}
	if value != nil {
		m.Data = encoded(map[string]any{"value": value})
	}
	h.out.send(m, ordered)
}

// deliver hands a value of the page to those who asked for its address. A value that nobody asked
// for is dropped.
func (h *host) deliver(address string, value any) {
	h.mu.Lock()
	wanted, pipe := h.subscribed[address] > 0, h.answers
	h.mu.Unlock()
	if !wanted {
		return
	}
	v := &protocol.CommValue{Address: address, Value: typed(value)}
	switch {
	case Deliver != nil:
		// In the goroutine that reads from the kernel, so that values keep their order: gonbui only
		// queues them.
		Deliver(v)
	case pipe != nil:
		go pipe.send(v)
	}
}

// typed gives lists and objects of one kind of value, which JSON does not tell from others, the
// type that gonbui has for them.
func typed(value any) any {
	switch v := value.(type) {
	case []any:
		if numbers, ok := allOf[float64](v); ok {
			return numbers
		}
		if texts, ok := allOf[string](v); ok {
			return texts
		}
	case map[string]any:
		if numbers, ok := mapOf[float64](v); ok {
			return numbers
		}
		if texts, ok := mapOf[string](v); ok {
			return texts
		}
	}
	return value
}

func allOf[T any](list []any) ([]T, bool) {
	out := make([]T, 0, len(list))
	for _, x := range list {
		t, ok := x.(T)
		if !ok {
			return nil, false
		}
		out = append(out, t)
	}
	return out, true
}

func mapOf[T any](m map[string]any) (map[string]T, bool) {
	out := make(map[string]T, len(m))
	for k, x := range m {
		t, ok := x.(T)
		if !ok {
			return nil, false
		}
		out[k] = t
	}
	return out, true
}

// Owner returns a function that runs other functions on behalf of the calling goroutine's cell:
// what they print and show belongs to that cell, and a panic ends nothing but the function. They
// run one after another, in the order in which they were handed in, in a goroutine that ends when
// none is left. The cell's output stays reachable as long as the result is.
func Owner() func(func()) {
	q := &queue{owner: rt.Current()}
	if q.owner != nil {
		q.owner.Hold(1)
		runtime.AddCleanup(q, func(e *rt.Exec) { e.Hold(-1) }, q.owner)
	}
	return q.add
}

// queue is the functions that wait to run for one cell.
type queue struct {
	owner *rt.Exec

	mu      sync.Mutex
	waiting []func()
	running bool
}

func (q *queue) add(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, f)
	if !q.running {
		q.running = true
		go q.drain()
	}
}

func (q *queue) drain() {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.running = false
			q.mu.Unlock()
			return
		}
		f := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		q.run(f)
	}
}

func (q *queue) run(f func()) {
	defer q.owner.Started().Enter().Leave()
	f()
}
