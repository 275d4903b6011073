package notebook

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// CellError says that a cell failed and ended the run.
type CellError struct {
	// Number is the cell's place among the Of code cells of the run, and also its execution count.
	Number, Of int
	Source     string
	Failure    *exec.Failure
	// Cause is ErrTimeout or the error of the run's context if the cell was stopped, otherwise nil.
	Cause error
}

// Error returns one line.
func (e *CellError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("cell %d of %d: %v", e.Number, e.Of, e.Cause)
	}
	return fmt.Sprintf("cell %d of %d failed: %v", e.Number, e.Of, e.Failure)
}

// Unwrap returns the cause if the cell was stopped, otherwise the failure.
func (e *CellError) Unwrap() error {
	if e.Cause != nil {
		return e.Cause
	}
	return e.Failure
}

// linesAround is how many lines of a cell Report shows before and after the line that failed.
const linesAround = 3

// Report returns everything the user needs to find the fault: what failed, the source around it,
// and the traceback. Colours are ANSI codes, or left out.
func (e *CellError) Report(colours bool) string {
	var b strings.Builder
	trace := strings.TrimRight(strings.Join(e.Failure.Traceback, "\n"), "\n")
	bare := escapes.ReplaceAllString(trace, "")
	if !colours {
		trace = bare
	}
	fmt.Fprintf(&b, "%s\n\n", e.Error())
	at := e.line(bare)
	lines := strings.Split(strings.TrimRight(e.Source, "\n"), "\n")
	from, to := 1, min(len(lines), 2*linesAround+1)
	if at > 0 && at <= len(lines) {
		from, to = max(1, at-linesAround), min(len(lines), at+linesAround)
	}
	width := len(strconv.Itoa(to))
	for n := from; n <= to; n++ {
		mark := "  "
		if n == at {
			mark = "> "
		}
		fmt.Fprintf(&b, "%s%*d | %s\n", mark, width, n, lines[n-1])
	}
	if more := len(lines) - to; more == 1 {
		fmt.Fprintf(&b, "  %*s | (1 more line)\n", width, "")
	} else if more > 1 {
		fmt.Fprintf(&b, "  %*s | (%d more lines)\n", width, "", more)
	}
	if trace != "" {
		fmt.Fprintf(&b, "\n%s\n", trace)
	}
	return b.String()
}

// reference is how the engine names a place in a cell: "cell [3] line 7", or without the cell, for
// the one that ran, "line 7:2".
var reference = regexp.MustCompile(`(?i)(?:\bcell \[?(\d+)\]?[:,]? ?)?\b(?:line )(\d+)`)

// line finds the first line of this cell that the failure names; 0 if it names none.
func (e *CellError) line(trace string) int {
	for _, m := range reference.FindAllStringSubmatch(e.Failure.Value+"\n"+trace, -1) {
		if m[1] == "" || m[1] == strconv.Itoa(e.Number) {
			n, _ := strconv.Atoi(m[2])
			return n
		}
	}
	return 0
}
