package worker

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// ExitError says that the process has ended, and all state with it.
type ExitError struct {
	State *os.ProcessState
	// LastOutput is the end of what the process wrote to standard error.
	LastOutput string
	// Cause is why it ended, in words for the user.
	Cause string
}

// Error returns the cause.
func (e *ExitError) Error() string { return "the worker process ended: " + e.Cause }

// tailSize is how much of the last output is kept for the report of the process's end.
const tailSize = 16 << 10

// lastWords keeps the end of standard error, and the lines before it that tell of a crash: the
// stacks that follow those can be long.
type lastWords struct {
	tail  []byte
	lines []string
}

func (l *lastWords) add(text []byte) {
	l.tail = append(l.tail, text...)
	if len(l.tail) <= 2*tailSize {
		return
	}
	drop := len(l.tail) - tailSize
	if i := bytes.LastIndexByte(l.tail[:drop], '\n'); i >= 0 {
		drop = i + 1 // so that no line is cut in two
	}
	l.lines = append(l.lines, crashLines(l.tail[:drop])...)
	if len(l.lines) > 10 {
		l.lines = l.lines[len(l.lines)-10:]
	}
	l.tail = append(l.tail[:0], l.tail[drop:]...)
}

// crashLines finds the lines that tell of a crash.
func crashLines(text []byte) (lines []string) {
	for _, word := range []string{"fatal error: ", "panic: ", "stack exceeds", "unexpected fault", "SIG"} {
		if bytes.Contains(text, []byte(word)) { // a hundred times faster than the expression
			return crash.FindAllString(string(text), -1)
		}
	}
	return nil
}

// crash finds the line by which Go's run-time system says why it gives up.
var crash = regexp.MustCompile(`(?m)^(fatal error: .*|panic: .*|runtime: goroutine stack exceeds.*|unexpected fault address.*|SIG[A-Z]+: .*)$`)

// exitError reads the cause from the state and the end of standard error.
func exitError(state *os.ProcessState, killed bool, last *lastWords) *ExitError {
	e := &ExitError{State: state, LastOutput: strings.ToValidUTF8(string(last.tail), "\uFFFD")}
	status, _ := state.Sys().(syscall.WaitStatus)
	lines := append(last.lines, crashLines(last.tail)...)
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
