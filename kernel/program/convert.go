package program

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Within one package a named struct type and an unnamed one of the same fields are assignable to each other, and any
// two such types are convertible. After the rewrite their unexported fields may belong to different packages, so that
// the compiler refuses both; Cast does the same without asking.

// conversion rewrites T(x) between such struct types, or pointers to them.
func (e *emitter) conversion(n *ast.CallExpr) {
	tv := e.ck.info.Types[n.Fun]
	if !tv.IsType() || len(n.Args) != 1 {
		return
	}
	from, to := e.ck.info.Types[n.Args[0]].Type, tv.Type
	a, b := from.Underlying(), to.Underlying()
	pa, ok1 := a.(*types.Pointer)
	if pb, ok2 := b.(*types.Pointer); ok1 && ok2 {
		a, b = pa.Elem().Underlying(), pb.Elem().Underlying()
	}
	sa, ok1 := a.(*types.Struct)
	sb, ok2 := b.(*types.Struct)
	if !ok1 || !ok2 || !e.differ(sa, sb) {
		return
	}
	e.ed.replace(n.Fun.Pos(), n.Fun.End(), "ƐƐR.Cast["+e.spell(to)+"]")
	e.skip[n.Fun] = true
}

func (e *emitter) differ(a, b *types.Struct) bool {
	return e.hasUnexported(a) && e.structOwner(a) != e.structOwner(b)
}

// assign casts x where it is assigned to a place of type t.
func (e *emitter) assign(x ast.Expr, t types.Type) {
	from := e.ck.info.Types[x].Type
	if from == nil || t == nil || types.Identical(from, t) {
		return
	}
	a, ok1 := from.Underlying().(*types.Struct)
	b, ok2 := t.Underlying().(*types.Struct)
	if ok1 && ok2 && e.differ(a, b) {
		e.ed.wrap(x.Pos(), x.End(), "ƐƐR.Cast["+e.spell(t)+"](", ")")
	}
}

// assignable visits every place where Go assigns: assignments, declarations, sends, arguments, results, literals.
func (e *emitter) assignable(n ast.Node, above []ast.Node) {
	info := e.ck.info
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok == token.ASSIGN && len(n.Lhs) == len(n.Rhs) {
			for i, x := range n.Rhs {
				e.assign(x, info.Types[n.Lhs[i]].Type)
			}
		}
	case *ast.ValueSpec:
		if n.Type != nil {
			for _, x := range n.Values {
				e.assign(x, info.Types[n.Type].Type)
			}
		}
	case *ast.SendStmt:
		if c, ok := info.Types[n.Chan].Type.Underlying().(*types.Chan); ok {
			e.assign(n.Value, c.Elem())
		}
	case *ast.CallExpr:
		g, ok := info.Types[n.Fun].Type.(*types.Signature)
		if !ok || n.Ellipsis.IsValid() {
			return
		}
		for i, x := range n.Args {
			last := g.Params().Len() - 1
			if g.Variadic() && i >= last {
				if sl, ok := g.Params().At(last).Type().(*types.Slice); ok {
					e.assign(x, sl.Elem())
				}
			} else if i <= last {
				e.assign(x, g.Params().At(i).Type())
			}
		}
	case *ast.ReturnStmt:
		if g := e.enclosing(above); g != nil && g.Results().Len() == len(n.Results) {
			for i, x := range n.Results {
				e.assign(x, g.Results().At(i).Type())
			}
		}
	case *ast.CompositeLit:
		e.assignElements(n)
	}
}

// enclosing returns the signature of the innermost function around a node.
func (e *emitter) enclosing(above []ast.Node) *types.Signature {
	for i := len(above) - 1; i >= 0; i-- {
		switch f := above[i].(type) {
		case *ast.FuncLit:
			g, _ := e.ck.info.Types[f].Type.(*types.Signature)
			return g
		case *ast.FuncDecl:
			if o := e.ck.info.Defs[f.Name]; o != nil {
				g, _ := o.Type().(*types.Signature)
				return g
			}
			return nil
		}
	}
	return nil
}

func (e *emitter) assignElements(n *ast.CompositeLit) {
	value := func(x ast.Expr) ast.Expr {
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			return kv.Value
		}
		return x
	}
	switch t := core(e.ck.info.Types[n].Type).(type) {
	case *types.Slice:
		for _, x := range n.Elts {
			e.assign(value(x), t.Elem())
		}
	case *types.Array:
		for _, x := range n.Elts {
			e.assign(value(x), t.Elem())
		}
	case *types.Map:
		for _, x := range n.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				e.assign(kv.Key, t.Key())
				e.assign(kv.Value, t.Elem())
			}
		}
	case *types.Struct:
		for i, x := range n.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				for j := range t.NumFields() {
					if id, ok := kv.Key.(*ast.Ident); ok && id.Name == t.Field(j).Name() {
						e.assign(kv.Value, t.Field(j).Type())
					}
				}
			} else if i < t.NumFields() {
				e.assign(x, t.Field(i).Type())
			}
		}
	}
}
