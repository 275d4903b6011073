package magic

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// pipe carries one output stream of a program.
type pipe struct {
	name string
	r, w *os.File
	buf  []byte
	rest []byte // the start of a rune whose other bytes are still to come
}

func newPipe(name string) (*pipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &pipe{name: name, r: r, w: w, buf: make([]byte, 32<<10)}, nil
}

func (p *pipe) close() {
	p.r.Close()
	p.w.Close()
}

// drain makes pump stop waiting for more.
func (p *pipe) drain() { _ = p.r.SetReadDeadline(time.Now()) }

// pump hands on what the program writes, until the pipe ends; after drain until it is empty.
func (p *pipe) pump(out *lockedOutput) {
	for {
		n, err := p.r.Read(p.buf)
		out.stream(p.name, p.text(p.buf[:n]))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			out.stream(p.name, p.end())
			p.r.Close()
			return
		}
	}
	// A read past its deadline fails even if there is something to read, so what is left is read
	// without the poller.
	_ = p.r.SetReadDeadline(time.Time{})
	held := true
	raw, err := p.r.SyscallConn()
	for err == nil {
		var n int
		var readErr error
		if err = raw.Read(func(fd uintptr) bool {
			n, readErr = syscall.Read(int(fd), p.buf)
			return true
		}); err != nil {
			break
		}
		if readErr == syscall.EINTR {
			continue
		}
		if n <= 0 {
			held = readErr == syscall.EAGAIN
			break
		}
		out.stream(p.name, p.text(p.buf[:n]))
	}
	out.stream(p.name, p.end())
	if !held {
		p.r.Close()
		return
	}
	// A background process that found its output closed would die of it.
	go func() {
		_, _ = io.Copy(io.Discard, p.r)
		p.r.Close()
	}()
}

// text makes valid UTF-8 of the next bytes; a rune that is cut at their end waits for the next
// call.
func (p *pipe) text(b []byte) string {
	b = append(p.rest, b...)
	cut := len(b)
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				cut = len(b) - i
			}
			break
		}
	}
	p.rest = append([]byte(nil), b[cut:]...)
	return strings.ToValidUTF8(string(b[:cut]), "\uFFFD")
}

// end returns what waited for bytes that never came.
func (p *pipe) end() string {
	s := strings.ToValidUTF8(string(p.rest), "\uFFFD")
	p.rest = nil
	return s
}
