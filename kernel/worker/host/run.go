package host

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// patience is how long an interrupted cell may take before it is left behind.
const patience = 2 * time.Second

// afterglow is for how long after an interrupt the run's other goroutines are still told to stop at
// their checks. While it lasts, checks everywhere are slower.
const afterglow = 500 * time.Millisecond

// run is one run of a cell. Its main goroutine ends it, or abandon does, whichever comes first.
type run struct {
	h      *host
	exec   *rt.Exec
	cancel context.CancelFunc
	begun  time.Time

	mu        sync.Mutex
	goroutine string // the number of the main goroutine
	over      bool   // Done was sent
	timer     *time.Timer
}

// start runs the cell in a new goroutine.
func (h *host) start(id int64, path string, args []string) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{h: h, cancel: cancel, begun: time.Now()}
	r.exec = &rt.Exec{ID: id, Failed: h.goroutineFailed, Quiet: h.quiet, Context: ctx}
	h.mu.Lock()
	h.runs[id] = r
	h.mu.Unlock()
	h.stdin.watch()
	os.Args = append(os.Args[:1:1], args...)
	go r.main(rt.Lookup(path))
}

// main is the cell's main goroutine.
func (r *run) main(f func()) {
	var o frame.Outcome
	ended := false
	defer func() {
		value := recover()
		switch {
		case value != nil:
			o = r.outcome(value)
		case !ended:
			o.Panic = &frame.Panic{Value: "runtime.Goexit was called", Goexit: true, Frames: callers(), Stack: ownStack()}
		}
		r.finish(o)
	}()
	r.mu.Lock()
	r.goroutine = ownNumber()
	r.mu.Unlock()
	r.h.bring(r)
	if f == nil {
		panic("the cell is not loaded")
	}
	r.exec.Run(f)
	ended = true
}

// outcome is what the panic with that value means. It is called on the stack that panicked.
func (r *run) outcome(value any) frame.Outcome {
	err, isError := value.(error)
	var stopped rt.Interrupt
	p := describe(value)
	if isError && errors.As(err, &stopped) {
		return frame.Outcome{Interrupted: true, Panic: p}
	}
	if r.exec.Stopped() && isError && errors.Is(err, context.Canceled) {
		// The cell did as it was told and returned its context's error.
		return frame.Outcome{Interrupted: true, Panic: p}
	}
	if _, ok := value.(rt.Failure); ok {
		return frame.Outcome{Failure: p}
	}
	return frame.Outcome{Panic: withNoted(p, r.exec)}
}

// finish tells the kernel that the run is over, if abandon has not.
func (r *run) finish(o frame.Outcome) {
	r.mu.Lock()
	over := r.over
	r.over = true
	if r.exec.Stopped() && o.Panic == nil && o.Failure == nil {
		// The cell ended by itself, on the word of its context or its goroutines.
		o.Interrupted = true
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	if r.exec.Stopped() {
		time.AfterFunc(afterglow, r.exec.Release)
	}
	if !over {
		r.done(o)
	}
}

func (r *run) done(o frame.Outcome) {
	o.Duration = time.Since(r.begun)
	flushC()
	r.h.ends(r)
	r.h.out.send(&frame.Message{Kind: frame.Done, Exec: r.exec.ID, Outcome: &o}, ordered)
}

// interrupt stops the run: its goroutines panic at their next check, its context ends, and what
// still hangs after a while is left behind.
func (r *run) interrupt() {
	r.exec.Stop()
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil && !r.over {
		r.timer = time.AfterFunc(patience, r.abandon)
	}
}

// abandon ends the run for the kernel although its goroutine goes on.
func (r *run) abandon() {
	r.mu.Lock()
	over, goroutine := r.over, r.goroutine
	r.over = true
	r.mu.Unlock()
	if over {
		return
	}
	stack := stackOf(goroutine)
	r.done(frame.Outcome{Interrupted: true, Abandoned: stack, AbandonedAt: parseStack(stack)})
}

// quiet says that nothing is left of the exec that could print.
func (h *host) quiet(e *rt.Exec) {
	h.out.send(&frame.Message{Kind: frame.Quiet, Exec: e.ID}, unordered)
}

// goroutineFailed reports the panic of a goroutine that a cell started. It is called on the stack
// that panicked.
func (h *host) goroutineFailed(e *rt.Exec, value any, _ []byte) {
	var stopped rt.Interrupt
	if err, ok := value.(error); ok && errors.As(err, &stopped) {
		return
	}
	h.out.send(&frame.Message{Kind: frame.Panicked, Exec: e.ID, Panic: describe(value)}, ordered)
}
