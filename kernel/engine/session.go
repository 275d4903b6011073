package engine

import (
	"sync"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// session is what there is between cells: the program, the worker that holds its values, and the
// lanes in which cells run. It does not know commands nor front ends; runs are what changes it.
type session struct {
	builder *build.Builder
	routes  *routes
	cells   *words.Cells
	place   *place
	tempDir string

	// turn holds a value while a run is prepared.
	turn chan struct{}

	// joining is held while a cell joins the program: what another makes of it must not be lost.
	joining sync.Mutex

	// mu guards the fields below. It is never held while something is waited for.
	mu       sync.Mutex
	program  *program.Program // with all cells that have joined
	proc     *worker.Process
	asleep   *program.Program // of a worker that has ended: what the next one is to have of it; see wake
	asleepOf *worker.Process  // that worker
	starting *starting        // a start in the background; nil when none is due
	loads    int              // packages loaded so far
	compiled int              // packages compiled so far: those that were not in the cache
	history  []ran            // what has run well since the session began or was reset
	keep     keeping
	autoGet  bool
	lax      bool     // errors of cells' statements may go unheard
	flags    []string // set by %goflags
	lanes    map[string]*lane
	closed   bool

	looking sync.WaitGroup // goroutines that look ahead
}

// ran is one run of a cell's Go text that ended well; replay does it again.
type ran struct {
	req    exec.Request
	source string
	args   []string
	lax    bool // its errors went unheard
}

// now returns the program with all cells that have joined it.
func (s *session) now() *program.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.program
}

// next returns the program as the next cell of a lane will find it: with what the lane's running
// cell defines.
func (s *session) next(lane string) *program.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextLocked(lane)
}

func (s *session) nextLocked(lane string) *program.Program {
	if l := s.lanes[lane]; l != nil && l.coming != nil {
		return l.coming
	}
	return s.program
}

// values returns the worker, nil while there is none, and the program whose values it holds, those
// of the main lane's running cell included.
func (s *session) values() (*worker.Process, *program.Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc, s.nextLocked("")
}

func (s *session) emptyProgram() *program.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return program.New(library{s.builder}, s.builder.Salt(), s.builder.Language()).Heeding(!s.lax)
}

// joined makes a version the program, unless the process that holds its values has ended: the
// program has gone with it.
func (s *session) joined(p *program.Program, in *worker.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == in {
		s.program = p
	}
}

// remember notes a run that ended well.
func (s *session) remember(r ran) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.lax = s.lax
	s.history = append(s.history, r)
}

// forgetRuns leaves nothing to replay.
func (s *session) forgetRuns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history = nil
}

// loaded notes that the worker has loaded a package, and whether it was in the cache.
func (s *session) loaded(cached bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if !cached {
		s.compiled++
	}
}

// counts returns how many packages were loaded, and how many of them compiled.
func (s *session) counts() (loads, compiled int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads, s.compiled
}

// setAutoGet says whether modules are fetched that cells import.
func (s *session) setAutoGet(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.autoGet = on
}

// fetches says whether modules are fetched that cells import.
func (s *session) fetches() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.autoGet
}

// heed says whether errors are heard that cells' statements do not look at.
func (s *session) heed(errors bool) {
	s.joining.Lock()
	defer s.joining.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lax, s.program = !errors, s.program.Heeding(errors)
}

// heeds says whether they are.
func (s *session) heeds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.lax
}

// goFlags returns what %goflags has set.
func (s *session) goFlags() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flags
}

// remove takes definitions out of the program, and returns the names that it does not know.
func (s *session) remove(names []string) (unknown []string) {
	s.joining.Lock()
	defer s.joining.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program, unknown = s.program.Without(names)
	return unknown
}
