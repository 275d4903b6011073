package program

import (
	"go/ast"
	"go/types"
)

// selector rewrites x.f where f is an unexported method, or a field that is out of the package's reach.
func (e *emitter) selector(n *ast.SelectorExpr) {
	e.skip[n.Sel] = true
	if id, ok := n.X.(*ast.Ident); ok {
		if _, ok := e.ck.info.Uses[id].(*types.PkgName); ok {
			return
		}
	}
	sel := e.ck.info.Selections[n]
	if sel == nil {
		return
	}
	if m, ok := sel.Obj().(*types.Func); ok {
		if name := e.methodName(m); name != n.Sel.Name {
			e.ed.replace(n.Sel.Pos(), n.Sel.End(), name)
		}
		return
	}
	if sel.Kind() == types.FieldVal {
		e.field(n, sel)
	}
}

// field spells out the whole path to a field that is out of reach, embedded fields included, and goes through the
// mirror of each struct whose next step is out of reach: (*mirror)(unsafe.Pointer(&x)).Ɛf.
func (e *emitter) field(n *ast.SelectorExpr, sel *types.Selection) {
	type step struct {
		in      *types.Struct
		field   *types.Var
		pointer bool
	}
	var path []step
	t := e.ck.info.Types[n.X].Type
	for _, i := range sel.Index() {
		p, isPointer := types.Unalias(t).Underlying().(*types.Pointer)
		if isPointer {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return
		}
		path = append(path, step{st, st.Field(i), isPointer})
		t = st.Field(i).Type()
	}
	if last := path[len(path)-1]; !e.outOfReach(last.in, last.field) {
		return
	}
	open, rest := "", ""
	addressable := e.ck.info.Types[n.X].Addressable()
	for _, s := range path {
		addressable = addressable || s.pointer
		if !e.outOfReach(s.in, s.field) {
			rest += "." + s.field.Name()
			continue
		}
		mirror := e.spellStruct(s.in, true)
		switch {
		case s.pointer:
			open, rest = "(*"+mirror+")(ƐƐu.Pointer("+open, rest+"))"
		case addressable:
			open, rest = "(*"+mirror+")(ƐƐu.Pointer(&"+open, rest+"))"
		default:
			open, rest = "ƐƐR.Cast["+mirror+"]("+open, rest+")"
		}
		rest += ".Ɛ" + s.field.Name()
	}
	e.ed.before(n.Pos(), open)
	e.ed.after(n.X.End(), rest)
	e.ed.replace(n.X.End(), n.Sel.End(), "")
}

// literal writes a composite literal with fields out of reach as one of the mirror type, converted.
func (e *emitter) literal(n *ast.CompositeLit) {
	if st, ok := n.Type.(*ast.StructType); ok && e.canonical[st] != "" {
		e.ed.wrap(n.Pos(), n.End(), "(", ")") // a named type's literal needs them in the head of an if
	}
	t := e.ck.info.Types[n].Type
	base, pointer := t, false
	if p, ok := core(t).(*types.Pointer); ok && n.Type == nil { // &T left out in a []*T{{...}}
		base, pointer = p.Elem(), true
	}
	st, ok := core(base).(*types.Struct)
	if !ok || len(n.Elts) == 0 {
		return
	}
	need := false
	_, keyed := n.Elts[0].(*ast.KeyValueExpr)
	for i := range st.NumFields() {
		f := st.Field(i)
		if !e.outOfReach(st, f) {
			continue
		}
		if !keyed {
			need = true
		}
		for _, el := range n.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == f.Name() {
				need = true
			}
		}
	}
	if keyed {
		for _, el := range n.Elts {
			k := el.(*ast.KeyValueExpr).Key.(*ast.Ident)
			e.skip[k] = true
			if need && !k.IsExported() {
				e.ed.replace(k.Pos(), k.End(), "Ɛ"+k.Name)
			}
		}
	}
	if !need {
		return
	}
	mirror := e.spellStruct(st, true)
	open, end := "(*(*"+e.spell(base)+")(ƐƐu.Pointer(&", ")))"
	if pointer {
		open, end = "(*"+e.spell(base)+")(ƐƐu.Pointer(&", "))"
		if _, ok := types.Unalias(t).(*types.TypeParam); ok {
			open, end = e.spell(t)+"("+open, end+")"
		}
	}
	e.ed.wrap(n.Pos(), n.End(), open, end)
	if n.Type != nil {
		e.ed.replace(n.Type.Pos(), n.Type.End(), mirror)
		e.skip[n.Type] = true
	} else {
		e.ed.before(n.Lbrace, mirror)
	}
}

// core is the underlying type or, for a type parameter, that of the first term of its constraint.
func core(t types.Type) types.Type {
	t = types.Unalias(t)
	tp, ok := t.(*types.TypeParam)
	if !ok {
		return t.Underlying()
	}
	i, ok := tp.Underlying().(*types.Interface)
	for ok && i.NumEmbeddeds() > 0 {
		x := types.Unalias(i.EmbeddedType(0))
		if u, isUnion := x.(*types.Union); isUnion && u.Len() > 0 {
			x = u.Term(0).Type()
		}
		next, isInterface := x.Underlying().(*types.Interface)
		if !isInterface {
			return x.Underlying()
		}
		i = next
	}
	return t.Underlying()
}
