package program

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// edits are changes of cell texts by position. Texts inserted before a place keep the order in which they were added
// (the outer node's first), texts inserted after a place reverse it, so that wrappers around nested nodes nest.
type edits struct {
	fset  *token.FileSet
	cells map[*token.File]*cell.Cell
	of    map[*cell.Cell][]edit
	count int
}

type editKind int

// At one place, texts that close what stands before it come first.
const (
	insertAfter editKind = iota
	insertBefore
	replacement
)

type edit struct {
	start, end int
	kind       editKind
	seq        int
	text       string
}

func newEdits(fset *token.FileSet, cells map[*token.File]*cell.Cell) *edits {
	return &edits{fset: fset, cells: cells, of: map[*cell.Cell][]edit{}}
}

func (e *edits) locate(p token.Pos) (*cell.Cell, int) {
	f := e.fset.File(p)
	c := e.cells[f]
	if c == nil {
		panic(fmt.Sprintf("program: no cell holds position %v", e.fset.Position(p)))
	}
	return c, c.Offset(f, p)
}

func (e *edits) add(p token.Pos, length int, kind editKind, text string) {
	c, at := e.locate(p)
	e.count++
	seq := e.count
	if kind == insertAfter {
		seq = -seq
	}
	e.of[c] = append(e.of[c], edit{at, at + length, kind, seq, text})
}

func (e *edits) before(p token.Pos, text string)     { e.add(p, 0, insertBefore, text) }
func (e *edits) after(p token.Pos, text string)      { e.add(p, 0, insertAfter, text) }
func (e *edits) replace(p, q token.Pos, text string) { e.add(p, int(q-p), replacement, text) }

// wrap puts text around what stands between two positions.
func (e *edits) wrap(p, q token.Pos, open, close string) {
	e.before(p, open)
	e.after(q, close)
}

// text returns the edited text between two positions.
func (e *edits) text(p, q token.Pos) string {
	c, start := e.locate(p)
	end := start + int(q-p)
	list := slices.Clone(e.of[c])
	slices.SortStableFunc(list, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.kind, b.kind), cmp.Compare(a.seq, b.seq))
	})
	var sb strings.Builder
	at := start
	for _, x := range list {
		outside := x.start < start || x.end > end || x.start == start && x.kind == insertAfter || x.start == end && x.kind != insertAfter
		if outside || x.start < at { // before at: inside a range that was replaced
			continue
		}
		sb.WriteString(c.Source[at:x.start])
		sb.WriteString(x.text)
		at = x.end
	}
	sb.WriteString(c.Source[at:end])
	return sb.String()
}
