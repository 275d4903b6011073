package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// engine holds the engine from before it exists: it is made in the background, since building the
// worker takes half a minute on a new machine and kernel_info must not wait for that.
type engine struct {
	open  func(ctx context.Context, progress func(text string)) (exec.Engine, error)
	comms exec.Comms // for engines that want them

	// mu guards what follows: the attempt that runs or ran last, and whether close was called.
	mu     sync.Mutex
	last   *attempt
	closed bool
}

// attempt is one try to make the engine.
type attempt struct {
	// done is closed at the end; engine and err are set before.
	done   chan struct{}
	engine exec.Engine
	err    error

	// mu guards the last progress text; told holds a value when it changed.
	mu   sync.Mutex
	text string
	told chan struct{}
}

func newEngine(open func(context.Context, func(string)) (exec.Engine, error), comms exec.Comms) *engine {
	return &engine{open: open, comms: comms}
}

// start begins an attempt and returns it, or the last one if that still runs or has succeeded.
func (e *engine) start(ctx context.Context) *attempt {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last != nil && (!e.last.ended() || e.last.err == nil) {
		return e.last
	}
	a := &attempt{done: make(chan struct{}), told: make(chan struct{}, 1)}
	e.last = a
	if e.closed {
		a.err = context.Canceled
		close(a.done)
		return a
	}
	go func() {
		defer close(a.done)
		defer func() {
			if p := recover(); p != nil {
				a.err = fmt.Errorf("internal error while the engine was started: %v\n%s", p, debug.Stack())
			}
		}()
		a.engine, a.err = e.open(ctx, a.progress)
		if user, ok := a.engine.(exec.CommUser); ok && a.err == nil {
			user.UseComms(e.comms)
		}
	}()
	return a
}

func (a *attempt) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

func (a *attempt) progress(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text = text
	select {
	case a.told <- struct{}{}:
	default:
	}
}

func (a *attempt) lastProgress() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.text
}

// ready returns the engine if there is one already, else nil.
func (e *engine) ready() exec.Engine {
	e.mu.Lock()
	a := e.last
	e.mu.Unlock()
	if a == nil || !a.ended() || a.err != nil {
		return nil
	}
	return a.engine
}

// readyWithin is ready, for callers that can wait a little.
func (e *engine) readyWithin(ctx context.Context, limit time.Duration) exec.Engine {
	e.mu.Lock()
	a := e.last
	e.mu.Unlock()
	if a == nil {
		return nil
	}
	select {
	case <-a.done:
	case <-ctx.Done():
	case <-time.After(limit):
	}
	return e.ready()
}

// wait returns the engine when it is made; after a failed attempt it begins another, which lives in
// life. Meanwhile the progress is shown in the output (nil for none), and removed from it at the
// end. Of several goroutines that wait, one shows it.
func (e *engine) wait(ctx, life context.Context, out *output) (exec.Engine, error) {
	a := e.start(life)
	told := a.told
	if out == nil {
		told = nil
	}
	shown := ""
	for {
		select {
		case <-a.done:
			if shown != "" {
				out.ClearOutput(false)
			}
			return a.engine, a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-told:
			if text := a.lastProgress(); text != shown {
				if shown != "" {
					out.ClearOutput(true)
				}
				out.Stream("stdout", text+"\n")
				shown = text
			}
		}
	}
}

// close closes the engine. It waits at most limit for an attempt that still runs, and then for the
// engine.
func (e *engine) close(limit time.Duration) error {
	e.mu.Lock()
	e.closed = true
	a := e.last
	e.mu.Unlock()
	if a == nil {
		return nil
	}
	select {
	case <-a.done:
	case <-time.After(limit):
		return nil
	}
	if a.engine == nil {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- a.engine.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("close the engine: %w", err)
		}
		return nil
	case <-time.After(limit):
		return fmt.Errorf("close the engine: it has not closed within %v; what it runs ends with this process", limit)
	}
}
