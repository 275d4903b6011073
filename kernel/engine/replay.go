package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// replay runs the cells that have run so far again, in their order. What they show is in the notebook already: only what
// the replay itself has to say is shown.
func (s *session) replay(ctx context.Context, l *lane, out exec.Output) *exec.Failure {
	s.mu.Lock()
	history := s.history
	s.history = nil
	s.asleep = nil // the cells define it all again, from the cache
	s.mu.Unlock()
	begun := time.Now()
	defer s.heed(s.heeds())
	for i, h := range history {
		s.heed(!h.lax)
		r := &run{session: s, lane: l, req: h.req, out: discard{}, source: h.source, args: h.args}
		if f := r.do(ctx); f != nil {
			s.mu.Lock()
			s.history = append(s.history, history[i+1:]...) // the user may mend this cell and replay the others
			s.mu.Unlock()
			out.Stream("stderr", fmt.Sprintf("replay stopped at cell [%d], %d of %d:\n", h.req.Count, i+1, len(history)))
			return f
		}
	}
	out.Stream("stdout", fmt.Sprintf("replayed %d cells in %v\n", len(history), time.Since(begun).Round(time.Millisecond)))
	return nil
}

// compact replays in a new worker: Go cannot unload the code that cells have replaced.
func (s *session) compact(ctx context.Context, l *lane, out exec.Output) *exec.Failure {
	before := memory(s.process())
	s.asleepNoMore(nil, nil)
	if f := s.prepare(ctx, func() *exec.Failure { return s.replaceWorker(ctx, out) }); f != nil {
		return f
	}
	if f := s.replay(ctx, l, out); f != nil {
		return f
	}
	out.Stream("stdout", fmt.Sprintf("worker before:  %s\nworker after:   %s\n", before, memory(s.process())))
	return nil
}
