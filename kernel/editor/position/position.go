// Package position converts positions in a text between the three ways of counting that meet in an
// editor: Go counts bytes, Jupyter counts the Unicode code points of the whole text, and the
// Language Server Protocol counts lines and, within a line, UTF-16 code units.
//
// Text that is not UTF-8 is read as everywhere in Go: each wrong byte is one code point. A position
// in the middle of a character, or outside the text, moves to the nearest valid position before it.
package position

import (
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Point is a position as the Language Server Protocol counts it: Line and Character from 0,
// Character in UTF-16 code units.
type Point struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Mapper converts the positions of one text.
type Mapper struct {
	text  string
	lines []int // offset of each line's first byte
}

// NewMapper returns a Mapper for a text. A line ends with "\n".
func NewMapper(text string) *Mapper {
	m := &Mapper{text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			m.lines = append(m.lines, i+1)
		}
	}
	return m
}

// Bytes returns the byte offset that lies a number of code points from the beginning.
func (m *Mapper) Bytes(points int) int { return Bytes(m.text, points) }

// Points returns how many code points lie before a byte offset.
func (m *Mapper) Points(offset int) int { return Points(m.text, offset) }

// LSP returns the position of a byte offset as the Language Server Protocol counts.
func (m *Mapper) LSP(offset int) Point {
	offset = m.clamp(offset)
	line := sort.Search(len(m.lines), func(i int) bool { return m.lines[i] > offset }) - 1
	units := 0
	for _, r := range m.text[m.lines[line]:offset] {
		units += width(r)
	}
	return Point{line, units}
}

// Offset returns the byte offset of a position. A position beyond the end of its line is the end of
// that line.
func (m *Mapper) Offset(p Point) int {
	switch {
	case p.Line < 0:
		return 0
	case p.Line >= len(m.lines):
		return len(m.text)
	}
	start := m.lines[p.Line]
	line := m.text[start:]
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	units := 0
	for i, r := range line {
		if units+width(r) > p.Character {
			return start + i
		}
		units += width(r)
	}
	return start + len(line)
}

// clamp moves an offset into the text and to the beginning of a character.
func (m *Mapper) clamp(offset int) int { return clamp(m.text, offset) }

func clamp(text string, offset int) int {
	offset = max(0, min(offset, len(text)))
	if offset == len(text) || utf8.RuneStart(text[offset]) {
		return offset
	}
	for back := offset - 1; back >= max(0, offset-utf8.UTFMax+1); back-- {
		if !utf8.RuneStart(text[back]) {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[back:]); back+size > offset {
			return back
		}
		break
	}
	return offset
}

// width is how many UTF-16 code units a character takes.
func width(r rune) int {
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// Bytes returns the byte offset in text that lies a number of code points from the beginning.
func Bytes(text string, points int) int {
	if points <= 0 {
		return 0
	}
	for i := range text {
		if points == 0 {
			return i
		}
		points--
	}
	return len(text)
}

// Points returns how many code points of text lie before a byte offset.
func Points(text string, offset int) int { return utf8.RuneCountInString(text[:clamp(text, offset)]) }
