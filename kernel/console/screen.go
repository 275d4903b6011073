package console

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rivo/uniseg"

	"github.com/gonbml/gonbml/kernel/exec"
)

// screen shows what cells produce. Displays that are updated are drawn again in their place as long
// as nothing was printed after them; otherwise their last state is printed when the cell ends.
type screen struct {
	out, err io.Writer
	terminal bool
	width    func() int
	// apart prints above the line that the user is typing, where there is one.
	apart func(print func(raw bool))

	// mu guards what follows: the cell's number and the text of its result; where the cursor
	// stands, as the row below the first of the cell and the column, with what stands before it in
	// its line, and how a line ends; whether the cell's output is to be cleared before the next;
	// the display that was printed last, and its first row; and the last states of displays that
	// were updated and not drawn.
	mu       sync.Mutex
	number   int
	result   string
	row, col int
	line     string
	raw      bool // a line end needs its carriage return
	clearing bool
	block    string
	blockRow int
	states   map[string]exec.Bundle
}

func newScreen(o Options) *screen {
	return &screen{out: o.Out, err: o.Err, terminal: o.Terminal, width: o.Width, states: map[string]exec.Bundle{}, apart: func(print func(bool)) { print(false) }}
}

// print prints what a cell produces. A cell that has ended may do so while the next is typed.
func (s *screen) print(show func()) {
	s.apart(func(raw bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.raw = raw
		show()
		if raw {
			s.endLine()
		}
		s.raw = false
	})
}

// begin begins a cell.
func (s *screen) begin(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number, s.result, s.row, s.col, s.line, s.clearing, s.block = number, "", 0, 0, "", false, ""
}

// finish ends a cell and returns the text of its result.
func (s *screen) finish() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.states)) {
		s.show(s.states[id])
	}
	clear(s.states)
	s.endLine()
	return s.result
}

// Stream implements exec.Output.
func (s *screen) Stream(name, text string) { s.print(func() { s.stream(name, text) }) }

func (s *screen) stream(name, text string) {
	s.wipe()
	s.block = ""
	w := s.out
	if name == "stderr" {
		w = s.err
	}
	s.write(w, text)
}

// Display implements exec.Output.
func (s *screen) Display(d exec.Display) { s.print(func() { s.display(d) }) }

func (s *screen) display(d exec.Display) {
	s.wipe()
	if d.Update {
		if !s.terminal || s.block != d.ID {
			s.states[d.ID] = d.Data
			return
		}
		s.up(s.row - s.blockRow)
	}
	s.endLine()
	s.block, s.blockRow = d.ID, s.row
	delete(s.states, d.ID)
	s.show(d.Data)
}

// ClearOutput implements exec.Output. Text that goes to no terminal stays.
func (s *screen) ClearOutput(wait bool) { s.print(func() { s.clearOutput(wait) }) }

func (s *screen) clearOutput(wait bool) {
	s.clearing = s.terminal
	if !wait {
		s.wipe()
	}
}

// Page implements exec.Pager: a terminal has room for the text.
func (s *screen) Page(data exec.Bundle) {
	s.Display(exec.Display{Data: data})
}

// Result implements exec.Output.
func (s *screen) Result(data exec.Bundle, _ map[string]any) { s.print(func() { s.value(data) }) }

func (s *screen) value(data exec.Bundle) {
	s.wipe()
	s.endLine()
	s.block = ""
	text, _ := data["text/plain"].(string)
	s.result = text
	if s.terminal {
		s.write(s.out, fmt.Sprintf("\x1b[31mOut[%d]: \x1b[0m", s.number))
		if shown := s.text(data); strings.Contains(shown, "\n") {
			s.write(s.out, "\n")
		}
	}
	s.show(data)
}

// question prepares for a question to the user, which is drawn from the begin of the line on. It
// returns what stands there, as part of the question.
func (s *screen) question() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	before := s.line
	s.block, s.line = "", ""
	s.row, s.col = s.row+1, 0
	return before
}

// failure shows why the cell failed.
func (s *screen) failure(f *exec.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(f.Traceback, "\n")
	if text == "" {
		text = f.Error()
	}
	if !s.terminal {
		text = escapes.ReplaceAllString(text, "")
	}
	s.write(s.err, strings.TrimRight(text, "\n")+"\n")
}

// show prints a bundle as text.
func (s *screen) show(data exec.Bundle) {
	if text := s.text(data); text != "" {
		s.write(s.out, text+"\n")
	}
}

// text returns what stands for a bundle on this screen.
func (s *screen) text(data exec.Bundle) string {
	if s.terminal {
		if picture := picture(data, s.columns()); picture != "" {
			return picture
		}
	}
	text := plainText(data)
	if !s.terminal {
		text = escapes.ReplaceAllString(text, "")
	}
	return text
}

// columns is the width that may be used.
func (s *screen) columns() int {
	if w := s.width(); w > 0 {
		return w
	}
	return 80
}

func (s *screen) endLine() {
	if s.col > 0 {
		s.write(s.out, "\n")
	}
}

// wipe clears what the cell has shown if that is due.
func (s *screen) wipe() {
	if s.clearing {
		s.clearing = false
		s.up(s.row)
		s.block = ""
	}
}

// up moves the cursor up to the begin of a row, and clears the screen from there.
func (s *screen) up(rows int) {
	if rows > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA", rows)
	}
	io.WriteString(s.out, "\r\x1b[J")
	s.row, s.col, s.line = s.row-rows, 0, ""
}

// escapes are the sequences that move no cursor: colours and the like.
var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[ -/]*[@-~]")

// write prints text and keeps account of where the cursor is.
func (s *screen) write(w io.Writer, text string) {
	if s.raw {
		io.WriteString(w, strings.ReplaceAll(text, "\n", "\r\n"))
	} else {
		io.WriteString(w, text)
	}
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		s.line = text[at+1:]
	} else {
		s.line += text
	}
	width := s.columns()
	for i, line := range strings.Split(escapes.ReplaceAllString(text, ""), "\n") {
		if i > 0 {
			s.row, s.col = s.row+1, 0
		}
		if at := strings.LastIndexByte(line, '\r'); at >= 0 {
			s.col, line = 0, line[at+1:]
		}
		s.col += uniseg.StringWidth(line)
		if s.col > width {
			s.row, s.col = s.row+(s.col-1)/width, (s.col-1)%width+1
		}
	}
}
