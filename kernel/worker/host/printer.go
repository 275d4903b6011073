package host

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// printer writes to one of the output streams, or, for a goroutine whose cell the streams do not
// belong to, sends the text to that cell. Where it goes is found out at the very moment of writing:
// what is printed may take long to compute.
type printer struct {
	h    *host
	name string
	file atomic.Pointer[os.File] // the process's own
}

func newPrinter(h *host, name string, file *os.File) *printer {
	w := &printer{h: h, name: name}
	w.file.Store(file)
	return w
}

// Write implements io.Writer.
func (w *printer) Write(p []byte) (int, error) {
	var exec *rt.Exec
	if w.h.streams.enter() {
		if exec = rt.Aside(); exec == nil {
			defer w.h.streams.leave()
			return w.file.Load().Write(p)
		}
		w.h.streams.leave()
	} else if exec = rt.Current(); exec == nil {
		return w.file.Load().Write(p)
	}
	w.h.out.send(&frame.Message{Kind: frame.Stream, Exec: exec.ID, Name: w.name, Text: strings.ToValidUTF8(string(p), "\uFFFD")}, ordered)
	return len(p), nil
}

// Stdout implements rt.Host.
func (h *host) Stdout() io.Writer { return stdoutWriter{h.stdout} }

// stdoutWriter is a printer to standard output; a user may replace os.Stdout, and then wants
// everything there.
type stdoutWriter struct{ own *printer }

func (w stdoutWriter) Write(p []byte) (int, error) {
	if os.Stdout != w.own.file.Load() {
		return os.Stdout.Write(p)
	}
	return w.own.Write(p)
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
