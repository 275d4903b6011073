package worker

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// ExitError says that the process ended, and with it all state.
type ExitError struct {
	State *os.ProcessState
	// LastOutput is the end of what the process wrote to standard error.
	LastOutput string
	// Cause is why it ended, in words for the user.
	Cause string
}

// Error returns the cause.
func (e *ExitError) Error() string { return "the worker process ended: " + e.Cause }

// crash finds the line by which Go's run-time system says why it gives up.
var crash = regexp.MustCompile(`(?m)^(fatal error: .*|panic: .*|runtime: goroutine stack exceeds.*|unexpected fault address.*|SIG[A-Z]+: .*)$`)

// exitError reads the cause from the state and the end of standard error.
func exitError(state *os.ProcessState, killed bool, stderr string) *ExitError {
	if len(stderr) > tailSize {
		stderr = stderr[len(stderr)-tailSize:]
	}
	e := &ExitError{State: state, LastOutput: strings.ToValidUTF8(stderr, "\uFFFD")}
	status, _ := state.Sys().(syscall.WaitStatus)
	lines := crash.FindAllString(e.LastOutput, -1)
	switch {
	case killed:
		e.Cause = "the kernel stopped it"
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		e.Cause = "killed by signal 9 (out of memory?)"
	case status.Signaled():
		e.Cause = fmt.Sprintf("killed by signal %d (%s)", int(status.Signal()), status.Signal())
		if len(lines) > 0 {
			e.Cause += ": " + lines[0]
		}
	case state.ExitCode() == 2 && len(lines) > 0:
		e.Cause = crashCause(lines)
	case state.ExitCode() == 1:
		e.Cause = "the cell called os.Exit(1), as log.Fatal does"
	default:
		e.Cause = fmt.Sprintf("the cell called os.Exit(%d)", state.ExitCode())
	}
	return e
}

// crashCause picks the most telling line.
func crashCause(lines []string) string {
	for _, line := range lines {
		if strings.HasPrefix(line, "runtime: goroutine stack exceeds") {
			return "fatal error: stack overflow (a function that calls itself without end?)"
		}
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "panic: ") {
			return line + " (in a goroutine that no cell started, where it cannot be caught)"
		}
	}
	return lines[0]
}
