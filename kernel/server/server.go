// Package server speaks Jupyter's protocol on behalf of an exec.Engine. It takes requests from the
// sockets of package wire, decides what runs when, and publishes what the runs produce. It owns the
// execution counter, the queues of cells, the registry of comms and the parent of every message. It
// knows nothing about Go code.
//
// Two rules give the package its shape. Only cells wait for cells: whatever can be answered at once
// is answered by the goroutine that reads the socket, and cells wait in lanes of their own. And
// whatever a cell produces, however late, is published under the request that started it.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os/user"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
	"github.com/gonbml/gonbml/kernel/message"
	"github.com/gonbml/gonbml/kernel/wire"
)

// Options are what a server needs besides its connection.
type Options struct {
	// Engine makes the engine. It is called in the background, so that the first replies need not
	// wait for it. The progress it reports is shown in the cells that are waiting. After an error,
	// the next cell calls it again.
	Engine func(ctx context.Context, progress func(text string)) (exec.Engine, error)
	// Version is the kernel's version, shown in kernel_info.
	Version string
	// GoVersion is the version of the Go toolchain, such as "1.26.8", shown in kernel_info.
	GoVersion string
	// History keeps cells across sessions. With nil, only those of this session are kept.
	History *history.Log
	// Log is told what goes wrong with single messages. It may be nil.
	Log *slog.Logger
}

// Server is one kernel and its sockets.
//
// Serve starts all its goroutines; they end with its context or at a shutdown_request. One reads
// the shell socket and one the control socket; these two answer everything but cells. One reads the
// stdin socket. Each lane has one that runs its cells. One handles the messages of comms, and one
// answers the questions of editors. One makes the engine and ends when that is done. An interrupt
// runs in a goroutine of its own until the engine has taken it. Each output has a timer while it
// holds back text.
type Server struct {
	options   Options
	log       *slog.Logger
	sockets   *wire.Sockets
	session   *message.Session
	engine    *engine
	comms     *comms
	lanes     *lanes
	stdin     *stdin
	questions *questions
	history   *history.Log
	counter   counter
	sampler   sampler
	wg        sync.WaitGroup

	// stop ends Serve; it holds at most one value.
	stop chan struct{}
	// ctx lives from Serve's begin to its end.
	ctx context.Context

	// status guards running, which is the cells that run, in the order in which they began. It also
	// keeps the status messages of several goroutines in an order that is true.
	status  sync.Mutex
	running []*request
}

// Bind opens the kernel's sockets. From then on clients may connect; Serve answers them.
func Bind(c wire.Connection, options Options) (*Server, error) {
	s := &Server{options: options, log: options.Log, stop: make(chan struct{}, 1), history: options.History}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.history == nil {
		s.history = history.New("")
	}
	name := "kernel"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	s.session = message.NewSession(name)
	var err error
	if s.sockets, err = wire.Bind(c, s.log, s.welcome); err != nil {
		return nil, err
	}
	s.comms = newComms(s)
	s.engine = newEngine(options.Engine, s.comms)
	s.lanes = newLanes()
	s.stdin = newStdin()
	s.questions = newQuestions()
	return s, nil
}

// Connection returns what the server is bound to, with the ports that the system chose.
func (s *Server) Connection() wire.Connection { return s.sockets.Connection }

// How long a shutdown may take: for clients to get the last messages, and for a running cell to
// give up.
const (
	flushLimit = time.Second
	closeLimit = 3 * time.Second
)

// Serve answers requests until a client asks for a shutdown or ctx ends. Then it closes the sockets
// and the engine, and returns the error of closing the engine.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.ctx = ctx
	s.publish(nil, "status", message.Status{ExecutionState: "starting"})
	s.engine.start(ctx)
	s.wg.Go(func() { s.read(ctx, s.sockets.Shell, shellHandlers) })
	s.wg.Go(func() { s.read(ctx, s.sockets.Control, controlHandlers) })
	s.wg.Go(func() { s.readStdin(ctx) })
	s.wg.Go(func() { s.runLane(ctx, s.lanes.main) })
	s.wg.Go(func() { s.runComms(ctx) })
	s.wg.Go(func() { s.runQuestions(ctx) })

	select {
	case <-ctx.Done():
	case <-s.stop:
	}
	flush, done := context.WithTimeout(context.Background(), flushLimit)
	s.sockets.Flush(flush)
	done()
	cancel()
	err := s.engine.close(closeLimit)
	s.sockets.Close()
	s.waitAtMost(closeLimit)
	return err
}

// waitAtMost waits for the server's goroutines. A cell that does not end in time ends with the
// process.
func (s *Server) waitAtMost(limit time.Duration) {
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(limit):
		s.log.Warn("a cell still runs at the end of the session")
	}
}

// Interrupt stops the running cells of all lanes, answers waiting cells with "aborted" and cancels
// questions to the user. It waits for none of them.
func (s *Server) Interrupt() {
	var cancels []func()
	for _, l := range s.lanes.all() {
		waiting, cancel := l.interrupt()
		s.abort(waiting)
		cancels = append(cancels, cancel)
	}
	if e := s.engine.ready(); e != nil {
		s.tell("interrupt", e.Interrupt)
	}
	for _, cancel := range cancels {
		cancel()
	}
}

// tellLimit is how long the engine may take over what it is told. It needs next to no time, except
// on a busy machine.
const tellLimit = time.Second

// tell calls f in a goroutine of its own and waits for it, so that an interrupt hits the cell that
// it is meant for and not the next one. It does not wait long, whatever the engine does.
func (s *Server) tell(what string, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				s.logPanic(what, p)
			}
		}()
		f()
	}()
	select {
	case <-done:
	case <-time.After(tellLimit):
		s.log.Warn("the engine is slow", "what", what)
	}
}

// Stop makes Serve return.
func (s *Server) Stop() {
	select {
	case s.stop <- struct{}{}:
	default:
	}
}

// welcome makes the first message of a new subscriber of IOPub.
func (s *Server) welcome(topic string) wire.Message {
	m, err := s.session.Message("iopub_welcome", nil, message.Welcome{Subscription: topic})
	if err != nil {
		s.log.Error("welcome", "error", err)
	}
	m.Identities = [][]byte{[]byte("iopub_welcome")}
	if topic != "" {
		// A subscriber filters what it receives itself, too.
		m.Identities = [][]byte{[]byte(topic)}
	}
	return m
}

// publish sends a message on IOPub on behalf of the request (nil for none). It does not wait.
func (s *Server) publish(parent *request, kind string, content any) {
	if err := s.tryPublish(parent, kind, content); err != nil {
		s.log.Error("message not published", "error", err)
	}
}

// tryPublish is publish for content that may not be JSON.
func (s *Server) tryPublish(parent *request, kind string, content any) error {
	return s.publishWith(parent, kind, content, nil, nil)
}

// publishWith is tryPublish with metadata (nil for none) and buffers.
func (s *Server) publishWith(parent *request, kind string, content any, metadata json.RawMessage, buffers [][]byte) error {
	m, err := s.session.Message(kind, parent.message(), content)
	if err != nil {
		return err
	}
	m.Metadata, m.Buffers = metadata, buffers
	m.Identities = [][]byte{[]byte(kind)}
	s.sockets.IOPub.Send(m)
	return nil
}

// reply answers the request on the channel it came by.
func (s *Server) reply(r *request, kind string, content any) {
	r.replied = true
	m, err := s.session.Message(kind, &r.Request, content)
	if err != nil {
		s.log.Error("no reply", "error", err)
		return
	}
	m.Identities = r.Raw.Identities
	if !r.began.IsZero() {
		m.Metadata = started(r.began)
	}
	if err := r.channel.Send(m); err != nil && !errors.Is(err, wire.ErrNoPeer) {
		s.log.Error("reply not sent", "error", err)
	}
}

// started is the metadata of a cell's reply, by which front ends show how long the cell took: when
// it began, in the form of a message's date.
func started(began time.Time) json.RawMessage {
	text, _ := json.Marshal(map[string]string{"started": began.UTC().Format(time.RFC3339Nano)})
	return text
}
