package worker

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// piece is a part of an output stream: text, or a marker.
type piece struct {
	text []byte
	mark int64 // a marker if not 0
}

// readStream reads an output stream to its end and sends it in pieces. It closes out at the end.
func readStream(r io.Reader, prefix string, out chan<- piece) {
	defer close(out)
	buf := make([]byte, 64<<10)
	var rest []byte // what may be the beginning of a marker
	for {
		n, err := r.Read(buf)
		rest = append(rest, buf[:n]...)
		rest = split(rest, prefix, out)
		if err != nil {
			break
		}
	}
	if len(rest) > 0 {
		out <- piece{text: rest}
	}
}

// split sends what is complete in data and returns what may be the beginning of a marker.
func split(data []byte, prefix string, out chan<- piece) (rest []byte) {
	for {
		i := bytes.Index(data, []byte(prefix))
		if i < 0 {
			keep := partial(data, prefix)
			if text := data[:len(data)-keep]; len(text) > 0 {
				out <- piece{text: bytes.Clone(text)}
			}
			return append(data[:0], data[len(data)-keep:]...)
		}
		if i > 0 {
			out <- piece{text: bytes.Clone(data[:i])}
		}
		if data = data[i:]; len(data) < frame.MarkerLen {
			return data
		}
		if mark, err := strconv.ParseInt(string(data[len(prefix):frame.MarkerLen]), 16, 64); err == nil {
			out <- piece{mark: mark}
		}
		data = data[frame.MarkerLen:]
	}
}

// partial returns how many bytes at the end of data are a beginning of prefix.
func partial(data []byte, prefix string) int {
	for n := min(len(data), len(prefix)-1); n > 0; n-- {
		if string(data[len(data)-n:]) == prefix[:n] {
			return n
		}
	}
	return 0
}

// drainReader reads a pipe to its end, or, once the process has ended, until it is empty: programs
// that the process had started may still hold the other end.
type drainReader struct{ f *os.File }

func (r drainReader) Read(buf []byte) (int, error) {
	n, err := r.f.Read(buf)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	// The process has ended. An expired deadline would hide what is still in the pipe.
	r.f.SetReadDeadline(time.Time{})
	raw, err := r.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var readErr error
	err = raw.Read(func(fd uintptr) bool {
		n, readErr = syscall.Read(int(fd), buf)
		return true
	})
	if err == nil {
		err = readErr
	}
	switch {
	case err != nil:
		return 0, io.EOF // EAGAIN: it is empty
	case n <= 0:
		return 0, io.EOF
	}
	r.ended()
	return n, nil
}

// ended makes the next Read empty the pipe without waiting.
func (r drainReader) ended() { r.f.SetReadDeadline(time.Unix(1, 0)) }

// incomplete returns how many bytes at the end of text are the beginning of a rune that more bytes
// may complete.
func incomplete(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
