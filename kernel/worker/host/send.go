package host

import (
	"os"
	"sync"
	"syscall"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// order says whether a message has its place among what is printed.
type order bool

const (
	ordered   order = true
	unordered order = false
)

// sender writes messages to the kernel, each after a marker in both output streams if its order
// matters: the kernel hands a message on only when it has read up to the markers, and what comes
// behind them only after the message.
type sender struct {
	prefix  string
	streams [2]*os.File // duplicates, so that a cell may close or replace its own

	mu   sync.Mutex
	out  *frame.Writer
	mark int64
}

func newSender(prefix string) *sender {
	s := &sender{prefix: prefix, out: frame.NewWriter(os.NewFile(frame.FromWorker, "to kernel"))}
	for i := range s.streams {
		// Above the numbers that programs expect to get for their own files.
		fd, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(i+1), syscall.F_DUPFD_CLOEXEC, 100)
		if errno == 0 {
			s.streams[i] = os.NewFile(fd, "output")
		}
	}
	return s
}

// send sends one message; the messages of several goroutines follow one another. It blocks while
// the kernel is behind.
func (s *sender) send(m *frame.Message, o order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o == ordered {
		s.mark++
		m.Mark, m.Marked = s.mark, 0
		marker := frame.Marker(s.prefix, s.mark)
		for i, f := range s.streams {
			if f == nil {
				continue
			}
			if _, err := f.Write(marker); err == nil {
				m.Marked |= 1 << i
			}
		}
	}
	if err := s.out.Write(m); err != nil && m.Data != nil {
		// The data of a cell's own making cannot be encoded, say because of a channel in it.
		m.Data, m.Metadata = map[string]any{"text/plain": err.Error()}, nil
		s.out.Write(m)
	}
}
