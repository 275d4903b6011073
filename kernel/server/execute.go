package server

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// execute runs one cell of a lane and answers its request; an interrupt ends ctx. It says whether
// the cells of the lane that wait are to be aborted.
func (s *Server) execute(ctx context.Context, l *lane, r *request) (abort bool) {
	c, err := message.ParseExecute(r.Request)
	if err != nil {
		s.log.Warn("request failed", "type", r.Header.Type, "error", err)
		s.replyError(r, "RequestError", err.Error())
		return false
	}
	if strings.TrimSpace(c.Code) == "" {
		s.replyOK(r, s.counter.last(), s.evaluate(ctx, l, s.counter.last(), c.UserExpressions), []any{})
		return false
	}
	count := s.counter.next(c.StoreHistory)
	if c.StoreHistory {
		if err := s.history.Add(count, c.Code); err != nil {
			s.log.Warn("history", "error", err)
		}
	}
	if !c.Silent {
		s.publish(r, "execute_input", message.ExecuteInput{Code: c.Code, ExecutionCount: count})
	}
	out := &output{server: s, request: r, count: count, silent: c.Silent, allowStdin: c.AllowStdin, interrupted: ctx}
	request := exec.Request{Code: c.Code, Lane: l.id, Count: count, Silent: c.Silent, AllowStdin: c.AllowStdin}
	failure := s.run(ctx, request, out)
	var expressions map[string]any
	if failure == nil {
		expressions = s.evaluate(ctx, l, count, c.UserExpressions)
	}
	if c.StoreHistory {
		s.history.SetOutput(count, out.shown())
	}
	if failure == nil {
		s.replyOK(r, count, expressions, out.payload())
		return false
	}
	s.publish(r, "error", errorContent(failure))
	content := errorContent(failure)
	content.Status, content.ExecutionCount = "error", count
	s.reply(r, "execute_reply", content)
	return c.StopOnError
}

// run has the engine run a cell. While the engine is being made its progress is shown in the cell.
func (s *Server) run(ctx context.Context, request exec.Request, out *output) *exec.Failure {
	e, err := s.engine.wait(ctx, s.ctx, out)
	switch {
	case ctx.Err() != nil:
		return &exec.Failure{Name: exec.Interrupted, Value: "interrupted before the cell began", Traceback: []string{"Interrupted before the cell began."}}
	case err != nil:
		lines := strings.Split(err.Error(), "\n")
		return &exec.Failure{Name: exec.EngineError, Value: lines[0], Traceback: lines}
	}
	if l := s.lanes.get(request.Lane); l != nil {
		s.announce(l)
	}
	return e.Execute(ctx, request, out)
}

// evaluate evaluates the user expressions in the order of their names and returns the value or
// error of each.
func (s *Server) evaluate(ctx context.Context, l *lane, count int, expressions map[string]string) map[string]any {
	values := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(expressions)) {
		values[name] = s.evaluateOne(ctx, l, count, expressions[name])
	}
	return values
}

func (s *Server) evaluateOne(ctx context.Context, l *lane, count int, code string) any {
	fail := func(f *exec.Failure) message.Error {
		content := errorContent(f)
		content.Status = "error"
		return content
	}
	e, err := s.engine.wait(ctx, s.ctx, nil)
	switch {
	case ctx.Err() != nil:
		return fail(&exec.Failure{Name: exec.Interrupted, Value: "interrupted before the expression was evaluated"})
	case err != nil:
		return fail(&exec.Failure{Name: exec.EngineError, Value: err.Error()})
	}
	value := &capture{}
	if f := e.Execute(ctx, exec.Request{Code: code, Lane: l.id, Count: count, Expression: true}, value); f != nil {
		return fail(f)
	}
	if value.data == nil {
		return fail(&exec.Failure{Name: exec.NoValue, Value: "the expression has no value"})
	}
	return message.UserValue{Status: "ok", Data: value.data, Metadata: object(value.metadata)}
}

func (s *Server) replyOK(r *request, count int, expressions map[string]any, payload []any) {
	s.reply(r, "execute_reply", message.ExecuteOK{
		Status: "ok", ExecutionCount: count, UserExpressions: object(expressions), Payload: payload,
	})
}

func errorContent(f *exec.Failure) message.Error {
	content := message.Error{Name: string(f.Name), Value: f.Value, Traceback: f.Traceback}
	if content.Traceback == nil {
		content.Traceback = []string{f.Error()}
	}
	return content
}

// object is m, or an empty object where the protocol does not allow null.
func object(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
