package host

import (
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// writePatience is how long another run waits to come to the front for text that is being written
// to the output streams. The kernel takes text at once; a write that takes longer is blocked on a
// pipe of the user's own that nobody reads.
const writePatience = time.Second

// streams keeps text that is written to the output streams apart from the change of the run in
// front, so that text appears under the run that was in front when it was written.
type streams struct {
	changing sync.Mutex // held while another run comes to the front

	mu      sync.Mutex
	shut    bool          // while another run comes to the front
	writing int           // texts on their way
	idle    chan struct{} // closed when none is left; nil while nobody waits for that
}

// enter says whether the caller may write to the streams. If so, the caller calls leave afterwards.
// enter never waits.
func (s *streams) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.writing++
	return true
}

func (s *streams) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing--; s.writing == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// still calls f while nobody writes.
func (s *streams) still(f func()) {
	s.mu.Lock()
	s.shut = true
	var idle chan struct{}
	if s.writing > 0 {
		idle = make(chan struct{})
		s.idle = idle
	}
	s.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-time.After(writePatience):
		}
	}
	f()
	s.mu.Lock()
	s.shut, s.idle = false, nil
	s.mu.Unlock()
}

// tellFront makes known that a run is in front. The caller holds changing.
func (h *host) tellFront(r *run) {
	h.streams.still(func() {
		rt.SetFront(r.exec)
		h.out.send(&frame.Message{Kind: frame.Front, Exec: r.exec.ID}, ordered)
	})
}

// bring puts a run to the front. It is called by the run's own goroutine, since it may have to wait
// for the kernel.
func (h *host) bring(r *run) {
	h.streams.changing.Lock()
	defer h.streams.changing.Unlock()
	h.mu.Lock()
	h.last = r
	h.mu.Unlock()
	h.tellFront(r)
}

// ends forgets a run. If it was in front and others still run, the one of them that began last
// comes to the front; no other run begins or ends in between; otherwise a run that is over could
// come to the front.
func (h *host) ends(r *run) {
	h.streams.changing.Lock()
	defer h.streams.changing.Unlock()
	h.mu.Lock()
	delete(h.runs, r.exec.ID)
	var next *run
	if h.last == r {
		for _, other := range h.runs {
			if next == nil || other.exec.ID > next.exec.ID {
				next = other
			}
		}
	}
	if next != nil {
		h.last = next
	}
	h.mu.Unlock()
	if next != nil {
		h.tellFront(next)
	}
}

// opens says that what is printed now belongs to an exec that is about to begin, unless others run.
func (h *host) opens(exec int64) {
	h.streams.changing.Lock()
	defer h.streams.changing.Unlock()
	h.mu.Lock()
	alone := len(h.runs) == 0
	h.mu.Unlock()
	if alone {
		h.streams.still(func() { h.out.send(&frame.Message{Kind: frame.Front, Exec: exec}, ordered) })
	}
}
