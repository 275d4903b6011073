package console

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
)

// editor reads cells from a terminal.
type editor struct {
	engine exec.Engine
	keys   *bufio.Reader
	view   view
	past   past

	// reading is held by whoever reads from the terminal: a question that a dead cell has left there keeps the next
	// prompt waiting for its end.
	reading sync.Mutex

	// mu guards the line that is on its way, nil for none, its text and the view. It is free while a key is waited for.
	mu     sync.Mutex
	active *line
}

// apart has something printed above the line that is on its way, if there is one: the terminal is raw then.
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

// line is one text on its way: a cell, or the answer to a question.
type line struct {
	*editor
	buffer
	prompt, more string
	multi        bool // a cell: several lines, completion, history
	hidden       bool // a password

	// at is the entry of the history that is shown, the number of entries for what was typed, which draft keeps.
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
		l.draw()
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

// leave puts the cursor below the text for what comes next.
func (l *line) leave(mark string) {
	l.pos = len(l.text)
	l.draw()
	fmt.Fprint(l.view.out, mark+"\r\n")
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

// recall shows an entry of the history.
func (l *line) recall(to int) {
	if !l.multi || to < 0 || to > len(l.past.cells) {
		return
	}
	if l.at == len(l.past.cells) {
		l.draft = string(l.text)
	}
	if l.at = to; to == len(l.past.cells) {
		l.set(l.draft)
	} else {
		l.set(l.past.cells[to])
	}
}

// search looks for a text in the history while it is typed; Ctrl-R goes on to older cells, Ctrl-C back to what was
// there, any other key takes what was found.
func (l *line) search() error {
	before, query, from := string(l.text), "", len(l.past.cells)-1
	prompt := l.prompt
	defer func() { l.prompt = prompt }()
	for {
		l.prompt = green("(search " + query + ") ")
		l.draw()
		k, err := l.key()
		if err != nil {
			return err
		}
		switch k.command {
		case typed:
			query += string(k.char)
		case backspace:
			r := []rune(query)
			query, from = string(r[:max(0, len(r)-1)]), len(l.past.cells)-1
		case search:
			from--
		case interrupt:
			l.set(before)
			return nil
		default:
			return nil
		}
		if found := l.past.find(query, from); found >= 0 {
			from = found
			l.set(l.past.cells[found])
		} else {
			from++ // The oldest stays.
		}
	}
}

// completionLimit is how long the Tab key waits for the engine.
const completionLimit = time.Second

// tab completes what stands before the cursor, or indents.
func (l *line) tab() {
	if !l.multi {
		return
	}
	if l.blankBefore() {
		l.insert('\t')
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionLimit)
	defer cancel()
	found := l.engine.Complete(ctx, string(l.text), l.pos)
	if len(found.Items) == 0 || found.Start < 0 || found.Start > l.pos || found.End < l.pos || found.End > len(l.text) {
		return
	}
	common := []rune(found.Items[0].Text)
	for _, item := range found.Items[1:] {
		common = commonPrefix(common, []rune(item.Text))
	}
	typed := string(l.text[found.Start:l.pos])
	if len(found.Items) == 1 || len(common) > l.pos-found.Start && strings.HasPrefix(string(common), typed) {
		l.cut(found.Start, found.End)
		l.insert(common...)
	}
	if len(found.Items) > 1 {
		l.hint = listing(found.Items, max(20, l.view.width())-1)
	}
}

func commonPrefix(a, b []rune) []rune {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// newPast returns the cells of the sessions before, of equal ones the last.
func newPast(log *history.Log) past {
	var p past
	for _, e := range log.Search("*", recalled, true) {
		p.cells = append(p.cells, e.Input)
	}
	return p
}

// recalled is how many cells of earlier sessions the editor offers.
const recalled = 1000

// past is the history as the editor walks through it.
type past struct{ cells []string }

// add adds a cell; one that was run twice in a row is there once.
func (p *past) add(cell string) {
	if n := len(p.cells); strings.TrimSpace(cell) != "" && (n == 0 || p.cells[n-1] != cell) {
		p.cells = append(p.cells, cell)
	}
}

// find returns the newest entry up to from that holds the text, or -1.
func (p *past) find(text string, from int) int {
	for i := min(from, len(p.cells)-1); i >= 0; i-- {
		if strings.Contains(p.cells[i], text) {
			return i
		}
	}
	return -1
}
