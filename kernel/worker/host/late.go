package host

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/gonbml/gonbml/kernel/rt"
	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// Stdout implements rt.Host. A user may have replaced os.Stdout.
func (h *host) Stdout(late *rt.Exec) io.Writer {
	if late == nil {
		return os.Stdout
	}
	return lateWriter{h, late, "stdout"}
}

// lateWriter sends what a goroutine writes after its cell has ended to that cell.
type lateWriter struct {
	h    *host
	exec *rt.Exec
	name string
}

func (w lateWriter) Write(p []byte) (int, error) {
	w.h.out.send(&frame.Message{Kind: frame.Stream, Exec: w.exec.ID, Name: w.name, Text: strings.ToValidUTF8(string(p), "\uFFFD")}, ordered)
	return len(p), nil
}

// logWriter is where package log writes: like standard error, but for goroutines whose cell has ended.
type logWriter struct{ h *host }

func (w logWriter) Write(p []byte) (int, error) {
	if late := rt.Late(); late != nil {
		return lateWriter{w.h, late, "stderr"}.Write(p)
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
