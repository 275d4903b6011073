package notebook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// RunOptions say how to run a notebook.
type RunOptions struct {
	// Timeout is how long one cell may take; 0 means that there is no limit.
	Timeout time.Duration
	// Stdout gets what the cells print and show; Stderr gets their errors and the progress. Either
	// may be nil.
	Stdout, Stderr io.Writer
	// Width is the number of columns if both writers are the same terminal; then displays that
	// cells update are redrawn in place. With 0, only the first and the last state of such a
	// display are written.
	Width int
}

// ErrTimeout is what a CellError wraps when the cell took longer than RunOptions.Timeout.
var ErrTimeout = errors.New("the cell took too long")

// stuckDelay is how long after an interrupt the engine may take to give a cell up; its contract
// says 2.5 s.
const stuckDelay = 5 * time.Second

// Run executes the notebook's code cells in order and stores in them what they produce, as Jupyter
// does. It stops with a *CellError at the first cell that fails, unless the cell is tagged
// raises-exception. Cells tagged skip-execution stay as they are. When ctx ends, the running cell
// is interrupted and Run returns, with the outputs so far stored.
func Run(ctx context.Context, nb *Notebook, eng exec.Engine, opts RunOptions) error {
	if l := nb.Language(); l != "" && l != "go" {
		return fmt.Errorf("expected a notebook in Go. Got one in %s", l)
	}
	r := &run{nb: nb, engine: eng, opts: opts, displays: map[string][]*Output{}}
	r.term = newTerminal(opts)
	defer r.end()
	var cells []*Cell
	for _, c := range nb.Cells {
		if c.Type == CodeCell && !c.Tagged("skip-execution") && strings.TrimSpace(c.Source) != "" {
			cells = append(cells, c)
		}
	}
	if e, ok := eng.(exec.Lookahead); ok {
		for _, c := range cells {
			e.Announce("", c.Source)
		}
		defer e.Withdraw("")
	}
	for i, c := range cells {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("cell %d of %d was not run: %w", i+1, len(cells), context.Cause(ctx))
		}
		if err := r.cell(ctx, c, i+1, len(cells)); err != nil {
			return err
		}
	}
	return nil
}

// cell runs one cell.
func (r *run) cell(ctx context.Context, c *Cell, number, of int) error {
	r.mu.Lock()
	c.Outputs, c.Count = nil, number
	r.term.begin(number, of, c.Source)
	r.mu.Unlock()

	start := time.Now()
	timer := make(<-chan time.Time)
	if r.opts.Timeout > 0 {
		t := time.NewTimer(r.opts.Timeout)
		defer t.Stop()
		timer = t.C
	}
	// The engine is told to stop by Interrupt, which keeps the session, and by the end of its
	// context only when that did not help.
	engineCtx, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	done := make(chan *exec.Failure, 1)
	go func() {
		var f *exec.Failure
		defer func() { // what the cells before have shown is to be written
			if p := recover(); p != nil {
				text := fmt.Sprintf("gonbml failed at this cell, which is its own fault: %v", p)
				f = &exec.Failure{Name: exec.EngineError, Value: text, Traceback: append([]string{text}, strings.Split(string(debug.Stack()), "\n")...)}
			}
			done <- f
		}()
		f = r.engine.Execute(engineCtx, exec.Request{Code: c.Source, Count: number}, &cellOutput{run: r, cell: c})
	}()
	var f *exec.Failure
	var cause error
	select {
	case f = <-done:
	case <-timer:
		cause = fmt.Errorf("%w: more than %s", ErrTimeout, r.opts.Timeout)
	case <-ctx.Done():
		cause = context.Cause(ctx)
	}
	if cause != nil {
		r.engine.Interrupt()
		select {
		case f = <-done:
		case <-time.After(stuckDelay):
			abandon()
			f = &exec.Failure{Name: exec.Interrupted, Value: "the cell did not stop when it was interrupted"}
		}
		if f == nil {
			f = &exec.Failure{Name: exec.Interrupted, Value: cause.Error()}
		}
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	expected := f != nil && cause == nil && c.Tagged("raises-exception")
	if f != nil {
		c.Outputs = append(c.Outputs, &Output{Type: ErrorOutput, EName: string(f.Name), EValue: f.Value, Traceback: f.Traceback})
		if expected {
			r.term.failure(f)
		}
	}
	r.term.finish(time.Since(start), expected)
	if f == nil || expected {
		return nil
	}
	return &CellError{Number: number, Of: of, Source: c.Source, Failure: f, Cause: cause}
}

// end closes the books: what goroutines of the cells print from now on has no place to go.
func (r *run) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.term.rest()
	for _, c := range r.nb.Cells {
		for _, o := range c.Outputs {
			if o.Type == StreamOutput {
				o.Text = overwrite(o.Text)
			}
		}
	}
}

// overwrite does what a terminal does at a carriage return: what follows takes the place of the
// line before it. This is how Jupyter stores progress bars.
func overwrite(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		body, end := line, ""
		for _, e := range []string{"\r\n", "\n", "\r"} {
			if strings.HasSuffix(line, e) {
				body, end = strings.TrimSuffix(line, e), e
				break
			}
		}
		body = strings.TrimRight(body, "\r")
		b.WriteString(body[strings.LastIndexByte(body, '\r')+1:])
		b.WriteString(end)
	}
	return b.String()
}

// dataOf copies what the engine handed over, which it may use again.
func dataOf(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}
