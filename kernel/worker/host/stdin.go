package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/gonbml/gonbml/session/rt"
)

// stdin makes reading standard input work in a notebook, for fmt.Scanln and any other way to read:
// it notices that a thread of this process, or a program that it started, waits in a read of file
// 0, asks the user for a line and writes it to the pipe behind that file. Where the front end
// cannot ask, the read ends as at the end of a file, and later reads work again.
type stdin struct {
	h *host

	mu      sync.Mutex
	w       *os.File // the writing end of the pipe that file 0 reads; nil if there is none
	asking  int      // lines asked for and not yet written
	watched bool     // a goroutine looks for blocked reads
}

// newStdin replaces file 0 by a pipe.
func newStdin(h *host) *stdin {
	s := &stdin{h: h}
	s.w, _ = newPipe() // without a pipe, standard input stays as it was: empty
	return s
}

// newPipe makes file 0 the reading end of a new pipe and returns the writing end.
func newPipe() (*os.File, error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a pipe for standard input: %w", err)
	}
	if p[0] == 0 { // a cell had closed it
		syscall.Syscall(syscall.SYS_FCNTL, 0, syscall.F_SETFD, 0)
		return os.NewFile(uintptr(p[1]), "standard input"), nil
	}
	err := syscall.Dup3(p[0], 0, 0)
	syscall.Close(p[0])
	if err != nil {
		syscall.Close(p[1])
		return nil, fmt.Errorf("replace standard input: %w", err)
	}
	return os.NewFile(uintptr(p[1]), "standard input"), nil
}

// ask asks the user for a line in the background.
func (s *stdin) ask(ctx context.Context, exec int64, prompt string, password bool) {
	s.mu.Lock()
	s.asking++
	s.mu.Unlock()
	s.h.mu.Lock()
	r := s.h.runs[exec]
	s.h.mu.Unlock()
	if r != nil {
		r.questions.Add(1)
	}
	go func() {
		if r != nil {
			defer r.questions.Done()
		}
		line, err := s.h.input(ctx, exec, prompt, password)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asking--
		if s.w == nil {
			return
		}
		if err == nil {
			s.w.Write([]byte(line + "\n"))
			return
		}
		// The end of the file for those who read now, a new pipe for those who read later.
		old := s.w
		s.w, _ = newPipe()
		old.Close()
	}()
}

// watch looks for blocked reads as long as cells run.
func (s *stdin) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watched || s.w == nil {
		return
	}
	s.watched = true
	go func() {
		tick := time.NewTicker(150 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if !s.look() {
				return
			}
		}
	}()
}

// look looks once, and says whether to look again.
func (s *stdin) look() bool {
	s.h.mu.Lock()
	running := len(s.h.runs)
	s.h.mu.Unlock()
	s.mu.Lock()
	if running == 0 {
		s.watched = false
	}
	idle := s.asking == 0 && s.w != nil
	s.mu.Unlock()
	if running > 0 && idle && readBlocked() {
		exec, ctx := s.reader(running)
		s.ask(ctx, exec, "", false)
	}
	return running > 0
}

// reader returns the exec that reads: where several run, that of the goroutine that the runtime
// shows in a read of file 0.
func (s *stdin) reader(running int) (exec int64, ctx context.Context) {
	if running > 1 {
		for g := range strings.SplitSeq(stacks(), "\n\n") {
			m := readsStdin.FindStringSubmatch(g)
			if m == nil {
				continue
			}
			if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				if e := rt.OwnerOf(n); e != nil {
					return e.ID, e.Context
				}
			}
		}
	}
	return s.h.owner()
}

var readsStdin = regexp.MustCompile(fmt.Sprintf(`^goroutine (\d+) [^\n]*\[syscall[^\n]*\n(?:.*\n)*?syscall\.Syscall\(%#x, 0x0, `, syscall.SYS_READ))

// readBlocked says whether a thread of this process is in a read of file 0, or of a program that it
// started, by what the kernel of the operating system shows of each thread: the number of the
// system call it is in, and its first argument.
func readBlocked() bool {
	if unread() > 0 {
		return false // a line is there, the reader only has to wake up
	}
	pipe, err := os.Readlink("/proc/self/fd/0")
	if err != nil {
		return false
	}
	return readsPipe("self", pipe, 0)
}

// familyDepth is how many generations of programs are looked at.
const familyDepth = 10

// readsPipe says whether a thread of the process, or of one that it has started, is in a read of
// the pipe.
func readsPipe(pid, pipe string, generation int) bool {
	tasks, _ := filepath.Glob("/proc/" + pid + "/task/*")
	for _, task := range tasks {
		text, err := os.ReadFile(task + "/syscall")
		if err != nil {
			continue
		}
		var call int
		var fd uint64
		if n, _ := fmt.Sscanf(string(text), "%d 0x%x", &call, &fd); n < 2 || call != syscall.SYS_READ {
			continue
		}
		if to, err := os.Readlink(fmt.Sprintf("/proc/%s/fd/%d", pid, fd)); err == nil && to == pipe && (generation > 0 || fd == 0) {
			return true
		}
	}
	if generation == familyDepth {
		return false
	}
	for _, task := range tasks {
		children, _ := os.ReadFile(task + "/children")
		for _, child := range strings.Fields(string(children)) {
			if readsPipe(child, pipe, generation+1) {
				return true
			}
		}
	}
	return false
}

// unread is how many bytes lie in the pipe behind file 0.
func unread() int {
	var n int32
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, 0, syscall.TIOCINQ, uintptr(unsafe.Pointer(&n))); errno != 0 {
		return 0
	}
	return int(n)
}
