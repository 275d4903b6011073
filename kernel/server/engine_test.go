package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// script is an exec.Engine whose cells are lines of "verb operand". It keeps the engine's contract: runs follow one
// another, an interrupt ends the one that runs.
type script struct {
	turn sync.Mutex

	// mu guards stop, which ends the cell that runs.
	mu   sync.Mutex
	stop context.CancelFunc

	// began hears the operand of each "spin"; release lets the text of "later" through.
	began   chan string
	release chan struct{}
	closed  chan struct{}

	// comms is what the server offered; offered is closed then.
	comms   exec.Comms
	offered chan struct{}
}

func newScript() *script {
	return &script{began: make(chan string, 10), release: make(chan struct{}), closed: make(chan struct{}), offered: make(chan struct{})}
}

func (s *script) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	s.turn.Lock()
	defer s.turn.Unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	s.stop = stop
	s.mu.Unlock()
	for line := range strings.Lines(req.Code) {
		verb, operand, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if f := s.step(ctx, verb, operand, req, out); f != nil {
			return f
		}
	}
	return nil
}

func (s *script) step(ctx context.Context, verb, operand string, req exec.Request, out exec.Output) *exec.Failure {
	switch verb {
	case "print":
		out.Stream("stdout", operand+"\n")
	case "warn":
		out.Stream("stderr", operand+"\n")
	case "flood":
		for i := range 1000 {
			out.Stream("stdout", fmt.Sprintln(i))
		}
	case "value":
		out.Result(exec.Bundle{"text/plain": operand}, nil)
	case "show":
		out.Display(exec.Display{Data: exec.Bundle{"text/plain": operand}, ID: operand})
	case "update":
		out.Display(exec.Display{Data: exec.Bundle{"text/plain": "new"}, Metadata: map[string]any{"a": 1}, ID: operand, Update: true})
	case "unshowable":
		out.Display(exec.Display{Data: exec.Bundle{"application/json": func() {}}})
	case "clear":
		out.ClearOutput(operand == "wait")
	case "fail":
		return &exec.Failure{Name: "Error", Value: operand, Traceback: []string{"line 1", "line 2"}}
	case "panic":
		panic(operand)
	case "spin":
		s.began <- operand
		<-ctx.Done()
		return &exec.Failure{Name: "Interrupted", Value: "interrupted"}
	case "later":
		go func() {
			<-s.release
			out.Stream("stdout", operand+"\n")
		}()
	case "ask", "secret":
		answer, err := out.Input(ctx, operand, verb == "secret")
		if err != nil {
			return &exec.Failure{Name: "Error", Value: err.Error()}
		}
		out.Stream("stdout", "got "+answer+"\n")
	case "count":
		out.Stream("stdout", fmt.Sprintln(req.Count, req.Silent, req.AllowStdin))
	}
	return nil
}

func (s *script) Interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		s.stop()
	}
}

func (s *script) IsComplete(code string) exec.Completeness {
	switch {
	case strings.HasPrefix(code, "panic"):
		panic(code)
	case strings.HasSuffix(code, "{"):
		return exec.Completeness{Status: "incomplete", Indent: "\t"}
	}
	return exec.Completeness{Status: "complete"}
}

func (s *script) UseComms(c exec.Comms) {
	s.comms = c
	close(s.offered)
}

func (s *script) Close() error {
	s.Interrupt()
	close(s.closed)
	return nil
}

// serve runs a server for the engine until the test ends.
func serve(t *testing.T, s *script) *Server {
	t.Helper()
	return serveWith(t, Options{Engine: func(context.Context, func(string)) (exec.Engine, error) { return s, nil }})
}
