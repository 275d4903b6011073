// Package worker is the kernel's side of the process that runs cells. It owns the process: its
// start and end, its pipes, and the order of everything that comes out of it. It knows neither what
// cells mean nor how they are built. What the process prints, shows and asks goes to a Handler.
//
// Text comes through the pipes behind the process's standard output and standard error; everything
// else comes as messages (package frame) through a third pipe. To keep them in order, the process
// writes a marker into both streams before it sends a message. This side hands the message on once
// it has read up to both markers, and only then what follows them.
package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// Handler takes what comes out of the process. All methods but Input are called from one goroutine,
// in the order of the program's actions; the process waits while they run.
type Handler interface {
	// Front says to which exec the text of Stream belongs from here on: of those that run, the one
	// that began last, or, if none runs, the last that ran.
	Front(execID int64)
	// Quiet says that the exec and every goroutine that its cell started have ended. Nothing will
	// mention the exec any more.
	Quiet(execID int64)
	// Stream takes text that the process wrote to "stdout" or "stderr". The text is valid UTF-8;
	// small pieces are put together.
	Stream(name, text string)
	// LateStream takes text from a goroutine whose exec has ended or is not the one in front; small
	// pieces are put together.
	LateStream(execID int64, name, text string)
	// Display shows a MIME bundle. If id is not empty, later updates can refer to it.
	Display(execID int64, data, metadata map[string]any, id string, update bool)
	// Result takes the value of a cell's last expression.
	Result(execID int64, data, metadata map[string]any)
	// Clear empties the output area. With wait, it does so when the next output comes.
	Clear(execID int64, wait bool)
	// GoroutinePanic takes the panic of a goroutine that a cell had started; only that goroutine
	// has ended.
	GoroutinePanic(execID int64, p Panic)
	// Input asks the user for a line. It is called from a goroutine of its own and may block; ctx
	// ends when the run that asked is interrupted or the process ends.
	Input(ctx context.Context, execID int64, prompt string, password bool) (string, error)
}

// The words for how a run ends are those of the pipe.
type (
	// Outcome is how a run ended.
	Outcome = frame.Outcome
	// Panic reports a panic.
	Panic = frame.Panic
	// Frame is one call on a stack.
	Frame = frame.Frame
)

// lastWord is how long Run waits for the process's report after an interrupt. The process itself
// leaves a hanging cell behind a little earlier; this limit is for a process that does not even do
// that.
const lastWord = 2400 * time.Millisecond

// Process is one worker process. Its methods may be called from several goroutines.
//
// Goroutines: one starts the process and waits for its end; one for each of the three pipes reads
// it to its end; one dispatches what they read. Done is closed when all of them have ended.
type Process struct {
	handler Handler
	proc    *child
	done    chan struct{}
	exit    *ExitError // valid when done is closed
	ids     atomic.Int64

	mu      sync.Mutex
	w       *frame.Writer
	opened  map[string]bool
	replies map[int64]chan *frame.Message
	runs    map[int64]*run
	hurry   func() // ends what a CommHandler waits for; nil before the first call of one
}

// run is a run that the process has not reported on.
type run struct {
	outcome chan Outcome
	hangs   chan struct{}   // closed when the process has not reported in time after an interrupt
	timer   *time.Timer     // set by an interrupt
	ctx     context.Context // for Input
	cancel  context.CancelFunc
}

// Open loads a plugin, which is the compiled cell of the package path, for exec execID. What it
// prints during initialisation reaches the handler before Open returns.
func (p *Process) Open(ctx context.Context, execID int64, path, so string) error {
	if p.Opened(path) {
		return nil
	}
	if err := p.ask(ctx, &frame.Message{Kind: frame.Open, Exec: execID, Path: path, SO: so}); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	p.mu.Lock()
	p.opened[path] = true
	p.mu.Unlock()
	return nil
}

// Opened says whether Open has loaded the package.
func (p *Process) Opened(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened[path]
}

// Count returns the number of plugins loaded.
func (p *Process) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.opened)
}

// Activate makes a loaded package's versions of functions current. The functions are named by their
// keys.
func (p *Process) Activate(ctx context.Context, path string, keys []string) error {
	return p.ask(ctx, &frame.Message{Kind: frame.Activate, Path: path, Args: keys})
}

// Setenv sets an environment variable of the process.
func (p *Process) Setenv(ctx context.Context, name, value string) error {
	return p.ask(ctx, &frame.Message{Kind: frame.Setenv, Name: name, Text: value})
}

// Unsetenv removes an environment variable of the process.
func (p *Process) Unsetenv(ctx context.Context, name string) error {
	return p.ask(ctx, &frame.Message{Kind: frame.Setenv, Name: name, Remove: true})
}

// Chdir changes the current folder of the process.
func (p *Process) Chdir(ctx context.Context, dir string) error {
	return p.ask(ctx, &frame.Message{Kind: frame.Chdir, Text: dir})
}

// Stacks returns the stacks of all goroutines of the process, as the runtime prints them.
func (p *Process) Stacks(ctx context.Context) (string, error) {
	reply, err := p.request(ctx, &frame.Message{Kind: frame.Stacks})
	if err != nil {
		return "", err
	}
	return reply.Text, nil
}

// ask sends a request whose reply says no more than whether it went well.
func (p *Process) ask(ctx context.Context, m *frame.Message) error {
	_, err := p.request(ctx, m)
	return err
}

// request sends a request and waits for its reply.
func (p *Process) request(ctx context.Context, m *frame.Message) (*frame.Message, error) {
	m.ID = p.ids.Add(1)
	reply := make(chan *frame.Message, 1)
	p.mu.Lock()
	p.replies[m.ID] = reply
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.replies, m.ID)
		p.mu.Unlock()
	}()
	p.send(m)
	select {
	case r := <-reply:
		if r.Error != "" {
			return nil, errors.New(r.Error)
		}
		return r, nil
	case <-p.done:
		return nil, p.exit
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Run runs the cell package as exec execID, with args as the program's arguments (os.Args[1:]). It
// returns when the run has ended or was left behind; by then the handler has been given everything
// that the run printed and showed. Several runs may go on at the same time. The end of ctx
// interrupts the run. The error is an *ExitError if the process has ended.
func (p *Process) Run(ctx context.Context, execID int64, path string, args []string) (Outcome, error) {
	r := &run{outcome: make(chan Outcome, 1), hangs: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	defer r.cancel()
	p.mu.Lock()
	p.runs[execID] = r
	begun := time.Now()
	// Before any interrupt of it; see send.
	_ = p.w.Write(&frame.Message{Kind: frame.Run, Exec: execID, Path: path, Args: args})
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.runs, execID)
		if r.timer != nil {
			r.timer.Stop()
		}
	}()
	stop := context.AfterFunc(ctx, func() { p.Interrupt(execID) })
	defer stop()
	select {
	case o := <-r.outcome:
		return o, nil
	case <-r.hangs:
		return Outcome{
			Interrupted: true, Duration: time.Since(begun),
			Abandoned: "(the worker process did not answer, so the place is not known)",
		}, nil
	case <-p.done:
		select {
		case o := <-r.outcome: // it came with the process's last words
			return o, nil
		default:
			return Outcome{Duration: time.Since(begun)}, p.exit
		}
	}
}

// Interrupt stops a run: its loops end at their next turn, its contexts and questions to the user
// end at once. A run that has not ended after two seconds is left behind. If the run has already
// ended, Interrupt does nothing.
func (p *Process) Interrupt(execID int64) {
	p.mu.Lock()
	r := p.runs[execID]
	if r != nil && r.timer == nil {
		r.timer = time.AfterFunc(lastWord, func() { close(r.hangs) })
	}
	if r != nil && p.hurry != nil {
		p.hurry()
	}
	p.mu.Unlock()
	if r != nil {
		p.send(&frame.Message{Kind: frame.Interrupt, Exec: execID})
		r.cancel()
	}
}

// send sends a message. It reports no error: a process that does not take it has ended, which done
// tells.
func (p *Process) send(m *frame.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.w.Write(m)
}

// Kill ends the process and the programs it started, at once.
func (p *Process) Kill() {
	p.proc.kill()
	<-p.done
}

// Close lets the process end by closing its pipe from the kernel. Programs that it started end with
// it.
func (p *Process) Close() error {
	p.proc.hangUp()
	select {
	case <-p.done:
	case <-time.After(time.Second):
		p.Kill()
	}
	return nil
}

// PID returns the process's ID.
func (p *Process) PID() int { return p.proc.pid() }

// Done is closed when the process has ended and everything it wrote has been handed on.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns the *ExitError of a process that has ended, or nil while it lives.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.exit
	default:
		return nil
	}
}
