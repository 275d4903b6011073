package host

import (
	"os"
	"syscall"
)

// reopen gives the process new standard streams where a cell has closed its own. A stream that a
// cell has replaced by one that is open is left alone.
func (h *host) reopen() {
	for i, p := range []*printer{h.stdout, h.stderr} {
		old := p.file.Load()
		if isOpen(old) || h.out.streams[i] == nil {
			continue
		}
		fd := i + 1
		if numberIsFree(fd) {
			if err := syscall.Dup3(int(h.out.streams[i].Fd()), fd, 0); err != nil {
				continue
			}
		} else if n, err := syscall.Dup(int(h.out.streams[i].Fd())); err == nil {
			fd = n // another file of a cell has the number by now
		} else {
			continue
		}
		f := os.NewFile(uintptr(fd), old.Name())
		for _, global := range []**os.File{&os.Stdout, &os.Stderr} {
			if *global == old {
				*global = f
			}
		}
		p.file.Store(f)
	}
	if !isOpen(os.Stdin) && numberIsFree(0) {
		h.stdin.mu.Lock()
		defer h.stdin.mu.Unlock()
		if w, err := newPipe(); err == nil {
			if h.stdin.w != nil {
				h.stdin.w.Close()
			}
			h.stdin.w, os.Stdin = w, os.NewFile(0, "/dev/stdin")
		}
	}
}

func isOpen(f *os.File) bool {
	_, err := f.Stat()
	return err == nil
}

// numberIsFree says whether no file has the number.
func numberIsFree(fd int) bool {
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st) == syscall.EBADF
}
