// Package words tells users how their cells failed: which line of which cell, with its text, what
// is behind it and what to do, in the three parts of exec.Failure. It owns those texts and the
// cells that have run, as far as telling needs them. It does not own what went wrong: that comes as
// errors and outcomes of the packages that found it.
package words

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// ANSI colours of tracebacks; front ends turn them into their own.
const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	cyan  = "\x1b[36m"
	plain = "\x1b[0m"
)

// CellFile starts the file names of cell code in compiled packages; a cell's id and cellName
// follow.
const (
	CellFile = "/cell/"
	cellName = "/cell.go"
)

// Failure makes a failure whose traceback is its value.
func Failure(name exec.Kind, value string) *exec.Failure {
	lines := strings.Split(strings.TrimRight(value, "\n"), "\n")
	tb := []string{red + string(name) + plain + ": " + lines[0]}
	return &exec.Failure{Name: name, Value: lines[0], Traceback: append(tb, lines[1:]...)}
}

// Fault tells of a panic in the kernel itself, with all that a report of it needs.
func Fault(value any, stack []byte) *exec.Failure {
	f := Failure(exec.EngineError, fmt.Sprintf("gonbml failed at this cell, which is its own fault: %v", value))
	f.Traceback = append(f.Traceback, "The session goes on. Please report this, with the cell and the text below, at "+reports+".")
	f.Traceback = append(f.Traceback, strings.Split(strings.TrimSpace(string(stack)), "\n")...)
	return f
}

const reports = "https://github.com/gonbml/gonbml/issues"

// Interrupted says that the cell was interrupted, and how that went.
func Interrupted(how string) *exec.Failure {
	return Failure(exec.Interrupted, "the cell was interrupted; "+how)
}

// Cell is a cell whose failure is told.
type Cell struct {
	// Seen knows the cells that ran before.
	Seen *Cells
	// Request is the cell as it was sent, with its commands.
	Request exec.Request
	// Source is its Go text.
	Source string
}

// Command tells what is wrong with a line that is not Go.
func (c Cell) Command(err error) *exec.Failure {
	var m *magic.Error
	if !errors.As(err, &m) {
		return Failure(exec.CommandError, err.Error())
	}
	f := Failure(exec.CommandError, fmt.Sprintf("line %d: %s", m.Line, m.Message))
	f.Traceback = append(f.Traceback, sourceLine(c.Request.Code, m.Line)...)
	return f
}

// generated takes the prefixes out of a text that mark generated names, and the paths of cell
// packages.
func generated(s string) string {
	return program.TypeName(strings.NewReplacer("Ɛ", "", "ɛ", "").Replace(s))
}

// readable turns places in cell code within a text (a stack dump, say) into what the user calls
// them.
func (c *Cells) readable(text string) string {
	text = cellPlace.ReplaceAllStringFunc(text, func(place string) string {
		m := cellPlace.FindStringSubmatch(place)
		if s, ok := c.get(m[1]); ok {
			return fmt.Sprintf("cell [%d] line %s", s.number, m[2])
		}
		return "this cell line " + m[2]
	})
	return generated(text)
}

var cellPlace = regexp.MustCompile(CellFile + `([0-9a-f]+)` + regexp.QuoteMeta(cellName) + `:(\d+)`)
