package program

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"
)

// spell writes a type so that it means the same anywhere in the emitted file, whatever the user has shadowed there.
func (e *emitter) spell(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return "ƐƐu.Pointer"
		}
		return e.basic(t.Name())
	case *types.Named:
		return e.spellName(t, t.Obj(), t.TypeArgs())
	case *types.Alias:
		return e.spellName(t, t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		return t.Obj().Name()
	case *types.Pointer:
		return "*" + e.spell(t.Elem())
	case *types.Slice:
		return "[]" + e.spell(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), e.spell(t.Elem()))
	case *types.Map:
		return "map[" + e.spell(t.Key()) + "]" + e.spell(t.Elem())
	case *types.Chan:
		return map[types.ChanDir]string{types.SendRecv: "chan (", types.SendOnly: "chan<- (", types.RecvOnly: "<-chan ("}[t.Dir()] + e.spell(t.Elem()) + ")"
	case *types.Signature:
		return "func" + e.spellSignature(t, "", nil)
	case *types.Struct:
		if e.hasUnexported(t) {
			if o := e.structOwner(t); o != e.cur {
				return e.qualifier(o) + e.structUse(t)
			}
		}
		return e.spellStruct(t, false)
	case *types.Interface:
		return e.spellInterface(t)
	case *types.Union:
		var terms []string
		for i := range t.Len() {
			s := e.spell(t.Term(i).Type())
			if t.Term(i).Tilde() {
				s = "~" + s
			}
			terms = append(terms, s)
		}
		return strings.Join(terms, "|")
	}
	e.fail(fmt.Sprintf("cannot spell type %v", t))
	return "int"
}

func (e *emitter) spellName(t types.Type, o *types.TypeName, args *types.TypeList) string {
	s := o.Name()
	switch {
	case o.Pkg() == nil:
		s = e.basic(s)
	case e.ck.global(o):
		h := e.homeOf(s)
		if h != e.cur {
			e.used[s] = true
		}
		s = e.qualifier(h) + "Ɛ" + s
	case o.Pkg() == e.ck.pkg: // local to a function
	case !o.Exported():
		if a, ok := t.(*types.Alias); ok {
			return e.spell(types.Unalias(a))
		}
		e.fail(fmt.Sprintf("cannot name type %s.%s", o.Pkg().Path(), s))
	case o.Pkg().Path() == "unsafe":
		return "ƐƐu." + s
	default:
		e.spelled[o.Pkg().Path()] = true
		s = importAlias(o.Pkg().Path()) + "." + s
	}
	if args.Len() == 0 {
		return s
	}
	var as []string
	for i := range args.Len() {
		as = append(as, e.spell(args.At(i)))
	}
	return s + "[" + strings.Join(as, ", ") + "]"
}

// basic spells a predeclared type.
func (e *emitter) basic(name string) string {
	if e.shadowed == nil {
		e.shadowed = map[string]bool{}
		for id, o := range e.ck.info.Defs {
			if o != nil && o.Parent() != nil && types.Universe.Lookup(id.Name) != nil {
				e.shadowed[id.Name] = true
			}
		}
	}
	if e.shadowed[name] && name != "comparable" {
		return "ƐƐR.B_" + name
	}
	return name
}

func (e *emitter) spellInterface(t *types.Interface) string {
	if t == types.Universe.Lookup("any").Type().Underlying() {
		return "interface{}"
	}
	var parts []string
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		parts = append(parts, e.methodName(m)+e.spellSignature(m.Signature(), "", nil))
	}
	for i := range t.NumEmbeddeds() {
		parts = append(parts, e.spell(t.EmbeddedType(i)))
	}
	return "interface{" + strings.Join(parts, "; ") + "}"
}

// methodName is what a method of the program is called in emitted text.
func (e *emitter) methodName(m *types.Func) string {
	if m.Pkg() == e.ck.pkg && !m.Exported() && m.Name() != "_" {
		return "Ɛ" + m.Name()
	}
	return m.Name()
}

// spellStruct writes a struct type. As a mirror, every unexported field has an exported name and nothing is embedded.
func (e *emitter) spellStruct(t *types.Struct, mirror bool) string {
	var fields []string
	for i := range t.NumFields() {
		f := t.Field(i)
		var s string
		switch {
		case mirror && !f.Exported() && f.Name() != "_":
			s = "Ɛ" + f.Name() + " " + e.spell(f.Type())
		case !mirror && f.Embedded():
			s = e.spellEmbedded(f.Type())
		default:
			s = f.Name() + " " + e.spell(f.Type())
		}
		if t.Tag(i) != "" && !mirror {
			s += " " + strconv.Quote(t.Tag(i))
		}
		fields = append(fields, s)
	}
	return "struct{" + strings.Join(fields, "; ") + "}"
}

// spellEmbedded writes an embedded field's type: a type of the program by its own name, which becomes the field's.
func (e *emitter) spellEmbedded(t types.Type) string {
	s := e.spell(t)
	star := ""
	if p, ok := t.(*types.Pointer); ok {
		t, star = p.Elem(), "*"
	}
	o := typeName(t)
	if o == nil || !e.ck.global(o) {
		return s
	}
	if h := e.homeOf(o.Name()); h != e.cur {
		e.foreign[o.Name()] = true
		s = strings.Replace(s, h.alias()+".", "", 1)
	}
	return star + strings.Replace(strings.TrimPrefix(s, "*"), "Ɛ", "", 1)
}

// spellSignature writes parameters and results; a prefix names the parameters prefix0, prefix1, ...; recv, if not nil,
// becomes the first parameter.
func (e *emitter) spellSignature(g *types.Signature, prefix string, recv types.Type) string {
	var params, results []string
	if recv != nil {
		params = append(params, e.spell(recv))
	}
	for i := range g.Params().Len() {
		name := ""
		if prefix != "" {
			name = fmt.Sprintf("%s%d ", prefix, i)
		}
		t := g.Params().At(i).Type()
		if g.Variadic() && i == g.Params().Len()-1 {
			if sl, ok := t.(*types.Slice); ok {
				params = append(params, name+"..."+e.spell(sl.Elem()))
				continue
			}
			e.fail("cannot spell append's special case of a string") // append([]byte, string...)
		}
		params = append(params, name+e.spell(t))
	}
	for i := range g.Results().Len() {
		results = append(results, e.spell(g.Results().At(i).Type()))
	}
	return "(" + strings.Join(params, ", ") + ") (" + strings.Join(results, ", ") + ")"
}

// arguments names the parameters of a signature that was spelled with a prefix, to pass them on.
func arguments(g *types.Signature, prefix string) string {
	var as []string
	for i := range g.Params().Len() {
		a := fmt.Sprintf("%s%d", prefix, i)
		if g.Variadic() && i == g.Params().Len()-1 {
			a += "..."
		}
		as = append(as, a)
	}
	return strings.Join(as, ", ")
}

// spellTypeParams writes a list of type parameters as a declaration and as arguments.
func (e *emitter) spellTypeParams(list *types.TypeParamList) (decl, args string) {
	if list.Len() == 0 {
		return "", ""
	}
	var ds, as []string
	for i := range list.Len() {
		name := list.At(i).Obj().Name()
		if name == "_" {
			name = fmt.Sprintf("ɛt%d", i)
		}
		ds = append(ds, name+" "+e.spell(list.At(i).Constraint()))
		as = append(as, name)
	}
	return "[" + strings.Join(ds, ", ") + "]", "[" + strings.Join(as, ", ") + "]"
}

// typeParams returns the type parameters of a declared type or alias.
func typeParams(o *types.TypeName) *types.TypeParamList {
	switch t := o.Type().(type) {
	case *types.Named:
		return t.TypeParams()
	case *types.Alias:
		if t.Obj() == o {
			return t.TypeParams()
		}
	}
	return nil
}
