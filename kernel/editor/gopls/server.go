// Package gopls asks gopls, the Go language server, about the files of one package, which changes
// with every question. It owns the process and its folder. It knows nothing about cells.
//
// gopls is another program: it may be missing, may need seconds to load what the package imports,
// may hang or die. So nothing here waits for it longer than the caller's context allows, and it is
// started, ended and started again in the background. Until it is ready, questions are answered
// with an error at once.
package gopls

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Workspace is what gopls needs to know to load packages.
type Workspace struct {
	// Mod and Sum are the contents of go.mod and go.sum.
	Mod, Sum []byte
	// Env is the environment of go commands.
	Env []string
}

// Options say how to run gopls.
type Options struct {
	// Program returns the path of gopls, or "" if it is not there.
	Program func() string
	// Dir is a folder for the package. It is created.
	Dir string
	// Workspace returns the current state of the session's module. It may take long.
	Workspace func() (Workspace, error)
}

// ErrNotReady says that gopls cannot answer at the moment: it is missing, is being started, or is
// still working on a question that was given up.
var ErrNotReady = errors.New("gopls is not ready")

// Limits on gopls.
const (
	// hangLimit is how long gopls may work on a question, which includes loading packages, before
	// it counts as hung.
	hangLimit = time.Minute
	// memoryLimit is what gopls's garbage collector aims at; at memoryMost it is ended and started
	// again.
	memoryLimit = "1GiB"
	memoryMost  = 2 << 30
	// memoryPeriod is how often its memory is looked at.
	memoryPeriod = 10 * time.Second
	// patience is the pause after a first failure to start; it doubles up to patienceMost.
	patience     = time.Second
	patienceMost = time.Minute
)

// Server is a gopls that runs while it is needed.
//
// Its goroutines: one that starts a process; for each process, one that waits for its end and one
// that reads from it (see conn); and one or two for each question, which outlive the question if it
// is given up. Close ends them all.
type Server struct {
	o    Options
	hang time.Duration
	quit chan struct{} // closed by Close

	// mu guards the fields below. It is not held while anything waits.
	mu       sync.Mutex
	proc     *process
	starting bool
	pause    time.Duration // before the next start, if the last one failed
	next     time.Time     // when that may be
	closed   bool
	starts   sync.WaitGroup
}

// New returns a Server. The first question starts gopls.
func New(o Options) *Server { return &Server{o: o, hang: hangLimit, quit: make(chan struct{})} }

// process returns the process that runs; without one it begins to start one.
func (s *Server) process() (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		select {
		case <-s.proc.done:
			s.failed()
		default:
			return s.proc, nil
		}
	}
	if !s.closed && !s.starting && !time.Now().Before(s.next) {
		s.starting = true
		s.starts.Go(s.start)
	}
	return nil, ErrNotReady
}

// failed notes that a process has ended, or could not be started. The caller holds mu.
func (s *Server) failed() {
	s.proc = nil
	s.pause = min(max(2*s.pause, patience), patienceMost)
	s.next = time.Now().Add(s.pause)
}

func (s *Server) start() {
	p, err := s.launch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting = false
	if err != nil {
		s.failed()
		return
	}
	s.proc = p
}

// launch starts a process in a fresh folder.
func (s *Server) launch() (*process, error) {
	program := s.o.Program()
	if program == "" {
		return nil, errors.New("there is no gopls")
	}
	w, err := s.o.Workspace()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(s.o.Dir), os.MkdirAll(s.o.Dir, 0o700), w.write(s.o.Dir)); err != nil {
		return nil, err
	}
	return startProcess(program, s.o.Dir, w, s.hang, s.quit)
}

func (w Workspace) write(dir string) error {
	return errors.Join(os.WriteFile(filepath.Join(dir, "go.mod"), w.Mod, 0o600), os.WriteFile(filepath.Join(dir, "go.sum"), w.Sum, 0o600))
}

// ask brings the files up to date and sends a request about one of them. It returns when ctx ends;
// the question then keeps the turn until gopls has answered or counts as hung.
func (s *Server) ask(ctx context.Context, files map[string]string, method string, params any, result any) error {
	p, err := s.process()
	if err != nil {
		return err
	}
	if err := p.take(ctx); err != nil {
		return err
	}
	answer := make(chan response, 1)
	go func() { answer <- s.exchange(p, files, method, params) }()
	select {
	case r := <-answer:
		p.release()
		if r.err != nil {
			return r.err
		}
		return json.Unmarshal(r.result, result)
	case <-ctx.Done():
	}
	p.givenUp.Store(true)
	go func() {
		hung := time.AfterFunc(p.hang, p.kill)
		<-answer
		hung.Stop()
		p.givenUp.Store(false)
		p.release()
	}()
	return ErrNotReady
}

// exchange does what takes time in ask. The caller has the turn.
func (s *Server) exchange(p *process, files map[string]string, method string, params any) response {
	w, err := s.o.Workspace()
	if err != nil {
		return response{err: err}
	}
	// With another toolchain or other flags, everything must be loaded anew.
	if !slices.Equal(w.Env, p.workspace.Env) {
		s.restart(p)
		return response{err: ErrNotReady}
	}
	if err := p.update(w, files); err != nil {
		s.restart(p)
		return response{err: err}
	}
	r := <-p.conn.call(method, params)
	switch {
	case errors.Is(r.err, errEnded):
		s.restart(p)
	case r.err == nil && p.tooLarge():
		s.restart(p)
	case r.err == nil:
		s.mu.Lock()
		s.pause = 0
		s.mu.Unlock()
	}
	return r
}

// restart ends a process; the next question starts another, after a pause if this one served badly.
func (s *Server) restart(p *process) {
	p.kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == p {
		s.failed()
	}
}

// Close ends gopls and waits until it has ended.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.quit)
	}
	s.mu.Unlock()
	s.starts.Wait()
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	if p != nil {
		p.kill()
		<-p.done
	}
}

// environment is gopls's own: that of go commands, with limits.
func environment(w Workspace) []string {
	env := slices.DeleteFunc(slices.Clone(w.Env), func(kv string) bool { return strings.HasPrefix(kv, "GOMEMLIMIT=") || strings.HasPrefix(kv, "GOGC=") })
	// The last one keeps gopls from starting a process that watches over it and reports crashes:
	// here nobody would end it.
	return append(env, "GOMEMLIMIT="+memoryLimit, "GO_TELEMETRY_CHILD=2")
}
