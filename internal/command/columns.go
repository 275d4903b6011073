package command

import (
	"os"
	"syscall"
	"unsafe"
)

// columns asks a terminal for its width; 0 if f is none.
func columns(f *os.File) int {
	var size struct{ rows, cols, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0
	}
	if size.cols == 0 {
		return 80 // a terminal that does not know, as in some containers
	}
	return int(size.cols)
}
