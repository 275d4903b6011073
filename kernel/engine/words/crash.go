package words

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker"
)

// How much of a crash report is told: lines before the stacks, goroutines, and lines for each.
const (
	crashHead       = 12
	crashGoroutines = 3
	crashLines      = 16
)

// Exit tells how the worker ended, and what was lost.
func (c *Cells) Exit(err error, lost string) *exec.Failure {
	var exit *worker.ExitError
	if !errors.As(err, &exit) {
		return Failure(exec.EngineError, fmt.Sprintf("lost contact with the worker: %v.%s", err, lost))
	}
	f := Failure(exec.WorkerExit, exit.Cause+".")
	f.Traceback = append(f.Traceback, c.crash(exit.LastOutput)...)
	f.Traceback = append(f.Traceback, "The process that ran the cells has ended; a fresh one serves the next cell."+lost)
	return f
}

// crash tells the end of what a process wrote before the run-time system ended it: what was said last, and of the
// goroutines that were in cells, the lines of cells in which they were. A crash outside of all cells shows where it was.
func (c *Cells) crash(out string) []string {
	out = strings.TrimSpace(out)
	head, stacks, found := strings.Cut("\n"+out, "\ngoroutine ")
	if !found {
		return nil
	}
	lines := last(nonEmpty(c.readable(head)), crashHead)
	blocks := strings.Split("goroutine "+stacks, "\n\n")
	told := 0
	for _, block := range blocks {
		header, stack, _ := strings.Cut(block, "\n")
		if told == crashGoroutines || !strings.Contains(stack, CellFile) {
			continue
		}
		told++
		lines = append(lines, first(nonEmpty(c.Goroutine(header, stack)), crashLines)...)
	}
	if told == 0 {
		lines = append(lines, first(nonEmpty(c.readable(blocks[0])), crashLines)...)
	}
	return lines
}

// nonEmpty returns the lines that are not blank.
func nonEmpty(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func last(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// first returns the first n lines, and says how many follow.
func first(lines []string, n int) []string {
	if len(lines) <= n {
		return lines
	}
	return append(lines[:n:n], "  ...")
}
