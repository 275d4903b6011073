package host

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
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
	// Lines for standard input that the user was asked for and that have not come.
	questions sync.WaitGroup

	mu        sync.Mutex
	told      bool   // to stop
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
	h.reopen()
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
		case !ended && r.exec.Endless():
			o.Panic = describe(rt.Endless{})
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
	// The end of the cell would withdraw them. Who asks at the end, as with gonbui.RequestInput,
	// means the next cell to read the line.
	r.questions.Wait()
	ended = true
}

// outcome is what the panic with that value means. It is called on the stack that panicked.
func (r *run) outcome(value any) frame.Outcome {
	p := describe(value)
	if wraps(value, isInterrupt) {
		return frame.Outcome{Interrupted: true, Panic: p}
	}
	if r.wasTold() && wraps(value, isCanceled) {
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
	if r.told && o.Panic == nil && o.Failure == nil {
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

func (r *run) wasTold() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told
}

// interrupt stops the run: its goroutines panic at their next check, its context ends, and what
// still hangs after a while is left behind. Where cell code listens for signals, it gets one first,
// and a moment to end by itself.
func (r *run) interrupt() {
	r.mu.Lock()
	first := !r.told
	r.told = true
	if r.timer == nil && !r.over {
		r.timer = time.AfterFunc(patience, r.abandon)
	}
	r.mu.Unlock()
	r.cancel()
	if !first || !rt.Listens() {
		r.exec.Stop()
		return
	}
	signalSelf()
	time.AfterFunc(signalTime, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.over {
			r.exec.Stop()
		}
	})
}

// signalTime is how long cell code that listens for signals has to end by itself.
const signalTime = 400 * time.Millisecond

// interrupts takes the signals that the host itself has no use for.
var interrupts = make(chan os.Signal, 1)

// catchInterrupts keeps an interrupt from ending the process: that of the terminal is the kernel's
// business. Notify, not Ignore: programs started by cells would inherit the latter.
func catchInterrupts() { signal.Notify(interrupts, syscall.SIGINT) }

// signalSelf sends the process the signal of an interrupt, for signal.Notify in cell code.
func signalSelf() {
	catchInterrupts() // again, because cell code may have called signal.Reset
	syscall.Kill(os.Getpid(), syscall.SIGINT)
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
	if wraps(value, isInterrupt) {
		return
	}
	h.out.send(&frame.Message{Kind: frame.Panicked, Exec: e.ID, Panic: describe(value)}, ordered)
}
