package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/gonbml/gonbml/kernel/engine/page"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker"
)

// routes hands what the worker sends to the output of the cell that it belongs to, long after the cell has ended if a
// goroutine of it lives on. What belongs to no cell goes to the running, else to the last one.
type routes struct {
	mu      sync.Mutex
	added   int64 // runs so far
	outputs map[int64]exec.Output
	quiet   map[int64]bool // runs that nothing will name any more
	last    int64          // the run that began last
	front   int64          // the run that text belongs to which the process writes
	cells   *words.Cells   // that panics of goroutines are told of
	page    *page.Page     // where what programs have for the page goes
}

func newRoutes(cells *words.Cells, page *page.Page) *routes {
	return &routes{outputs: map[int64]exec.Output{}, quiet: map[int64]bool{}, cells: cells, page: page}
}

// add gives a run its number, and makes its output known.
func (r *routes) add(out exec.Output) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.added++
	r.outputs[r.added] = out
	return r.added
}

// begin makes a run the last one.
func (r *routes) begin(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = id
	r.sweep()
}

// Quiet implements worker.Handler.
func (r *routes) Quiet(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet[id] = true
	r.sweep()
}

// sweep forgets the outputs that nothing can reach any more. The caller holds mu.
func (r *routes) sweep() {
	for id := range r.quiet {
		if id != r.last && id != r.front {
			delete(r.outputs, id)
			delete(r.quiet, id)
		}
	}
}

// remove forgets a run's output.
func (r *routes) remove(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.outputs, id)
}

// to returns the output of a run; of one that is not known, and of text that belongs to none, that of the run in front,
// else of the last one.
func (r *routes) to(id int64) exec.Output {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range [...]int64{id, r.front, r.last} {
		if out, ok := r.outputs[id]; ok {
			return out
		}
	}
	return discard{}
}

// Front implements worker.Handler.
func (r *routes) Front(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.front = id
	r.sweep()
}

// Stream implements worker.Handler.
func (r *routes) Stream(name, text string) { r.to(0).Stream(name, text) }

// LateStream implements worker.Handler.
func (r *routes) LateStream(id int64, name, text string) { r.to(id).Stream(name, text) }

// Display implements worker.Handler.
func (r *routes) Display(id int64, data, metadata map[string]any, displayID string, update bool) {
	r.to(id).Display(exec.Display{Data: data, Metadata: metadata, ID: displayID, Update: update})
}

// Comm implements worker.CommHandler.
func (r *routes) Comm(ctx context.Context, id int64, c worker.Comm) { r.page.Handle(ctx, c, r.to(id)) }

// Result implements worker.Handler.
func (r *routes) Result(id int64, data, metadata map[string]any) { r.to(id).Result(data, metadata) }

// Clear implements worker.Handler.
func (r *routes) Clear(id int64, wait bool) { r.to(id).ClearOutput(wait) }

// GoroutinePanic implements worker.Handler: the panic is told under the cell that started the
// goroutine.
func (r *routes) GoroutinePanic(id int64, p worker.Panic) {
	r.to(id).Stream("stderr", r.cells.GoroutinePanic(p))
}

// Input implements worker.Handler.
func (r *routes) Input(ctx context.Context, id int64, prompt string, password bool) (string, error) {
	return r.to(id).Input(ctx, prompt, password)
}

// silent is an output that does not show the value of the last expression.
type silent struct{ exec.Output }

func (silent) Result(exec.Bundle, map[string]any) {}

// discard takes what is printed before the first cell.
type discard struct{}

func (discard) Stream(string, string)              {}
func (discard) Display(exec.Display)               {}
func (discard) ClearOutput(bool)                   {}
func (discard) Result(exec.Bundle, map[string]any) {}
func (discard) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("no cell is running that could ask")
}
