package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// isComplete answers is_complete_request; before the engine exists nothing is known of the text.
func (s *Server) isComplete(r *request) error {
	c, err := message.ParseIsComplete(r.Request)
	if err != nil {
		return err
	}
	answer := exec.Completeness{Status: "unknown"}
	if e := s.engine.ready(); e != nil {
		answer = e.IsComplete(c.Code)
	}
	content := message.IsCompleteReply{Status: answer.Status}
	if answer.Status == "incomplete" {
		content.Indent = &answer.Indent
	}
	s.reply(r, "is_complete_reply", content)
	return nil
}

// editorHandlers answer what an editor asks while its user types. They take up to a second, so that
// they have a goroutine of their own (runQuestions), which neither cells nor the socket's other
// requests wait for.
var editorHandlers = map[string]handler{
	"complete_request": (*Server).complete,
	"inspect_request":  (*Server).inspect,
}

// questions is the queue of an editor's requests. One goroutine takes them in order; any may add.
type questions struct {
	// mu guards waiting.
	mu      sync.Mutex
	waiting []*request
	// wake holds a value when waiting may have grown.
	wake chan struct{}
}

func newQuestions() *questions { return &questions{wake: make(chan struct{}, 1)} }

func (q *questions) add(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for the next request, and says whether it is out of date: its sender has asked the
// same of a later text.
func (q *questions) take(ctx context.Context) (r *request, outdated bool, err error) {
	for {
		q.mu.Lock()
		if len(q.waiting) > 0 {
			defer q.mu.Unlock()
			r, q.waiting = q.waiting[0], q.waiting[1:]
			return r, slices.ContainsFunc(q.waiting, func(later *request) bool {
				return later.Header.Type == r.Header.Type && later.Header.Session == r.Header.Session
			}), nil
		}
		q.mu.Unlock()
		select {
		case <-q.wake:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// runQuestions answers an editor's requests until ctx ends.
func (s *Server) runQuestions(ctx context.Context) {
	for {
		r, outdated, err := s.questions.take(ctx)
		if err != nil {
			return
		}
		handle := editorHandlers[r.Header.Type]
		if outdated {
			handle = (*Server).outdated
		}
		s.dispatch(r, handle)
	}
}

// outdated answers a request whose answer nobody will look at any more.
func (s *Server) outdated(r *request) error {
	if r.Header.Type == "complete_request" {
		s.reply(r, "complete_reply", completeReply(exec.Completions{}))
	} else {
		s.reply(r, "inspect_reply", inspectReply(exec.Inspection{}))
	}
	return nil
}

// engineLimit is how long the first question of a session waits for the engine. A new machine's
// worker takes longer.
const engineLimit = 900 * time.Millisecond

// complete answers complete_request. Before the engine exists, there are no matches.
func (s *Server) complete(r *request) error {
	c, err := message.ParseComplete(r.Request)
	if err != nil {
		return err
	}
	found := exec.Completions{Start: c.CursorPos, End: c.CursorPos}
	if e := s.engine.readyWithin(s.ctx, engineLimit); e != nil {
		found = e.Complete(s.ctx, c.Code, c.CursorPos)
	}
	s.reply(r, "complete_reply", completeReply(found))
	return nil
}

// completeReply writes completions as Jupyter wants them: the texts alone, and beside them, under a
// key that IPython's kernel has brought into use, what else is known of each.
func completeReply(found exec.Completions) message.CompleteReply {
	matches := []string{}
	types := []message.CompletionType{}
	for _, item := range found.Items {
		matches = append(matches, item.Text)
		types = append(types, message.CompletionType{Start: found.Start, End: found.End, Text: item.Text, Type: item.Kind,
			Signature: item.Detail, Documentation: item.Doc})
	}
	metadata := map[string]any{}
	if len(types) > 0 {
		metadata["_jupyter_types_experimental"] = types
	}
	return message.CompleteReply{Status: "ok", Matches: matches, CursorStart: found.Start, CursorEnd: found.End, Metadata: metadata}
}

// inspect answers inspect_request. Before the engine exists nothing is found.
func (s *Server) inspect(r *request) error {
	c, err := message.ParseInspect(r.Request)
	if err != nil {
		return err
	}
	var found exec.Inspection
	if e := s.engine.readyWithin(s.ctx, engineLimit); e != nil {
		found = e.Inspect(s.ctx, c.Code, c.CursorPos, c.DetailLevel)
	}
	s.reply(r, "inspect_reply", inspectReply(found))
	return nil
}

func inspectReply(found exec.Inspection) message.InspectReply {
	return message.InspectReply{Status: "ok", Found: found.Found, Data: object(found.Data), Metadata: map[string]any{}}
}
