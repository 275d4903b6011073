package words

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
)

// Text tells what is wrong with the cell's text: parse and type errors, or a package that is
// missing.
func (c Cell) Text(err error) *exec.Failure {
	var list cell.Errors
	var missing *program.MissingPackage
	var fromC *build.CompileError
	switch {
	case errors.As(err, &list):
	case errors.As(err, &missing):
		list = cell.Errors{missing.At}
	case errors.As(err, &fromC):
		return c.fromC(fromC.Output)
	default:
		return Failure(exec.EngineError, "gonbml could not make code of this cell, which is its own fault: "+err.Error())
	}
	const most = 10
	f := &exec.Failure{Name: exec.CompileError}
	for i, e := range list {
		if i == most {
			f.Traceback = append(f.Traceback, fmt.Sprintf("... and %d more errors", len(list)-most))
			break
		}
		where := fmt.Sprintf("line %d:%d", e.Line, e.Column)
		if e.Line == 0 {
			where = "cell"
		} else if e.Cell != nil && e.Cell.Number != c.Request.Count {
			where = fmt.Sprintf("cell [%d] %s", e.Cell.Number, where)
		}
		message, more, _ := strings.Cut(e.Message, "\n")
		if i == 0 {
			f.Value = where + ": " + message
		}
		f.Traceback = append(f.Traceback, red+where+plain+": "+bold+message+plain)
		if e.Cell != nil {
			source := e.Cell.Source
			if e.Cell.Number == c.Request.Count {
				source = c.Request.Code // with its commands
			}
			f.Traceback = append(f.Traceback, sourceLine(source, e.Line)...)
			f.Traceback = append(f.Traceback, caret(e.Cell.Source, e.Line, e.Column)...)
		}
		if more != "" {
			f.Traceback = append(f.Traceback, strings.Split(strings.ReplaceAll(more, "\t", tab), "\n")...)
		}
		if e.Hint != "" {
			f.Traceback = append(f.Traceback, hints([]string{e.Hint})...)
		}
	}
	if len(list) > 1 {
		f.Value += fmt.Sprintf(" (and %d more)", len(list)-1)
	}
	return f
}

// fromC tells what cgo or the C compiler said. They saw a file with one line more before the cell's
// first, and with text around statements, so that the lines can be told and the columns cannot.
func (c Cell) fromC(output string) *exec.Failure {
	first := 0
	output = wrappedPlace.ReplaceAllStringFunc(strings.TrimSpace(output), func(place string) string {
		line, err := strconv.Atoi(wrappedPlace.FindStringSubmatch(place)[1])
		if err != nil {
			return place
		}
		if first == 0 {
			first = line - 1
		}
		return fmt.Sprintf("line %d", line-1)
	})
	f := Failure(exec.CompileError, output)
	f.Traceback = append(f.Traceback, sourceLine(c.Request.Code, first)...)
	return f
}

var wrappedPlace = regexp.MustCompile(CellFile + `[0-9a-f]+:(\d+)(?::\d+)?`)

// Build tells why the cell was not built.
func (c Cell) Build(err error) *exec.Failure {
	var refused *build.CompileError
	if !errors.As(err, &refused) {
		return Failure(exec.EngineError, err.Error())
	}
	if list := compilerErrors(c.named, refused.Output); list != nil {
		return c.Text(list)
	}
	f := Failure(exec.EngineError, "the Go compiler refused code that gonbml had checked; this is a fault of gonbml")
	f.Traceback = append(f.Traceback, strings.Split(c.Seen.readable(refused.Output), "\n")...)
	return f
}

// named returns the cell of an id, as errors name it.
func (c Cell) named(id string) *cell.Cell {
	if id == cell.ID(c.Source) {
		return &cell.Cell{ID: id, Number: c.Request.Count, Source: c.Source}
	}
	s, _ := c.Seen.get(id)
	return &cell.Cell{ID: id, Number: s.number, Source: s.source}
}

var compilerError = regexp.MustCompile(`(?m)^` + CellFile + `([0-9a-f]+)` + regexp.QuoteMeta(cellName) + `:(\d+):(\d+): (.*)$`)

// compilerErrors reads what only the compiler finds out about lines of cells, such as a channel
// whose elements are too large; the generated code around them may have the same fault.
func compilerErrors(cellOf func(id string) *cell.Cell, output string) (list cell.Errors) {
	for _, m := range compilerError.FindAllStringSubmatch(output, -1) {
		line, err1 := strconv.Atoi(m[2])
		column, err2 := strconv.Atoi(m[3])
		if err1 != nil || err2 != nil {
			return nil
		}
		list = append(list, cell.Error{Cell: cellOf(m[1]), Line: line, Column: column, Message: generated(m[4])})
	}
	return list
}
