package program

import (
	"fmt"
	"go/types"
)

// witness writes an expression from which the compiler infers a type that has no name outside its package: a pointer to a value
// of the type, found among what the package exports (see package rt). alias names a package in the expression. It returns ""
// when the type has a name, or nothing exported leads to it.
func witness(pkg *types.Package, t types.Type, alias func(path string) string) string {
	switch t := t.(type) {
	case *types.Pointer:
		if e := witness(pkg, t.Elem(), alias); e != "" {
			return alias(RuntimePath) + ".Pointer(" + e + ")"
		}
	case *types.Slice:
		if e := witness(pkg, t.Elem(), alias); e != "" {
			return alias(RuntimePath) + ".Slice(" + e + ")"
		}
	case *types.Named:
		from := t.Obj().Pkg()
		if from == nil || from == pkg || t.Obj().Exported() || t.Obj().Parent() != from.Scope() {
			return ""
		}
		for _, name := range from.Scope().Names() {
			o := from.Scope().Lookup(name)
			if !o.Exported() {
				continue
			}
			if w := witnessFrom(o, t, alias); w != "" {
				return w
			}
		}
	}
	return ""
}

// witnessFrom writes the witness that an exported name of a package gives for a type, or "".
func witnessFrom(o types.Object, t types.Type, alias func(path string) string) string {
	name := func() string { return alias(o.Pkg().Path()) + "." + o.Name() }
	call := func(f, arg string) string { return alias(RuntimePath) + "." + f + "(" + arg + ")" }
	pointer := types.NewPointer(t)
	switch o := o.(type) {
	case *types.Var:
		switch {
		case types.Identical(o.Type(), t):
			return "&" + name()
		case types.Identical(o.Type(), pointer):
			return name()
		}
	case *types.Const:
		if types.Identical(o.Type(), t) {
			return call("Of", name())
		}
	case *types.Func:
		g := o.Signature()
		n, results := g.Params().Len(), g.Results().Len()
		if g.TypeParams().Len() > 0 || n > 3 || results < 1 || results > 2 {
			return ""
		}
		result := map[int]string{1: "Result", 2: "First"}[results] + fmt.Sprint(n)
		if g.Variadic() {
			result += "V"
		}
		switch first := g.Results().At(0).Type(); {
		case types.Identical(first, t):
			return call(result, name())
		case types.Identical(first, pointer):
			return call("Elem", call(result, name()))
		}
	}
	return ""
}

// witness writes a witness into the package's text.
func (e *emitter) witness(t types.Type) string {
	return witness(e.ck.pkg, t, func(path string) string {
		if path == RuntimePath {
			return "ƐƐR"
		}
		e.spelled[path] = true
		return importAlias(path)
	})
}

// inferred is the name of a pointer to another package's variable whose type has no name.
func (e *emitter) inferred(name string, t types.Type, h *Package) string {
	e.pointers[name] = "ƐƐR.At(" + e.witness(t) + ", " + e.qualifier(h) + "ƐƐN.Ɛ" + name + "())"
	return "ɛv_" + name
}
