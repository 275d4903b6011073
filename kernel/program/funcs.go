package program

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// goStmt makes a goroutine that cell code starts belong to the cell, and its panic the cell's failure instead of the
// end of the process. The function value and the arguments are still evaluated by the goroutine that starts it.
func (e *emitter) goStmt(n *ast.GoStmt) {
	const enter = "defer ɛs.Enter().Leave();"
	if f, ok := ast.Unparen(n.Call.Fun).(*ast.FuncLit); ok {
		e.ed.wrap(n.Pos(), n.End(), "{ɛs := ƐƐR.Go(); ", "}")
		e.ed.after(f.Body.Lbrace+1, enter)
		return
	}
	tv := e.ck.info.Types[n.Call.Fun]
	if tv.IsBuiltin() || tv.Type == nil || e.passesAddress(n.Call) {
		return
	}
	g, ok := tv.Type.Underlying().(*types.Signature)
	if !ok {
		return
	}
	var sig, named string
	if !e.attempt(func() { sig, named = e.spellSignature(g, "", nil), e.spellSignature(g, "ɛp", nil) }) {
		return // a parameter type that has no name: the goroutine runs without a recover
	}
	result := ""
	if g.Results().Len() > 0 {
		result = "return "
	}
	e.ed.wrap(n.Pos(), n.End(), "{ɛs := ƐƐR.Go(); ", "}")
	e.ed.wrap(n.Call.Fun.Pos(), n.Call.Fun.End(),
		"func(ɛf func"+sig+") func"+sig+" { return func"+named+" {"+enter+" "+result+"ɛf("+arguments(g, "ɛp")+") } }(", ")")
}

// passesAddress says whether a call converts a pointer to an integer among its arguments, as system calls want it. The
// compiler keeps what is pointed to alive only if the call takes the integer as it stands.
func (e *emitter) passesAddress(n *ast.CallExpr) bool {
	for _, a := range n.Args {
		if c, ok := ast.Unparen(a).(*ast.CallExpr); ok && len(c.Args) == 1 && e.ck.info.Types[c.Fun].IsType() {
			if b, ok := e.ck.info.Types[c.Args[0]].Type.(*types.Basic); ok && b.Kind() == types.UnsafePointer {
				return true
			}
		}
	}
	return false
}

// hook makes a function start by forwarding to its newest redefinition. It returns the declarations of the variables that
// say whether there is one and hold it (nil might mean something else to the user); "" when the function's type cannot be spelled, so that it cannot be redefined in place.
func (e *emitter) hook(d *ast.FuncDecl, id string) string {
	g := e.ck.info.Defs[d.Name].(*types.Func).Signature()
	var recv types.Type
	if g.Recv() != nil {
		recv = g.Recv().Type()
	}
	var sig string
	if !e.attempt(func() { sig = e.spellSignature(g, "", recv) }) {
		return ""
	}
	args := append(e.nameParams(d.Recv, 0), e.nameParams(d.Type.Params, 1)...)
	forward := "ɛh_" + id + "(" + strings.Join(args, ", ") + ")"
	if g.Results().Len() > 0 {
		forward = "return " + forward
	} else {
		forward += "; return"
	}
	e.ed.after(d.Body.Lbrace+1, "if ɛo_"+id+" { "+forward+" };")
	return "var ɛo_" + id + " ƐƐR.B_bool\nvar ɛh_" + id + " func" + sig + "\n"
}

// nameParams gives every parameter a name and lists the names as arguments to pass on.
func (e *emitter) nameParams(list *ast.FieldList, group int) (args []string) {
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		dots := ""
		if _, ok := f.Type.(*ast.Ellipsis); ok {
			dots = "..."
		}
		fresh := func() string { return fmt.Sprintf("ɛa%d_%d", group, len(args)) }
		if len(f.Names) == 0 {
			name := fresh()
			e.ed.before(f.Type.Pos(), name+" ")
			args = append(args, name+dots)
		}
		for _, id := range f.Names {
			name := id.Name
			if name == "_" {
				name = fresh()
				e.ed.replace(id.Pos(), id.End(), name)
			}
			args = append(args, name+dots)
		}
	}
	return args
}
