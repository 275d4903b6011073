package server

import (
	"context"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// execute runs one cell and answers its request. It says whether the cells that wait are to be aborted.
func (s *Server) execute(ctx, interrupted context.Context, r *request) (abort bool) {
	c, err := message.ParseExecute(r.Request)
	if err != nil {
		s.log.Warn("request failed", "type", r.Header.Type, "error", err)
		s.replyError(r, "RequestError", err.Error())
		return false
	}
	if strings.TrimSpace(c.Code) == "" {
		s.replyOK(r, s.history.count(), nil)
		return false
	}
	count := s.history.count() + 1
	if c.StoreHistory {
		s.history.add(c.Code)
	}
	if !c.Silent {
		s.publish(r, "execute_input", message.ExecuteInput{Code: c.Code, ExecutionCount: count})
	}
	out := &output{server: s, request: r, count: count, silent: c.Silent, allowStdin: c.AllowStdin, interrupted: interrupted}
	request := exec.Request{Code: c.Code, Count: count, Silent: c.Silent, AllowStdin: c.AllowStdin}
	failure := s.run(ctx, interrupted, request, out)
	var expressions map[string]any
	if failure == nil {
		expressions = s.evaluate(ctx, interrupted, count, c.UserExpressions)
	}
	out.flush()
	if c.StoreHistory {
		s.history.setOutput(count, out.shown())
	}
	if failure == nil {
		s.replyOK(r, count, expressions)
		return false
	}
	s.publish(r, "error", errorContent(failure))
	content := errorContent(failure)
	content.Status, content.ExecutionCount = "error", count
	s.reply(r, "execute_reply", content)
	return c.StopOnError
}

// run has the engine run a cell. While the engine is being made its progress is shown in the cell.
func (s *Server) run(ctx, interrupted context.Context, request exec.Request, out *output) *exec.Failure {
	e, err := s.engine.wait(interrupted, s.ctx, out)
	switch {
	case interrupted.Err() != nil:
		return &exec.Failure{Name: "Interrupted", Value: "interrupted before the cell began", Traceback: []string{"Interrupted before the cell began."}}
	case err != nil:
		lines := strings.Split(err.Error(), "\n")
		return &exec.Failure{Name: "EngineError", Value: lines[0], Traceback: lines}
	}
	return e.Execute(ctx, request, out)
}

// evaluate runs each user expression as a cell of its own and returns its value or error by name.
func (s *Server) evaluate(ctx, interrupted context.Context, count int, expressions map[string]string) map[string]any {
	values := map[string]any{}
	for name, code := range expressions {
		values[name] = s.evaluateOne(ctx, interrupted, count, code)
	}
	return values
}

func (s *Server) evaluateOne(ctx, interrupted context.Context, count int, code string) any {
	fail := func(f *exec.Failure) message.Error {
		content := errorContent(f)
		content.Status = "error"
		return content
	}
	e := s.engine.ready()
	if e == nil || interrupted.Err() != nil {
		return fail(&exec.Failure{Name: "Interrupted", Value: "interrupted before the expression was evaluated"})
	}
	value := &capture{}
	if f := e.Execute(ctx, exec.Request{Code: code, Count: count}, value); f != nil {
		return fail(f)
	}
	if value.data == nil {
		return fail(&exec.Failure{Name: "NoValue", Value: "the expression has no value"})
	}
	return message.UserValue{Status: "ok", Data: value.data, Metadata: object(value.metadata)}
}

func (s *Server) replyOK(r *request, count int, expressions map[string]any) {
	s.reply(r, "execute_reply", message.ExecuteOK{
		Status: "ok", ExecutionCount: count, UserExpressions: object(expressions), Payload: []any{},
	})
}

func errorContent(f *exec.Failure) message.Error {
	content := message.Error{Name: f.Name, Value: f.Value, Traceback: f.Traceback}
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
