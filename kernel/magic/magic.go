// Package magic reads the lines of a cell that are not Go: GoNB's % commands, ! shell lines and %%
// cell magics, and questions ("x?"). It owns their syntax, the help text, and the commands that
// need no session (shell lines, scripts, files). Commands that change the session (%cd, %env,
// %reset, ...) it only describes; the engine carries them out.
//
// It is separate from the Go parser because the two never meet: Parse takes the foreign lines out
// and leaves Go text with the same lines and columns, so those who read the Go text need not
// translate positions.
package magic

import (
	"fmt"
	"strings"
)

// Cell is the text of a cell, split into what is Go and what is not.
//
// The parts are carried out in the same order as in GoNB: first the Commands, in the order of the
// text and wherever they stand in the cell, then the Go text. With Whole, there is neither.
type Cell struct {
	// Go is the cell's Go text. Its lines are the cell's lines, with those of commands blank. For
	// %%, %main and %exec, the command's line has the head of func main instead, and "}" follows
	// the last line if necessary.
	Go string
	// MainLine is the line, from 1, of the %%, %main or %exec that made func main, or 0 if there is
	// none.
	MainLine int
	// Args is what os.Args[1:] must be while the cell runs.
	Args []string
	// Capture, if not nil, says where to copy the cell's output, as %capture asks.
	Capture *Capture
	// Commands are the cell's commands in the order of the text.
	Commands []Command
	// Test is set if %test makes the cell a run of tests and benchmarks. Then its main function is
	// not run.
	Test *Test
	// Wasm says that %wasm makes the cell a WebAssembly program, which the front end runs.
	Wasm bool
	// Question is set if the cell asks about something, and is nothing else.
	Question *Question
	// Whole is set if the cell is not Go at all.
	Whole *Whole
}

// Test is what %test asks for.
type Test struct {
	// Line is the line of the command, from 1.
	Line int
	// Given says that there were arguments, even if only an empty one. Without arguments the cell's
	// own tests run.
	Given bool
	// Args are the flags for the test program, such as -test.v.
	Args []string
}

// HasGo says whether there is anything in the cell for the Go compiler.
func (c Cell) HasGo() bool { return strings.TrimSpace(c.Go) != "" }

// Kind is what a command asks for.
type Kind string

// The commands that the engine carries out. Behind each are the operands in Command.Args.
const (
	Shell     Kind = "!"          // none; see Command.Shell
	Cd        Kind = "cd"         // [DIR]; without: show the folder
	Env       Kind = "env"        // [NAME [VALUE]]; without VALUE: show one or all
	Get       Kind = "goget"      // MODULE[@VERSION]...
	GoFlags   Kind = "goflags"    // [FLAG...]; without: show them
	AutoGet   Kind = "autoget"    // none: fetch missing modules
	NoAutoGet Kind = "noautoget"  // none: do not
	Errors    Kind = "errors"     // ["on" or "off"]: hear errors that statements do not look at; without: show
	List      Kind = "list"       // none: show the session's definitions
	Remove    Kind = "remove"     // NAME...: forget definitions
	Reset     Kind = "reset"      // ["go.mod"]: forget all, or the module's requirements
	Version   Kind = "version"    // none
	Memory    Kind = "mem"        // none: show the memory of kernel and worker
	Goroutine Kind = "goroutines" // none: list the goroutines that cells have started
	Replay    Kind = "replay"     // none: run the cells that have run so far again
	Compact   Kind = "compact"    // none: do that in a new worker
	Help      Kind = "help"       // none; the text is HelpText
	Keep      Kind = "keep"       // [NAME...]: keep values over restarts; without: list
	Whos      Kind = "whos"       // [NAME...]: show the variables and what they hold
	Track     Kind = "track"      // [PATH]: watch the folder, too; without: list
	Untrack   Kind = "untrack"    // [PATH or PREFIX...]: no longer watch; without: list
	GoWork    Kind = "goworkfix"  // none: replace directives for the modules of go.work
	Widgets   Kind = "widgets"    // none: connect the page with the session
	WidgetsHB Kind = "widgets_hb" // none: ask the page whether it is connected
)

// Command is one % or ! line.
type Command struct {
	Kind Kind
	// Line is the line in the cell, from 1, on which the command starts.
	Line int
	// Text is the command as written, with continuation lines joined.
	Text string
	// Args are the operands.
	Args []string
	// Shell is the command line, if Kind is Shell.
	Shell string
	// Module says that a Shell command runs in the session's module folder ("!*"), not in the
	// notebook's folder.
	Module bool
	// Input says where the standard input of a Shell command comes from.
	Input Input
}

// Input says where the standard input of a shell line comes from.
type Input int

// What %with_inputs and %with_password ask for the next shell line. Without them its input is
// empty.
const (
	NoInput Input = iota
	AskLines
	AskPassword
)

// Whole is a cell that is not Go: its first line is a cell magic, the rest its content.
type Whole struct {
	// Line is the line, from 1, of the cell magic.
	Line int
	// File is the file to write (%%writefile), with ~ and $NAME as the user wrote them. It is empty
	// for a script.
	File string
	// Append says to append to File (%%writefile -a).
	Append bool
	// Program is the program to run with Body as its input (%%bash, %%sh, %%script). It is empty
	// for a file.
	Program []string
	// Body is the text after the first line. It ends with a newline unless it is empty.
	Body string
}

// Capture is the file to which %capture copies a cell's output.
type Capture struct {
	File   string
	Append bool
}

// Error is a complaint about a % or ! line.
type Error struct {
	// Line is the line in the cell, from 1.
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Parse takes a cell apart. Its errors are of type *Error.
//
// A line is a command if it starts with % or ! in the first column, or with "//gonb:" before that.
// A backslash at its end continues it on the next line. Lines inside a comment, a raw string or an
// unfinished expression are Go.
func Parse(code string) (Cell, error) {
	t, err := cut(code)
	if err != nil {
		return Cell{}, err
	}
	c := t.Cell
	if c.MainLine > 0 && t.openMain {
		if !strings.HasSuffix(c.Go, "\n") {
			c.Go += "\n"
		}
		c.Go += "}"
	}
	return c, nil
}

// text is a cell under the knife.
type text struct {
	Cell
	// openMain says that Go ends inside func main, whose closing brace is not there yet.
	openMain bool
	// continued says that the last line ends with a backslash and waits for another.
	continued bool
}

// cut does the work of Parse, except that func main is left open.
func cut(code string) (*text, error) {
	lines := strings.SplitAfter(code, "\n")
	t := &text{}
	if t.Question = question(code); t.Question != nil {
		t.Go = Blank(code)
		return t, nil
	}
	if w, continued, err := whole(lines); w != nil || err != nil {
		t.Whole, t.continued = w, continued
		return t, err
	}
	var input Input
	var inputLine int
	head := ""
	kept := make([]string, len(lines))
	copy(kept, lines)
	g := newGoText(code)
	for i := 0; i < len(lines); {
		line, is := g.command(i)
		if !is {
			i++
			continue
		}
		last := i
		for strings.HasSuffix(line, `\`) {
			line = strings.TrimSuffix(line, `\`) + " "
			if last+1 >= len(lines) {
				t.continued = true
				break
			}
			last++
			line += uncomment(strings.TrimRight(lines[last], "\r\n"))
		}
		for j := i; j <= last; j++ {
			kept[j] = Blank(lines[j])
		}
		g.skip(last + 1)
		number := i + 1
		i = last + 1

		d, err := read(line)
		if err != nil {
			return nil, at(number, err)
		}
		switch {
		case d.main:
			if t.MainLine > 0 {
				return nil, &Error{number, fmt.Sprintf("the cell has its main function already, from line %d. Leave one of %%%%, %%main and %%exec.", t.MainLine)}
			}
			t.MainLine = number
			t.openMain = d.call == ""
			head = d.call
			if len(d.args) > 0 {
				t.Args = d.args
			}
		case d.setsArgs:
			t.Args = d.args
		case d.capture != nil:
			t.Capture = d.capture
		case d.test != nil:
			t.Test = d.test
			t.Test.Line = number
		case d.wasm:
			t.Wasm = true
		case d.input != NoInput:
			input, inputLine = d.input, number
		default:
			d.Line, d.Text = number, line
			if d.Kind == Shell {
				d.Input, input = input, NoInput
			}
			t.Commands = append(t.Commands, d.Command)
		}
	}
	if input != NoInput && !t.continued {
		return nil, &Error{inputLine, "expected a shell line (!command) after it in this cell, whose input it asks for. Got none."}
	}
	if t.Test != nil && t.Wasm {
		return nil, &Error{t.Test.Line, "expected one of %test and %wasm in a cell. Got both."}
	}
	if t.MainLine > 0 {
		kept[t.MainLine-1] = mainHead(head, t.Args, code) + lineEnd(lines[t.MainLine-1])
	}
	t.Go = strings.Join(kept, "")
	return t, nil
}

// mainHead is the text that takes the place of a %%, %main or %exec line. As in GoNB main parses
// the flags first, but only where there is something to parse or the cell defines flags: the flag
// package costs link time.
func mainHead(call string, args []string, code string) string {
	parse := ""
	if len(args) > 0 || strings.Contains(code, "flag.") {
		parse = " flag.Parse();"
	}
	if call != "" {
		return "func main() {" + parse + " " + call + "() }"
	}
	return "func main() {" + parse
}

func lineEnd(line string) string {
	if strings.HasSuffix(line, "\n") {
		return "\n"
	}
	return ""
}
