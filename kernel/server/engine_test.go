package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// script is an exec.Engine whose cells are lines of "verb operand". It keeps the engine's contract:
// runs follow one another, an interrupt ends the one that runs.
type script struct {
	// mu guards turns, one for each lane, and stops, which end the cells that run.
	mu    sync.Mutex
	turns map[string]*sync.Mutex
	stops map[string]context.CancelFunc

	// began hears the operand of each "spin"; release lets the text of "later" through.
	began   chan string
	release chan struct{}
	closed  chan struct{}

	// slow is how long an interrupt takes.
	slow time.Duration

	// comms is what the server offered; offered is closed then.
	comms   exec.Comms
	offered chan struct{}
}

func newScript() *script {
	return &script{turns: map[string]*sync.Mutex{}, stops: map[string]context.CancelFunc{}, began: make(chan string, 10), release: make(chan struct{}), closed: make(chan struct{}), offered: make(chan struct{})}
}

func (s *script) turn(lane string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns[lane] == nil {
		s.turns[lane] = &sync.Mutex{}
	}
	return s.turns[lane]
}

func (s *script) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	turn := s.turn(req.Lane)
	turn.Lock()
	defer turn.Unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	s.stops[req.Lane] = stop
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
	case "page":
		out.(exec.Pager).Page(exec.Bundle{"text/plain": operand})
	case "expression":
		out.Result(exec.Bundle{"text/plain": fmt.Sprint(req.Expression)}, nil)
	}
	return nil
}

func (s *script) Interrupt() {
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stop := range s.stops {
		stop()
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

func (s *script) Complete(_ context.Context, code string, cursor int) exec.Completions {
	if strings.HasPrefix(code, "slow") {
		s.began <- code
		<-s.release
	}
	return exec.Completions{Start: 0, End: cursor, Items: []exec.Completion{{Text: code + "ed", Kind: "function", Detail: "func()", Doc: "Doc."}}}
}

func (s *script) Inspect(_ context.Context, code string, cursor, detail int) exec.Inspection {
	if code == "nothing" {
		return exec.Inspection{}
	}
	return exec.Inspection{Found: true, Data: exec.Bundle{"text/plain": fmt.Sprintf("%s at %d in detail %d", code, cursor, detail)}}
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
