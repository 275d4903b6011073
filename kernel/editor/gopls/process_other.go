//go:build !linux

package gopls

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// processAttributes put gopls into a process group of its own, together with the go commands that
// it starts. It ends when its standard input does, which is when we end.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// memory returns how many bytes of a process are resident; 0 if that is not known.
func memory(pid int) int64 {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0
	}
	kb, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
