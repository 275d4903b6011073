package host

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/gonbml/gonbml/kernel/rt"
	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// stdout is the process's own; a user may replace os.Stdout, and then wants everything there.
var stdout = os.Stdout

// Stdout implements rt.Host.
func (h *host) Stdout(aside *rt.Exec) io.Writer {
	if aside == nil || os.Stdout != stdout {
		return os.Stdout
	}
	return lateWriter{h, aside, "stdout"}
}

// lateWriter sends what a goroutine writes to the cell that started it, when that is not in front.
type lateWriter struct {
	h    *host
	exec *rt.Exec
	name string
}

func (w lateWriter) Write(p []byte) (int, error) {
	w.h.out.send(&frame.Message{Kind: frame.Stream, Exec: w.exec.ID, Name: w.name, Text: strings.ToValidUTF8(string(p), "\uFFFD")}, ordered)
	return len(p), nil
}

// logWriter is where package log writes: like standard error, but for goroutines whose cell is not in front.
type logWriter struct{ h *host }

func (w logWriter) Write(p []byte) (int, error) {
	if aside := rt.Aside(); aside != nil {
		return lateWriter{w.h, aside, "stderr"}.Write(p)
	}
	return os.Stderr.Write(p)
}

// stacks returns the stacks of all goroutines as the runtime prints them.
func stacks() string {
	for size := 256 << 10; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size > 64<<20 {
			return string(buf[:n])
		}
	}
}
