package console

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// tabWidth is how wide a tab is shown.
const tabWidth = 4

// view draws a text with prompts on a terminal, and draws it again in the same place after each
// key.
type view struct {
	out   io.Writer
	width func() int
	// row is the cursor's, counted from the first that was drawn.
	row int
}

// draw shows the lines of the text, the first after the prompt and the others after more, and the
// hint below them, and puts the cursor before the pos-th rune.
func (v *view) draw(prompt, more string, text []rune, pos int, hint string) {
	var s strings.Builder
	v.restart(&s)
	// The last column stays free: terminals differ in where the cursor is after it was written.
	p := pen{to: &s, width: max(20, v.width()) - 1}
	p.put(prompt)
	row, col := p.row, p.col
	for i, r := range text {
		if i == pos {
			row, col = p.row, p.col
		}
		switch r {
		case '\n':
			p.line()
			p.put(more)
		case '\t':
			p.put(strings.Repeat(" ", tabWidth))
		default:
			p.put(string(r))
		}
	}
	if pos >= len(text) {
		row, col = p.row, p.col
	}
	if hint != "" {
		for line := range strings.SplitSeq(hint, "\n") {
			p.line()
			p.put(line)
		}
	}
	if n := p.row - row; n > 0 {
		fmt.Fprintf(&s, "\x1b[%dA", n)
	}
	s.WriteString("\r")
	if col > 0 {
		fmt.Fprintf(&s, "\x1b[%dC", col)
	}
	v.row = row
	io.WriteString(v.out, s.String())
}

// restart moves to the first row and clears what was drawn.
func (v *view) restart(s *strings.Builder) {
	if v.row > 0 {
		fmt.Fprintf(s, "\x1b[%dA", v.row)
	}
	s.WriteString("\r\x1b[J")
	v.row = 0
}

// pen writes text and knows where it is.
type pen struct {
	to       *strings.Builder
	width    int
	row, col int
}

// put writes a text without line breaks; where it reaches the margin it goes on in the next row.
func (p *pen) put(text string) {
	for len(text) > 0 {
		if text[0] == '\x1b' {
			if loc := escapes.FindStringIndex(text); loc != nil && loc[0] == 0 {
				p.to.WriteString(text[:loc[1]])
				text = text[loc[1]:]
				continue
			}
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(text, -1)
		if p.col+width > p.width {
			p.line()
		}
		if cluster < " " || cluster == "\x7f" {
			cluster, width = "·", 1 // a control character in a pasted text
		}
		p.to.WriteString(cluster)
		p.col += width
		text = rest
	}
}

func (p *pen) line() {
	p.to.WriteString("\r\n")
	p.row, p.col = p.row+1, 0
}
