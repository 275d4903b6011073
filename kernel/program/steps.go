package program

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/script"
)

// step writes what one step of the cell does into the run function.
func (w *writer) step(i int, s *cell.Step) {
	e := w.e
	w.hear(s)
	e.rewrite(s.Node())
	switch {
	case s.Init != nil:
		name := fmt.Sprintf("ɛinit%d", i)
		e.ed.replace(s.Init.Name.Pos(), s.Init.Name.End(), name)
		w.body.WriteString(w.line(s.Init.Pos()) + e.ed.text(s.Init.Pos(), s.Init.End()) + "\n")
		w.run.WriteString(noLine + name + "()\n")
	case s.Call != nil:
		w.run.WriteString(noLine + w.call(s.Call.Name) + "\n")
	case s.Var != nil && w.inCell(s.Var.Names):
		// Only the compiler can say the variable's type, and only in a declaration: it is initialised at loading.
		n := s.Node()
		if s.Define != nil {
			e.ed.replace(s.Define.TokPos, s.Define.TokPos+2, "=")
		}
		w.body.WriteString("var \n" + w.line(n.Pos()) + e.ed.text(n.Pos(), n.End()) + "\n")
	case s.Define != nil:
		e.ed.replace(s.Define.TokPos, s.Define.TokPos+2, "=")
		w.run.WriteString(w.line(s.Define.Pos()) + e.ed.text(s.Define.Pos(), s.Define.End()) + "\n")
	case s.Var != nil:
		w.varStep(i, s)
	default:
		w.run.WriteString(w.line(s.Stmt.Pos()) + w.statement(s.Stmt) + "\n")
	}
}

// varStep writes "var x T = v" as an assignment, so that a cell that runs again assigns again.
func (w *writer) varStep(i int, s *cell.Step) {
	e, spec := w.e, s.Var
	if s.Embed != "" {
		w.embed(i, s)
		return
	}
	w.blankTypes(spec)
	if len(spec.Values) == 0 {
		for _, id := range spec.Names {
			if id.Name != "_" {
				w.run.WriteString(noLine + e.ed.text(id.Pos(), id.End()) + " = ƐƐR.Zero[" + e.spell(e.ck.pkg.Scope().Lookup(id.Name).Type()) + "]()\n")
			}
		}
		return
	}
	if len(spec.Names) == 1 && spec.Names[0].Name == "_" && spec.Type != nil { // the type matters for the check alone
		w.run.WriteString(w.line(spec.Pos()) + "var " + e.ed.text(spec.Pos(), spec.End()) + "\n")
		return
	}
	var names []string
	for _, id := range spec.Names {
		names = append(names, e.ed.text(id.Pos(), id.End()))
	}
	first, last := spec.Values[0], spec.Values[len(spec.Values)-1]
	w.run.WriteString(noLine + strings.Join(names, ", ") + " =\n" + w.line(first.Pos()) + e.ed.text(first.Pos(), last.End()) + "\n")
}

// blankTypes declares the variables called _ of a var declaration for the compiler, which finds mistakes in types that the
// type checker does not look for. Nothing of it is left in the compiled cell.
func (w *writer) blankTypes(spec *ast.ValueSpec) {
	for _, id := range spec.Names {
		v := w.e.ck.info.Defs[id]
		if id.Name != "_" || v == nil || !nameable(w.e.ck.pkg, v.Type(), map[types.Type]bool{}) {
			continue
		}
		var typ string
		if w.e.attempt(func() { typ = w.e.spell(v.Type()) }) {
			w.body.WriteString("var \n" + w.line(id.Pos()) + "_ " + typ + "\n")
		}
	}
}

// embed writes a variable with a //go:embed directive, which must stand at a declaration, and assigns its content.
func (w *writer) embed(i int, s *cell.Step) {
	name := fmt.Sprintf("ɛembed%d", i)
	id := s.Var.Names[0]
	fmt.Fprintf(&w.body, "%s%s\nvar %s %s\n", noLine, s.Embed, name, w.e.spell(w.e.ck.pkg.Scope().Lookup(id.Name).Type()))
	w.run.WriteString(noLine + w.e.ed.text(id.Pos(), id.End()) + " = " + name + "\n")
}

// statement writes a bare statement; the value of the last expression is shown, and an error that it returns fails the cell.
func (w *writer) statement(s ast.Stmt) string {
	text := w.e.ed.text(s.Pos(), s.End())
	es, ok := s.(*ast.ExprStmt)
	if !ok || es.X != w.cell.Last {
		return text
	}
	tv := w.e.ck.info.Types[es.X]
	if tv.Type == nil || tv.IsVoid() || w.prints(es.X) {
		return text
	}
	call, isCall := ast.Unparen(es.X).(*ast.CallExpr)
	switch fails := isCall && script.Results(w.e.ck.info, call) > 0; {
	case fails && w.cell.Quiet:
		return "ƐƐR.Fail(" + text + ")"
	case fails:
		return "ƐƐR.ShowOrFail(" + text + ")"
	case !w.cell.Quiet:
		return "ƐƐR.Show(" + text + ")"
	}
	if _, several := tv.Type.(*types.Tuple); several {
		return text
	}
	return "_ = " + text
}

// prints says whether an expression is a call of fmt's printing functions, whose results nobody wants to see.
func (w *writer) prints(x ast.Expr) bool {
	c, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := w.e.ck.info.Uses[s.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == "fmt" && (strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint"))
}
