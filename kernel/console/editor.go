package console

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/gonbml/gonbml/kernel/exec"
)

// editor reads cells from a terminal.
type editor struct {
	engine exec.Engine
	keys   *bufio.Reader
	view   view
	past   past

	// reading is held while somebody reads from the terminal: a question that a dead cell has left
	// there makes the next prompt wait for its end.
	reading sync.Mutex

	// mu guards the line that is being typed (nil for none), its text and the view. It is not held
	// while waiting for a key.
	mu     sync.Mutex
	active *line
}

// apart prints something above the line that is being typed, if there is one: the terminal is raw
// then.
func (e *editor) apart(print func(raw bool)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.active == nil {
		print(false)
		return
	}
	var clear strings.Builder
	e.view.restart(&clear)
	io.WriteString(e.view.out, clear.String())
	print(true)
	e.active.draw()
}

func newEditor(o Options) *editor {
	return &editor{engine: o.Engine, keys: bufio.NewReader(os.Stdin), view: view{out: o.Out, width: o.Width}, past: newPast(o.History)}
}

// raw has the terminal hand over each key until the returned function is called.
func raw() (restore func(), err error) {
	in := int(os.Stdin.Fd())
	old, err := term.MakeRaw(in)
	if err != nil {
		return nil, err
	}
	fmt.Print("\x1b[?2004h") // Pasted texts come marked as such.
	return func() {
		fmt.Print("\x1b[?2004l")
		term.Restore(in, old)
	}, nil
}

// cell implements reader.
func (e *editor) cell(number int) (string, error) {
	e.reading.Lock()
	defer e.reading.Unlock()
	restore, err := raw()
	if err != nil {
		return "", err
	}
	defer restore()
	prompt := fmt.Sprintf("In [%d]: ", number)
	l := &line{editor: e, prompt: green(prompt), more: green(fmt.Sprintf("%*s", len(prompt), "...: ")), multi: true, at: len(e.past.cells)}
	code, err := l.read()
	if err == nil {
		e.past.add(code)
	}
	return code, err
}

// ask implements reader.
func (e *editor) ask(prompt string, password bool) (string, error) {
	e.reading.Lock()
	defer e.reading.Unlock()
	restore, err := raw()
	if err != nil {
		return "", err
	}
	defer restore()
	return (&line{editor: e, prompt: prompt, hidden: password}).read()
}

func green(s string) string { return "\x1b[32m" + s + "\x1b[0m" }

// line is a text that is being typed: a cell, or the answer to a question.
type line struct {
	*editor
	buffer
	prompt, more string
	multi        bool // a cell: several lines, completion, history
	hidden       bool // a password

	// at is the entry of the history that is shown; the number of entries stands for what was
	// typed, which draft keeps.
	at    int
	draft string
	// hint stands below the text until the next key.
	hint string
}

// key waits for a key.
func (l *line) key() (key, error) {
	l.mu.Unlock()
	defer l.mu.Lock()
	return readKey(l.keys)
}

// read reads keys until the text is accepted, or errInterrupt or io.EOF.
func (l *line) read() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = l
	defer func() { l.active = nil }()
	l.view.row = 0
	for {
		if l.keys.Buffered() == 0 { // Else the next key comes before anybody has seen this one.
			l.draw()
		}
		k, err := l.key()
		if err != nil {
			return "", err
		}
		l.hint = ""
		if l.edit(k) {
			continue
		}
		switch k.command {
		case enter:
			if l.accept() {
				l.leave("")
				return string(l.text), nil
			}
		case newLine:
			if l.multi {
				l.insert('\n')
			}
		case tab:
			l.tab()
		case up:
			if !l.upLine() {
				l.recall(l.at - 1)
			}
		case down:
			if !l.downLine() {
				l.recall(l.at + 1)
			}
		case search:
			if l.multi {
				if err := l.search(); err != nil {
					return "", err
				}
			}
		case clearScreen:
			io.WriteString(l.view.out, "\x1b[H\x1b[2J")
			l.view.row = 0
		case interrupt:
			l.leave("^C")
			return "", errInterrupt
		case endOfInput:
			if len(l.text) == 0 {
				l.leave("")
				return "", io.EOF
			}
			l.edit(key{command: remove})
		}
	}
}

func (l *line) draw() {
	if l.hidden {
		l.view.draw(l.prompt, "", nil, 0, "")
		return
	}
	l.view.draw(l.prompt, l.more, l.text, l.pos, l.hint)
}

// leave puts the cursor below the text, with a mark at its end, for what comes next.
func (l *line) leave(mark string) {
	l.pos = len(l.text)
	if l.hidden {
		l.draw()
	} else {
		text := slices.Concat(l.text, []rune(mark))
		l.view.draw(l.prompt, l.more, text, len(text), "")
	}
	io.WriteString(l.view.out, "\r\n")
}

// accept says whether Enter ends the text; else it begins a new line.
func (l *line) accept() bool {
	if !l.multi {
		return true
	}
	indent := ""
	if l.stop() == len(l.text) {
		is := l.engine.IsComplete(string(l.text))
		if is.Status != "incomplete" {
			return true
		}
		indent = is.Indent
	}
	l.insert([]rune("\n" + indent)...)
	return false
}
