package words

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// Panic tells of a panic, the user's frames first.
func (c Cell) Panic(p worker.Panic) *exec.Failure {
	value := generated(p.Value)
	f := &exec.Failure{Name: exec.Panic, Value: firstLine(value)}
	f.Traceback = append([]string{red + "panic" + plain + ": " + bold + value + plain}, c.Seen.frames(p.Frames)...)
	for _, e := range p.Noted {
		f.Traceback = append(f.Traceback, "  an error came before it, which nothing has looked at yet: "+generated(e))
	}
	f.Traceback = append(f.Traceback, hints(advice(value))...)
	return f
}

// GoroutinePanic tells of a goroutine that ended by a panic.
func (c *Cells) GoroutinePanic(p worker.Panic) string {
	lines := append([]string{red + "panic in a goroutine" + plain + ": " + bold + generated(p.Value) + plain}, c.frames(p.Frames)...)
	return strings.Join(lines, "\n") + "\n"
}

// Returned tells of the error that a call of the cell returned. That of the last call stands in the
// given line; 0 for one that is not known.
func (c Cell) Returned(p worker.Panic, line int) *exec.Failure {
	value := generated(p.Value)
	if p.Call != "" {
		return c.unheard(p, value)
	}
	f := &exec.Failure{Name: exec.ReturnedError, Value: firstLine(value)}
	f.Traceback = []string{red + "error" + plain + ": " + bold + value + plain}
	if p.Type != "" {
		f.Traceback = append(f.Traceback, faint+"  ("+generated(p.Type)+", returned by the cell's last call)"+plain)
	}
	if strings.HasPrefix(p.Type, "*") && value == "<nil>" {
		f.Traceback = append(f.Traceback, hints([]string{"an error that holds a nil " + generated(p.Type) + " is not nil; return nil itself"})...)
	}
	if line > 0 {
		f.Traceback = append(f.Traceback, fmt.Sprintf("  at cell [%d] line %d", c.Request.Count, line))
		f.Traceback = append(f.Traceback, sourceLine(c.Request.Code, line)...)
	}
	f.Traceback = append(f.Traceback, hints(advice(value))...)
	return f
}

// unheard tells of an error that a call other than the last one returned, and that the cell does
// not look at.
func (c Cell) unheard(p worker.Panic, value string) *exec.Failure {
	if named, _ := regexp.MatchString(`\b`+regexp.QuoteMeta(p.Call)+`\b`, value); !named {
		value = p.Call + ": " + value
	}
	f := &exec.Failure{Name: exec.ReturnedError, Value: firstLine(value)}
	f.Traceback = []string{red + "error" + plain + ": " + bold + value + plain}
	f.Traceback = append(f.Traceback, faint+"  ("+generated(p.Type)+", returned by "+p.Call+")"+plain)
	f.Traceback = append(f.Traceback, c.Seen.frames(p.Frames)...)
	return f
}

func firstLine(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }

// frames lists where a panic came from: first the cells' lines with their text, innermost first,
// and then, in few words, the library functions between and below them.
func (c *Cells) frames(stack []worker.Frame) []string {
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
		id, isCell := strings.CutPrefix(fr.File, CellFile)
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
		s, _ := c.get(strings.TrimSuffix(id, cellName))
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

// Abandoned tells of a cell that did not stop when it was interrupted.
func (c Cell) Abandoned(o worker.Outcome) *exec.Failure {
	f := Interrupted("it waits where an interrupt cannot reach and was left behind, still running")
	if state := waiting.FindString(o.Abandoned); state != "" {
		f.Traceback = append(f.Traceback, "it waits for: "+strings.Trim(state, "[]"))
	}
	f.Traceback = append(f.Traceback, c.Seen.frames(o.AbandonedAt)...)
	return f
}

// waiting matches what a stack dump says that a goroutine waits for.
var waiting = regexp.MustCompile(`\[[^\]\n]+\]`)
