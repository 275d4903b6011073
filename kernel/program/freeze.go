package program

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// freeze sets the declaration's type as text and syntax. Where no text outside its package can name it, typeExpr stays nil, and
// witness is an expression to infer it from.
func (p *Program) freeze(d *Decl, pkg *types.Package, t types.Type) {
	d.typ = t
	paths := map[string]bool{}
	alias := func(path string) string {
		paths[path] = true
		return importAlias(path)
	}
	if !nameable(pkg, t, map[types.Type]bool{}) {
		d.witness = p.parseFrozen(d.names[0], "*"+witness(pkg, t, alias))
		d.typeImports = sortedKeys(paths)
		return
	}
	text := types.TypeString(t, func(q *types.Package) string {
		if q == pkg {
			return ""
		}
		return alias(q.Path())
	})
	d.typeExpr = p.parseFrozen(d.names[0], text)
	d.typeImports = sortedKeys(paths)
}

// nameable says whether a type can be written down outside the scope in which it was declared.
func nameable(pkg *types.Package, t types.Type, seen map[types.Type]bool) bool {
	ok := true
	eachPart(t, seen, func(t types.Type) {
		switch t := t.(type) {
		case *types.Named:
			o := t.Obj()
			if o.Pkg() != nil && (o.Parent() != o.Pkg().Scope() || o.Pkg() != pkg && !o.Exported()) {
				ok = false
			}
		case *types.TypeParam:
			ok = false
		case *types.Struct:
			for i := range t.NumFields() {
				if f := t.Field(i); !f.Exported() && f.Pkg() != pkg {
					ok = false
				}
			}
		case *types.Interface:
			for i := range t.NumExplicitMethods() {
				if m := t.ExplicitMethod(i); !m.Exported() && m.Pkg() != pkg {
					ok = false
				}
			}
		}
	})
	return ok
}

// eachPart calls f for the type and every type that its text mentions; it does not look inside named types.
func eachPart(t types.Type, seen map[types.Type]bool, f func(types.Type)) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	f(t)
	part := func(t types.Type) { eachPart(t, seen, f) }
	switch t := t.(type) {
	case *types.Named:
		for i := range t.TypeArgs().Len() {
			part(t.TypeArgs().At(i))
		}
	case *types.Alias:
		part(types.Unalias(t))
	case *types.Pointer:
		part(t.Elem())
	case *types.Slice:
		part(t.Elem())
	case *types.Array:
		part(t.Elem())
	case *types.Chan:
		part(t.Elem())
	case *types.Map:
		part(t.Key())
		part(t.Elem())
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for i := range tuple.Len() {
				part(tuple.At(i).Type())
			}
		}
	case *types.Struct:
		for i := range t.NumFields() {
			part(t.Field(i).Type())
		}
	case *types.Interface:
		for i := range t.NumExplicitMethods() {
			part(t.ExplicitMethod(i).Type())
		}
		for i := range t.NumEmbeddeds() {
			part(t.EmbeddedType(i))
		}
	case *types.Union:
		for i := range t.Len() {
			part(t.Term(i).Type())
		}
	}
}

// namesIn returns the program's names that a piece of syntax uses.
func (ck *checked) namesIn(n ast.Node) map[string]bool {
	names := map[string]bool{}
	if n == nil { // declared by cgo
		return names
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if o := ck.info.Uses[n]; ck.global(o) {
				names[o.Name()] = true
			}
		case *ast.GenDecl:
			for _, o := range ck.outerMeanings(n) {
				if ck.global(o) {
					names[o.Name()] = true
				}
			}
		}
		return true
	})
	return names
}

// namesInType returns the program's types that a type mentions.
func (ck *checked) namesInType(t types.Type) map[string]bool {
	names := map[string]bool{}
	eachPart(t, map[types.Type]bool{}, func(t types.Type) {
		if o := typeName(t); o != nil && ck.global(o) {
			names[o.Name()] = true
		}
	})
	return names
}

// typeName returns the name of a named type or alias, or nil.
func typeName(t types.Type) *types.TypeName {
	if t, ok := t.(interface{ Obj() *types.TypeName }); ok {
		return t.Obj()
	}
	return nil
}

// global says whether the object is a top-level name of the program.
func (ck *checked) global(o types.Object) bool {
	return o != nil && o.Pkg() == ck.pkg && o.Parent() == ck.pkg.Scope()
}

// layout describes how values of a type lie in memory and what their bits mean, so that a variable can be carried over
// from one version of a type to the next. Two interface or function types are alike only if they read the same.
func layout(t types.Type, above []types.Type) string {
	t = types.Unalias(t)
	for i, s := range above {
		if s == t {
			return fmt.Sprintf("^%d", len(above)-i)
		}
	}
	above = append(above, t)
	if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() != "main" {
		s := n.Obj().Pkg().Path() + "." + n.Obj().Name() // a library's types do not change during a session
		for i := range n.TypeArgs().Len() {
			s += "," + layout(n.TypeArgs().At(i), above)
		}
		return s
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		var sb strings.Builder
		sb.WriteString("struct{")
		for i := range u.NumFields() {
			sb.WriteString(u.Field(i).Name() + " " + layout(u.Field(i).Type(), above) + ";")
		}
		return sb.String() + "}"
	case *types.Pointer:
		return "*" + layout(u.Elem(), above)
	case *types.Slice:
		return "[]" + layout(u.Elem(), above)
	case *types.Array:
		return fmt.Sprintf("[%d]%s", u.Len(), layout(u.Elem(), above))
	case *types.Map:
		return "map[" + layout(u.Key(), above) + "]" + layout(u.Elem(), above)
	case *types.Chan:
		return "chan " + layout(u.Elem(), above)
	}
	return t.Underlying().String()
}
