package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
	"github.com/gonbml/gonbml/kernel/wire"
)

// request is a client's message on its way through the server. One goroutine at a time has it.
type request struct {
	message.Request
	channel *wire.Channel
	replied bool
	// began is when a cell began to run; zero for other requests and for cells that did not.
	began time.Time
	// announced says that the engine has heard of a cell that waits; its lane's mu guards it.
	announced bool
}

// message returns the parent for what is sent on the request's behalf; nil for none.
func (r *request) message() *message.Request {
	if r == nil {
		return nil
	}
	return &r.Request
}

// handler answers one type of request. Its error becomes an error reply. It runs on the goroutine
// that reads the socket and must not wait for anything.
type handler func(s *Server, r *request) error

// The requests of the two sockets. execute_request is not here: it goes to a lane. Nor are the
// messages of comms (see comms) and the requests of editors (see questions), which have queues of
// their own.
var (
	shellHandlers = map[string]handler{
		"kernel_info_request": (*Server).kernelInfo,
		"is_complete_request": (*Server).isComplete,
		"history_request":     (*Server).answerHistory,
		"comm_info_request":   (*Server).commInfo,
		"connect_request":     (*Server).connect,
		// Clients before 5.4 sent these two on shell.
		"shutdown_request":  (*Server).shutdown,
		"interrupt_request": (*Server).interrupt,
	}
	controlHandlers = map[string]handler{
		"kernel_info_request": (*Server).kernelInfo,
		"shutdown_request":    (*Server).shutdown,
		"interrupt_request":   (*Server).interrupt,
		"usage_request":       (*Server).usage,

		"create_subshell_request": (*Server).createSubshell,
		"delete_subshell_request": (*Server).deleteSubshell,
		"list_subshell_request":   (*Server).listSubshells,
	}
)

// read serves one socket until ctx ends.
func (s *Server) read(ctx context.Context, channel *wire.Channel, handlers map[string]handler) {
	for {
		raw, err := channel.Recv(ctx)
		if err != nil {
			return
		}
		parsed, err := message.Parse(raw)
		if err != nil {
			s.log.Warn("message dropped", "error", err)
			continue
		}
		r := &request{Request: parsed, channel: channel}
		s.log.Debug("request", "type", r.Header.Type, "id", r.Header.ID)
		if r.Header.Type == "execute_request" && channel == s.sockets.Shell {
			s.enqueue(r)
			continue
		}
		if commHandlers[r.Header.Type] != nil && channel == s.sockets.Shell {
			s.comms.add(r)
			continue
		}
		if editorHandlers[r.Header.Type] != nil && channel == s.sockets.Shell {
			s.questions.add(r)
			continue
		}
		s.dispatch(r, handlers[r.Header.Type])
	}
}

// dispatch answers a request between the status messages busy and idle. A request without a handler
// gets an error reply, so that nobody waits for an answer that never comes.
func (s *Server) dispatch(r *request, handle handler) {
	s.publishStatus(r, "busy")
	defer s.publishStatus(r, "idle")
	s.guard(r, func() {
		err := fmt.Errorf("this kernel does not answer %s here", r.Header.Type)
		if handle != nil {
			err = handle(s, r)
		}
		if err != nil {
			s.log.Warn("request failed", "type", r.Header.Type, "error", err)
			s.replyError(r, "RequestError", err.Error())
		}
	})
}

// guard runs f for the request. A panic is a bug of ours: it is logged, answered as an error, and
// the kernel goes on.
func (s *Server) guard(r *request, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(r.Header.Type, p)
			s.replyError(r, "KernelError", fmt.Sprintf("internal error in %s: %v", r.Header.Type, p))
		}
	}()
	f()
}

func (s *Server) logPanic(where string, value any) {
	s.log.Error("panic", "in", where, "value", value, "stack", string(debug.Stack()))
}

// replyError answers the request with an error unless it was answered, or is of a kind that has no
// reply.
func (s *Server) replyError(r *request, name, value string) {
	base, isRequest := strings.CutSuffix(r.Header.Type, "_request")
	if r.replied || !isRequest {
		return
	}
	s.reply(r, base+"_reply", message.Error{Status: "error", Name: name, Value: value, Traceback: []string{name + ": " + value}})
}

// publishStatus publishes busy or idle for a request that is answered at once. Front ends show the
// last status that they saw, whoever it was for; so while a cell runs, its own busy is repeated
// after such an idle.
func (s *Server) publishStatus(r *request, state string) {
	s.status.Lock()
	defer s.status.Unlock()
	s.publish(r, "status", message.Status{ExecutionState: state})
	if state == "idle" {
		s.repeatBusy()
	}
}

// repeatBusy publishes busy for the cell that began last of those that run; the caller holds
// status.
func (s *Server) repeatBusy() {
	if n := len(s.running); n > 0 {
		s.publish(s.running[n-1], "status", message.Status{ExecutionState: "busy"})
	}
}

// executionState is busy while a cell runs, else idle.
func (s *Server) executionState() string {
	s.status.Lock()
	defer s.status.Unlock()
	if len(s.running) > 0 {
		return "busy"
	}
	return "idle"
}

// setRunning publishes busy for the request that begins to run, or idle for the one that ends.
func (s *Server) setRunning(r *request, runs bool) {
	s.status.Lock()
	defer s.status.Unlock()
	if runs {
		s.running = append(s.running, r)
		s.publish(r, "status", message.Status{ExecutionState: "busy"})
	} else {
		s.running = slices.DeleteFunc(s.running, func(other *request) bool { return other == r })
		s.publish(r, "status", message.Status{ExecutionState: "idle"})
		s.repeatBusy()
	}
}

// runningRequest returns the request of the cell that began last of those that run, or nil.
func (s *Server) runningRequest() *request {
	s.status.Lock()
	defer s.status.Unlock()
	if n := len(s.running); n > 0 {
		return s.running[n-1]
	}
	return nil
}

// interrupt answers interrupt_request. It is for the cells of all lanes, since the button of a
// front end names none, but one whose header names a subshell is for that alone.
func (s *Server) interrupt(r *request) error {
	if id := r.Header.Subshell; id == "" {
		s.Interrupt()
	} else if l := s.lanes.get(id); l != nil {
		waiting, cancel := l.interrupt()
		s.abort(waiting)
		s.tellLanes("interrupt", func(e exec.Lanes) { e.InterruptLane(id) })
		cancel()
	} else {
		return unknownSubshell(id)
	}
	s.reply(r, "interrupt_reply", message.OK{Status: "ok"})
	return nil
}

// shutdown answers shutdown_request, tells all clients, and ends Serve. It ends also when the
// request is malformed: whoever sent it wants the kernel to go.
func (s *Server) shutdown(r *request) error {
	defer s.Stop()
	c, err := message.ParseShutdown(r.Request)
	if err != nil {
		return err
	}
	content := message.ShutdownReply{Status: "ok", Restart: c.Restart}
	s.reply(r, "shutdown_reply", content)
	s.publish(r, "shutdown_reply", content)
	return nil
}
