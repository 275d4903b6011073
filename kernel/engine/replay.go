package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// ran is one run of a cell's Go text that ended well; replay does it again.
type ran struct {
	req    exec.Request
	source string
	args   []string
}

// replay runs the cells that have run so far again, in their order. What they show is in the notebook already: only what
// the replay itself has to say is shown.
func (e *Engine) replay(ctx context.Context, l *lane, out exec.Output) *exec.Failure {
	e.mu.Lock()
	history := e.history
	e.history = nil
	e.mu.Unlock()
	begun := time.Now()
	for i, h := range history {
		r := &run{Engine: e, lane: l, req: h.req, out: discard{}, source: h.source, args: h.args}
		if f := r.do(ctx); f != nil {
			e.mu.Lock()
			e.history = append(e.history, history[i+1:]...) // the user may mend this cell and replay the others
			e.mu.Unlock()
			out.Stream("stderr", fmt.Sprintf("replay stopped at cell [%d], %d of %d:\n", h.req.Count, i+1, len(history)))
			return f
		}
	}
	out.Stream("stdout", fmt.Sprintf("replayed %d cells in %v\n", len(history), time.Since(begun).Round(time.Millisecond)))
	return nil
}

// compact replays in a new worker: Go cannot unload the code that cells have replaced.
func (e *Engine) compact(ctx context.Context, l *lane, out exec.Output) *exec.Failure {
	before := e.memory()
	if f := e.prepare(ctx, func() *exec.Failure { return e.replaceWorker(ctx, out) }); f != nil {
		return f
	}
	if f := e.replay(ctx, l, out); f != nil {
		return f
	}
	out.Stream("stdout", fmt.Sprintf("worker before:  %s\nworker after:   %s\n", before, e.memory()))
	return nil
}
