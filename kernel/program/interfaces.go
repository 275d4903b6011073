package program

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Plugins break a promise of the runtime: that there is one method table (itab) for an interface and a type. A table
// that the runtime made, say for an assertion, before a plugin brings its own static one stays in use beside it. The
// compiler compares tables by address when it asserts an interface with methods to a concrete type or compares two
// such interfaces, and gets the answer silently wrong. Without methods an interface holds the type itself, which is
// unique; so cell code asks any(v) instead.

const anyOpen = "ƐƐR.B_any("

// hasMethods says whether an expression is of an interface type with methods.
func (e *emitter) hasMethods(x ast.Expr) bool {
	t := e.ck.info.Types[x].Type
	if t == nil {
		return false
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.NumMethods() > 0
}

// assertion rewrites v.(T) for a concrete T, and for an interface whose methods' names the text of its panic would show.
func (e *emitter) assertion(n *ast.TypeAssertExpr) {
	if n.Type == nil {
		return
	}
	if t := e.ck.info.Types[n.Type].Type; types.IsInterface(t) {
		e.interfaceAssertion(n, t)
		return
	}
	if !e.hasMethods(n.X) {
		return
	}
	e.ed.wrap(n.X.Pos(), n.X.End(), anyOpen, ")")
}

// interfaceAssertion rewrites v.(I), where it may panic, for an interface with unexported methods of the program.
func (e *emitter) interfaceAssertion(n *ast.TypeAssertExpr, t types.Type) {
	if _, commaOk := e.ck.info.Types[n].Type.(*types.Tuple); commaOk || isTypeParam(t) {
		return
	}
	i := t.Underlying().(*types.Interface)
	for k := range i.NumMethods() {
		if m := i.Method(k); e.methodName(m) == m.Name() {
			continue
		}
		var spelled string
		if e.attempt(func() { spelled = e.spell(t) }) {
			e.ed.wrap(n.X.Pos(), n.X.End(), "ƐƐR.Assert["+spelled+"](", ")")
			e.ed.replace(n.X.End(), n.End(), "")
			e.skip[n.Type] = true
		}
		return
	}
}

// typeSwitch rewrites switch x := v.(type). In clauses of one type x has that type; in all others it must have v's
// type again.
func (e *emitter) typeSwitch(n *ast.TypeSwitchStmt) {
	var guard ast.Expr
	var name *ast.Ident
	switch a := n.Assign.(type) {
	case *ast.ExprStmt:
		guard = a.X
	case *ast.AssignStmt:
		guard, name = a.Rhs[0], a.Lhs[0].(*ast.Ident)
	}
	v := ast.Unparen(guard).(*ast.TypeAssertExpr).X
	if !e.hasMethods(v) {
		return
	}
	var spelled string
	if name != nil && !e.attempt(func() { spelled = e.spell(e.ck.info.Types[v].Type) }) {
		return
	}
	e.ed.wrap(v.Pos(), v.End(), anyOpen, ")")
	if name == nil || name.Name == "_" {
		return
	}
	e.ed.replace(name.Pos(), name.End(), "ɛ"+name.Name)
	for _, s := range n.Body.List {
		c := s.(*ast.CaseClause)
		if len(c.Body) == 0 {
			continue
		}
		define := name.Name + " := ɛ" + name.Name
		if len(c.List) != 1 || e.ck.info.Types[c.List[0]].IsNil() {
			define = name.Name + ", _ := ɛ" + name.Name + ".(" + spelled + ")"
		}
		e.ed.after(c.Colon+1, define+"; _ = "+name.Name+";")
	}
}

// comparison rewrites v == w where one side is an interface with methods.
func (e *emitter) comparison(n *ast.BinaryExpr) {
	if n.Op != token.EQL && n.Op != token.NEQ || !e.hasMethods(n.X) && !e.hasMethods(n.Y) {
		return
	}
	for _, x := range []ast.Expr{n.X, n.Y} {
		if tv := e.ck.info.Types[x]; tv.IsNil() || isTypeParam(tv.Type) {
			return
		}
	}
	e.ed.wrap(n.X.Pos(), n.X.End(), anyOpen, ")")
	e.ed.wrap(n.Y.Pos(), n.Y.End(), anyOpen, ")")
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}
