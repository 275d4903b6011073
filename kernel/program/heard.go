package program

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"sync"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/script"
)

// A cell's own statements are a script, in which no error goes unheard; package script says what
// that means. What Go accepts keeps its meaning, except that an error which nothing looks at fails
// the cell.

// Heeding returns the program with errors of cells' statements heard, or not.
func (p *Program) Heeding(errors bool) *Program {
	if p.lax == !errors {
		return p
	}
	q := p.fork()
	q.lax, q.ran = !errors, map[string]*ranCell{} // what has run means something else now
	return q
}

// Heeds says whether errors of cells' statements are heard.
func (p *Program) Heeds() bool { return !p.lax }

// isScript says whether a cell's statements are a script. A program with a main function is not,
// nor is a file with a package clause.
func (p *Program) isScript(c *cell.Cell) bool { return !p.lax && !c.Main && !c.Clause }

// takersFile declares what mended calls are arguments of. The caller holds mu.
func (p *Program) takersFile() *ast.File {
	if p.takers == nil {
		p.Tables.takers = script.Takers(p.fset)
	}
	return p.takers
}

// mend makes calls type-check that stand where their error is not wanted.
func (p *Program) mend(ck *checked, c *cell.Cell, sc scope) *checked {
	if !p.isScript(c) || len(ck.errs) == 0 {
		return ck
	}
	positions := func() (list []token.Pos) {
		for _, p := range ck.places {
			list = append(list, p)
		}
		return list
	}
	script.Mend(ownStatements(c), ck.info, positions(), func() (*types.Info, []token.Pos) {
		ck = p.check(c, sc)
		if len(p.importUndefined(ck, sc)) > 0 {
			ck = p.check(c, sc)
		}
		return ck.info, positions()
	})
	ck.allowUnread(c)
	return ck
}

// allowUnread takes out the errors that a block does not use the variable of an error which its
// statements hear.
func (ck *checked) allowUnread(c *cell.Cell) {
	heard := map[token.Pos]bool{}
	for _, a := range script.Errors(ck.info, ownStatements(c), nil, func(types.Object) bool { return false }) {
		heard[a.Var.Pos()] = ck.info.Defs[a.Var] != nil
	}
	errs, places := ck.errs, ck.places
	ck.errs, ck.places = nil, map[int]token.Pos{}
	for i, e := range errs {
		at, own := places[i]
		if own && heard[at] && strings.HasPrefix(e.Message, "declared and not used: ") {
			continue
		}
		if own {
			ck.places[len(ck.errs)] = at
		}
		ck.errs = append(ck.errs, e)
	}
}

// ownStatements are the nodes of a cell's own statements.
func ownStatements(c *cell.Cell) (nodes []ast.Node) {
	for _, s := range c.Steps {
		if s.Init == nil && s.Call == nil {
			nodes = append(nodes, s.Node())
		}
	}
	return nodes
}

// script finds out which errors the cell does not look at.
func (w *writer) script() {
	if !w.p.isScript(w.cell) {
		return
	}
	var steps, functions []ast.Node
	for _, s := range w.steps {
		switch {
		case s.Init != nil:
			functions = append(functions, s.Init)
		case s.Call == nil:
			steps = append(steps, s.Node())
		}
	}
	for _, d := range w.cell.Decls {
		functions = append(functions, d.Node)
	}
	used := sync.OnceValue(w.usedByFunctions)
	reads := func(o types.Object) bool { return w.e.ck.global(o) && used()[o.Name()] }
	w.assigned, w.unread = script.Errors(w.e.ck.info, steps, functions, reads), map[ast.Node]bool{}
	for _, a := range w.assigned {
		w.unread[a.Node] = !a.Read
	}
}

// usedByFunctions returns the names that those functions of the session use which the cell may
// call.
func (w *writer) usedByFunctions() map[string]bool {
	ck, reached, used := w.e.ck, map[string]bool{}, map[string]bool{}
	for _, s := range w.cell.Steps {
		for n := range ck.namesIn(s.Node()) {
			reached[n] = true
		}
	}
	for _, d := range w.cell.Decls {
		for n := range ck.namesIn(d.Node) {
			reached[n] = true
		}
	}
	done := map[*Decl]bool{}
	for grew := true; grew; {
		grew = false
		for k, d := range w.p.live {
			if done[d] || d.kind != token.FUNC && d.kind != token.VAR || !reached[k] && !reached[d.recv] {
				continue
			}
			done[d], grew = true, true
			for n := range d.uses {
				reached[n] = true
				used[n] = used[n] || d.kind == token.FUNC
			}
		}
	}
	return used
}

// hear records the edits by which a statement's unheard errors fail the cell.
func (w *writer) hear(s *cell.Step) {
	if !w.p.isScript(w.cell) || s.Init != nil || s.Call != nil || s.Var != nil && w.inCell(s.Var.Names) {
		return
	}
	e, n := w.e, s.Node()
	for _, a := range w.assigned {
		if a.Node.Pos() < n.Pos() || n.End() < a.Node.End() {
			continue
		}
		text := ""
		switch name := script.Name(a.Call); {
		case a.Cond != nil && !a.Read:
			heard := fmt.Sprintf("ƐƐR.HeardIn(%s, %q, %d) && (", e.refer(a.Var), name, e.ran+1)
			e.ed.wrap(a.Cond.Pos(), a.Cond.End(), heard, ")")
			continue
		case a.Cond != nil:
			continue
		case !a.Read:
			text = fmt.Sprintf("ƐƐR.Heard(%s, %q, %d)", e.refer(a.Var), name, e.ran+1)
		case a.Once:
			text = fmt.Sprintf("ƐƐR.Note(%s, %q)", e.refer(a.Var), name)
		default:
			continue
		}
		e.ed.after(a.End, "; "+w.e.elsewhere(a.Node.Pos(), a.End, text))
	}
	if s.Var == nil || s.Define != nil {
		w.noteBlanks(n)
	}
	for _, call := range script.Bare(e.ck.info, n) {
		if last := w.cell.Last; last == nil || ast.Unparen(last) != ast.Expr(call) {
			e.take(call, script.Results(e.ck.info, call)-1)
		}
	}
}

// noteBlanks has the errors noted that a statement gives to nobody.
func (w *writer) noteBlanks(n ast.Node) {
	if script.Jumps(ownStatements(w.cell)) { // none may leap over a variable's declaration
		return
	}
	for _, b := range script.Blanks(w.e.ck.info, n) {
		name := fmt.Sprintf("ɛe%d", w.e.p.fset.Position(b.Var.Pos()).Offset)
		w.e.ed.before(b.Node.Pos(), "var "+name+" ƐƐR.B_error; ")
		w.e.ed.replace(b.Var.Pos(), b.Var.End(), name)
		w.e.ed.after(b.End, fmt.Sprintf("; ƐƐR.Note(%s, %q)", name, script.Name(b.Call)))
	}
}

// take writes a call that returns so many values and an error as one that returns the values.
func (e *emitter) take(call *ast.CallExpr, values int) {
	open := fmt.Sprintf("ƐƐR.Take%d(", values)
	if values > script.Most {
		open = "ƐƐR.TakeAll("
	}
	from := fmt.Sprintf(".From(%q, %d)", script.Name(call), e.ran)
	e.ed.wrap(call.Pos(), call.End(), open, ")"+e.elsewhere(script.Place(call), call.End(), from))
}

// elsewhere is text that is inserted at a position and stands for one on an earlier line.
func (e *emitter) elsewhere(of, at token.Pos, text string) string {
	place := func(p token.Pos) (string, int) {
		f := e.p.fset.File(p)
		c := e.p.cells[f]
		line, column := c.Position(f, p)
		return fmt.Sprintf("/*line /cell/%s/cell.go:%d:%d*/", c.ID, line, column), line
	}
	before, first := place(of)
	after, last := place(at)
	if first == last {
		return text
	}
	return before + text + after
}

// refer writes a use of a variable of the cell.
func (e *emitter) refer(id *ast.Ident) string {
	o := e.ck.info.Uses[id]
	if o == nil {
		o = e.ck.info.Defs[id]
	}
	if !e.ck.global(o) {
		return id.Name
	}
	name, old := e.nameOf(o)
	h := e.homeOf(name)
	if old {
		h = e.p.live[name].home
	}
	if h != e.cur {
		return e.reference(o, name, h)
	}
	return inner(o)
}
