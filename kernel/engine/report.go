package engine

import (
	"errors"
	"fmt"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// ANSI colours of tracebacks; front ends turn them into their own.
const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	cyan  = "\x1b[36m"
	plain = "\x1b[0m"
)

// cellFile starts the file names of cell code in compiled packages; a cell's id and cellName follow.
const (
	cellFile = "/cell/"
	cellName = "/cell.go"
)

// failure makes a Failure whose traceback is its value.
func failure(name exec.Kind, value string) *exec.Failure {
	lines := strings.Split(strings.TrimRight(value, "\n"), "\n")
	tb := []string{red + string(name) + plain + ": " + lines[0]}
	return &exec.Failure{Name: name, Value: lines[0], Traceback: append(tb, lines[1:]...)}
}

func interrupted(how string) *exec.Failure {
	return failure(exec.Interrupted, "the cell was interrupted; "+how)
}

func (e *Engine) magicFailure(req exec.Request, err error) *exec.Failure {
	var m *magic.Error
	if !errors.As(err, &m) {
		return failure(exec.CommandError, err.Error())
	}
	f := failure(exec.CommandError, fmt.Sprintf("line %d: %s", m.Line, m.Message))
	f.Traceback = append(f.Traceback, sourceLine(req.Code, m.Line)...)
	return f
}

// textFailure tells what is wrong with the cell's text: parse and type errors, or a package that is missing.
func (r *run) textFailure(err error) *exec.Failure {
	var list cell.Errors
	var missing *program.MissingPackage
	var fromC *build.CompileError
	switch {
	case errors.As(err, &list):
	case errors.As(err, &missing):
		list = cell.Errors{missing.At}
	case errors.As(err, &fromC):
		return r.cFailure(fromC.Output)
	default:
		return failure(exec.EngineError, "gonbml could not make code of this cell, which is its own fault: "+err.Error())
	}
	const most = 10
	f := &exec.Failure{Name: exec.CompileError}
	for i, c := range list {
		if i == most {
			f.Traceback = append(f.Traceback, fmt.Sprintf("... and %d more errors", len(list)-most))
			break
		}
		where := fmt.Sprintf("line %d:%d", c.Line, c.Column)
		if c.Line == 0 {
			where = "cell"
		} else if c.Cell != nil && c.Cell.Number != r.req.Count {
			where = fmt.Sprintf("cell [%d] %s", c.Cell.Number, where)
		}
		message, more, _ := strings.Cut(c.Message, "\n")
		if i == 0 {
			f.Value = where + ": " + message
		}
		f.Traceback = append(f.Traceback, red+where+plain+": "+bold+message+plain)
		if c.Cell != nil {
			source := c.Cell.Source
			if c.Cell.Number == r.req.Count {
				source = r.req.Code // with its commands
			}
			f.Traceback = append(f.Traceback, sourceLine(source, c.Line)...)
			f.Traceback = append(f.Traceback, caret(c.Cell.Source, c.Line, c.Column)...)
		}
		if more != "" {
			f.Traceback = append(f.Traceback, strings.Split(strings.ReplaceAll(more, "\t", tab), "\n")...)
		}
		if c.Hint != "" {
			f.Traceback = append(f.Traceback, hints([]string{c.Hint})...)
		}
	}
	if len(list) > 1 {
		f.Value += fmt.Sprintf(" (and %d more)", len(list)-1)
	}
	return f
}

// cFailure tells what cgo or the C compiler said. They saw a file with one line more before the cell's first, and with
// text around statements, so that the lines can be told and the columns cannot.
func (r *run) cFailure(output string) *exec.Failure {
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
	f := failure(exec.CompileError, output)
	f.Traceback = append(f.Traceback, sourceLine(r.req.Code, first)...)
	return f
}

var wrappedPlace = regexp.MustCompile(cellFile + `[0-9a-f]+:(\d+)(?::\d+)?`)

func (r *run) buildFailure(err error) *exec.Failure {
	var c *build.CompileError
	if !errors.As(err, &c) {
		return failure(exec.EngineError, err.Error())
	}
	if list := compilerErrors(r.readableCell, c.Output); list != nil {
		return r.textFailure(list)
	}
	f := failure(exec.EngineError, "the Go compiler refused code that gonbml had checked; this is a fault of gonbml")
	f.Traceback = append(f.Traceback, strings.Split(r.readable(c.Output), "\n")...)
	return f
}

// readableCell returns the cell of an id, as errors name it.
func (r *run) readableCell(id string) *cell.Cell {
	if id == cell.ID(r.source) {
		return &cell.Cell{ID: id, Number: r.req.Count, Source: r.source}
	}
	s, _ := r.cells.get(id)
	return &cell.Cell{ID: id, Number: s.number, Source: s.source}
}

var compilerError = regexp.MustCompile(`(?m)^` + cellFile + `([0-9a-f]+)` + regexp.QuoteMeta(cellName) + `:(\d+):(\d+): (.*)$`)

// compilerErrors reads what only the compiler finds out about lines of cells, such as a channel whose elements are too
// large; the generated code around them may have the same fault.
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

// panicFailure tells of a panic, the user's frames first.
func (r *run) panicFailure(p worker.Panic) *exec.Failure {
	value := generated(p.Value)
	f := &exec.Failure{Name: exec.Panic, Value: firstLine(value)}
	f.Traceback = append([]string{red + "panic" + plain + ": " + bold + value + plain}, r.frames(p.Frames)...)
	f.Traceback = append(f.Traceback, hints(advice(value))...)
	return f
}

// goroutinePanic tells, under the cell that started it, of a goroutine that ended by a panic.
func (e *Engine) goroutinePanic(execID int64, p worker.Panic) {
	lines := append([]string{red + "panic in a goroutine" + plain + ": " + bold + generated(p.Value) + plain}, e.frames(p.Frames)...)
	e.routes.to(execID).Stream("stderr", strings.Join(lines, "\n")+"\n")
}

// errorFailure tells of the error that the cell's last call returned.
func (r *run) errorFailure(p worker.Panic) *exec.Failure {
	value := generated(p.Value)
	f := &exec.Failure{Name: exec.ReturnedError, Value: firstLine(value)}
	f.Traceback = []string{red + "error" + plain + ": " + bold + value + plain}
	if p.Type != "" {
		f.Traceback = append(f.Traceback, faint+"  ("+generated(p.Type)+", returned by the cell's last call)"+plain)
	}
	if line := lastLine(r.source); line > 0 {
		f.Traceback = append(f.Traceback, fmt.Sprintf("  at cell [%d] line %d", r.req.Count, line))
		f.Traceback = append(f.Traceback, sourceLine(r.req.Code, line)...)
	}
	return f
}

// lastLine returns the line of the expression that a cell ends with; 0 without one.
func lastLine(source string) int {
	fset := token.NewFileSet()
	c, err := cell.Parse(fset, 0, source)
	if err != nil || c.Last == nil {
		return 0
	}
	line, _ := c.Position(fset.File(c.Last.Pos()), c.Last.Pos())
	return line
}

func firstLine(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }

// frames lists where a panic came from: first the cells' lines with their text, innermost first, and then, in few words,
// the library functions between and below them.
func (e *Engine) frames(stack []worker.Frame) []string {
	var ours, others []string
	var last worker.Frame
	again := 0
	repeated := func() {
		if again > 0 {
			ours = append(ours, fmt.Sprintf("%s  ... and %d more times%s", faint, again, plain))
		}
		again = 0
	}
	for i, fr := range stack {
		if fr.File == "" || strings.HasPrefix(fr.File, "/gen") || strings.HasPrefix(fr.Function, "runtime.") {
			continue
		}
		if strings.Contains(fr.Function, "gonbml/session/rt.") || strings.Contains(fr.Function, "gonbml/kernel/worker/") {
			continue
		}
		id, isCell := strings.CutPrefix(fr.File, cellFile)
		if !isCell {
			others = append(others, fmt.Sprintf("%s  through %s (%s:%d)%s", faint, fr.Function, shortPath(fr.File), fr.Line, plain))
			continue
		}
		if fr.File == last.File && fr.Line == last.Line {
			again++
			continue
		}
		repeated()
		last = fr
		s, _ := e.cells.get(strings.TrimSuffix(id, cellName))
		name := program.FunctionName(fr.Function)
		in := ""
		if outermost := i == len(stack)-1; !outermost || name != program.Statements {
			in = " in " + strings.TrimPrefix(name, "main.")
		}
		ours = append(ours, fmt.Sprintf("  at cell [%d] line %d%s", s.number, fr.Line, in))
		ours = append(ours, sourceLine(s.source, fr.Line)...)
	}
	repeated()
	if len(others) > libraryFrames {
		rest := len(others) - libraryFrames
		others = append(others[:libraryFrames], fmt.Sprintf("%s  ... and %d more%s", faint, rest, plain))
	}
	return append(ours, others...)
}

// libraryFrames is how many library functions a panic names.
const libraryFrames = 6

// shortPath keeps the package folder and the file.
func shortPath(file string) string { return path.Join(path.Base(path.Dir(file)), path.Base(file)) }

// generated takes the prefixes out of a text that mark generated names, and the paths of cell packages.
func generated(s string) string {
	return program.TypeName(strings.NewReplacer("Ɛ", "", "ɛ", "").Replace(s))
}

// readable turns places in cell code within a text (a stack dump, say) into what the user calls them.
func (e *Engine) readable(text string) string {
	text = cellPlace.ReplaceAllStringFunc(text, func(place string) string {
		m := cellPlace.FindStringSubmatch(place)
		if s, ok := e.cells.get(m[1]); ok {
			return fmt.Sprintf("cell [%d] line %s", s.number, m[2])
		}
		return "this cell line " + m[2]
	})
	return generated(text)
}

var cellPlace = regexp.MustCompile(cellFile + `([0-9a-f]+)` + regexp.QuoteMeta(cellName) + `:(\d+)`)

// abandoned tells of a cell that did not stop when it was interrupted.
func (r *run) abandoned(o worker.Outcome) *exec.Failure {
	f := interrupted("it waits where an interrupt cannot reach and was left behind, still running")
	if state := waiting.FindString(o.Abandoned); state != "" {
		f.Traceback = append(f.Traceback, "it waits for: "+strings.Trim(state, "[]"))
	}
	f.Traceback = append(f.Traceback, r.frames(o.AbandonedAt)...)
	return f
}

// waiting matches what a stack dump says that a goroutine waits for.
var waiting = regexp.MustCompile(`\[[^\]\n]+\]`)

// exitFailure tells how the worker ended, and what was lost.
func (e *Engine) exitFailure(err error, lost string) *exec.Failure {
	var exit *worker.ExitError
	if !errors.As(err, &exit) {
		return failure(exec.EngineError, fmt.Sprintf("lost contact with the worker: %v.%s", err, lost))
	}
	f := failure(exec.WorkerExit, exit.Cause+".")
	f.Traceback = append(f.Traceback, e.crash(exit.LastOutput)...)
	f.Traceback = append(f.Traceback, "The process that ran the cells has ended; a fresh one serves the next cell."+lost)
	return f
}
