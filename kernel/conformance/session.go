package conformance

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// Session runs one case after another on one engine, each in a session of its own. It is used by
// one goroutine at a time.
type Session struct {
	engine *engine.Engine
	limit  time.Duration
	count  int
}

// NewSession starts an engine. A case that takes longer than limit is ended and has failed.
func NewSession(ctx context.Context, o engine.Options, limit time.Duration) (*Session, error) {
	e, err := engine.New(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start an engine: %w", err)
	}
	return &Session{engine: e, limit: limit}, nil
}

// Close ends the engine.
func (s *Session) Close() error { return s.engine.Close() }

// Run is what a case's cells did, up to the first that failed.
type Run struct {
	Stdout, Stderr string
	// Shown is what cells displayed beside the two streams. No program of Go's displays anything.
	Shown string
	// Failure is why the last cell that ran failed; nil if all cells ended well.
	Failure *exec.Failure
	// Failed is the number of the cell that failed, from 1.
	Failed int
	// TimedOut says that the case was ended because it took too long.
	TimedOut bool
	// Lame says what was wrong with the engine after the case; empty if the next cell worked.
	Lame string
}

// Fresh makes the engine forget everything, in a new empty folder or in dir if that is not empty.
// The function that it returns removes the folder.
func (s *Session) Fresh(ctx context.Context, dir string) (func(), error) {
	remove := func() {}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "conformance-"); err != nil {
			return remove, fmt.Errorf("make a folder for a case: %w", err)
		}
		remove = func() { os.RemoveAll(dir) }
	}
	// In this order, because the last folder is gone.
	for _, line := range []string{"%cd " + dir, "%reset"} {
		if f := s.engine.Execute(ctx, exec.Request{Code: line}, &recorder{}); f != nil {
			remove()
			return func() {}, fmt.Errorf("%s: %w", line, f)
		}
	}
	s.count = 0
	return remove, nil
}

// Run runs cells until one fails, and then, unless all went well, one more to see whether the
// engine still works.
func (s *Session) Run(ctx context.Context, cells []string) Run {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	stop := s.killAtEnd(ctx)
	var run Run
	out := &recorder{}
	for _, c := range cells {
		s.count++
		run.Failure = s.engine.Execute(ctx, exec.Request{Code: c, Count: s.count}, out)
		if run.Failure != nil {
			run.Failed = s.count
			break
		}
	}
	run.TimedOut = stop()
	out.mu.Lock() // goroutines that the case left behind may still print
	run.Stdout, run.Stderr, run.Shown = out.stdout.String(), out.stderr.String(), out.shown.String()
	out.mu.Unlock()
	if run.Failure != nil {
		run.Lame = s.probe(context.WithoutCancel(ctx))
	}
	return run
}

// killAtEnd ends the case when ctx ends: by an interrupt, and then, when a cell does not listen, by
// its worker's end. The function that it returns calls this off, and says whether it came too late
// for that.
func (s *Session) killAtEnd(ctx context.Context) func() bool {
	over := make(chan struct{})
	var done sync.WaitGroup
	done.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer done.Done()
		s.engine.Interrupt()
		select {
		case <-over:
		case <-time.After(3 * time.Second):
			s.engine.Interrupt()
		}
	})
	return func() (late bool) {
		close(over)
		if late = !stop(); late {
			done.Wait() // so that it does not hit the next case
		}
		return late
	}
}

// probe runs a cell that must work in any session, and says what went wrong.
func (s *Session) probe(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out := &recorder{}
	s.count++
	f := s.engine.Execute(ctx, exec.Request{Code: `import "fmt"` + "\n" + `fmt.Print("ali", "ve")`, Count: s.count}, out)
	if f != nil {
		return "the next cell failed: " + f.Error()
	}
	if got := out.stdout.String(); !strings.HasSuffix(got, "alive") {
		return fmt.Sprintf("the next cell printed %q", got)
	}
	return ""
}

// mostOutput is how many bytes of one stream are kept.
const mostOutput = 16 << 20

// recorder is an exec.Output that keeps the streams apart.
type recorder struct {
	mu                    sync.Mutex
	stdout, stderr, shown strings.Builder
}

// Stream implements exec.Output.
func (r *recorder) Stream(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to := &r.stdout
	if name == "stderr" {
		to = &r.stderr
	}
	if to.Len() < mostOutput {
		to.WriteString(text)
	}
}

// Display implements exec.Output.
func (r *recorder) Display(d exec.Display) { r.show(d.Data) }

// Result implements exec.Output.
func (r *recorder) Result(data exec.Bundle, _ map[string]any) { r.show(data) }

func (r *recorder) show(b exec.Bundle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.shown, b["text/plain"])
}

// ClearOutput implements exec.Output.
func (r *recorder) ClearOutput(bool) {}

// Input implements exec.Output: standard input is empty.
func (r *recorder) Input(context.Context, string, bool) (string, error) { return "", os.ErrInvalid }
