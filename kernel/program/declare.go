package program

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// declaration writes one of the user's declarations and how other packages reach it.
func (w *writer) declaration(d *Decl) {
	w.e.rewrite(d.node)
	scope := w.e.ck.pkg.Scope()
	switch d.kind {
	case token.TYPE:
		name := d.names[0]
		if name == "_" {
			return
		}
		w.body.WriteString("type \n" + w.line(d.pos) + w.e.ed.text(d.pos, d.end) + "\n")
		params, args := w.e.spellTypeParams(typeParams(scope.Lookup(name).(*types.TypeName)))
		fmt.Fprintf(&w.exports, "type Ɛ%s%s = %s%s\n", name, params, name, args)
	case token.CONST:
		w.constants(d)
	case token.FUNC:
		w.function(d)
	}
}

// constants writes a constant group; names that mean something else by now become blank.
func (w *writer) constants(d *Decl) {
	for _, s := range d.node.(*ast.GenDecl).Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if !w.place.isConstOf(d, id) {
				w.e.ed.replace(id.Pos(), id.End(), "_")
			} else if id.Name != "_" {
				fmt.Fprintf(&w.exports, "const Ɛ%s = %s\n", id.Name, id.Name)
			}
		}
	}
	w.body.WriteString(w.line(d.pos) + w.e.ed.text(d.pos, d.end) + "\n")
}

func (w *writer) function(d *Decl) {
	e, fd := w.e, d.node.(*ast.FuncDecl)
	name := d.names[0]
	f, _ := e.ck.info.Defs[fd.Name].(*types.Func)
	if name == "_" || fd.Body == nil || f == nil {
		w.body.WriteString(w.line(d.pos) + e.ed.text(d.pos, d.end) + "\n")
		return
	}
	override := w.place.override[d] && e.homeOf(d.recv) != e.cur
	if e.calls(fd.Body) && !hasPragma(fd) {
		e.check(fd.Body)
	}
	if !d.fixed {
		w.redefinable(d, fd, f, override)
	}
	if override {
		w.overriding(d, fd)
		return
	}
	w.body.WriteString(w.line(d.pos) + e.ed.text(d.pos, d.end) + "\n")
	if d.recv != "" {
		return
	}
	g := f.Signature()
	if g.TypeParams().Len() == 0 {
		fmt.Fprintf(&w.exports, "func (ƐƐT) Ɛ%s() func%s { return %s }\n", name, e.spellSignature(g, "", nil), inner(f))
		return
	}
	params, args := e.spellTypeParams(g.TypeParams())
	result := ""
	if g.Results().Len() > 0 {
		result = "return "
	}
	fmt.Fprintf(&w.exports, "func ƐƐG%s%s%s { %s%s%s(%s) }\n", name, params, e.spellSignature(g, "ɛp", nil), result, name, args, arguments(g, "ɛp"))
}

func hasPragma(fd *ast.FuncDecl) bool {
	if fd.Doc != nil {
		for _, c := range fd.Doc.List {
			if strings.HasPrefix(c.Text, "//go:") {
				return true
			}
		}
	}
	return false
}

// redefinable makes the function forward to its newest version, and registers this version as one of them.
func (w *writer) redefinable(d *Decl, fd *ast.FuncDecl, f *types.Func, override bool) {
	e, id, this := w.e, d.names[0], inner(f)
	if d.recv != "" {
		id = d.recv + "_" + d.names[0]
		this = "(" + e.spell(f.Signature().Recv().Type()) + ")." + e.methodName(f)
	}
	if override {
		this = overridingName(d, fd)
	}
	hook := e.hook(fd, id)
	if hook == "" {
		return
	}
	var recv types.Type
	if f.Signature().Recv() != nil {
		recv = f.Signature().Recv().Type()
	}
	w.body.WriteString(noLine + hook)
	fmt.Fprintf(&w.inits, "ƐƐR.RegisterFunc(%q, ƐƐpath, func(ɛg ƐƐR.B_any, ɛclear ƐƐR.B_bool) { ɛh, ɛok := ɛg.(func%s); if ɛok { ɛh_%s = ɛh }; if ɛok || ɛclear { ɛo_%s = ɛok } }, %s)\n",
		d.key(), e.spellSignature(f.Signature(), "", recv), id, id, this)
	e.cur.activate = append(e.cur.activate, d.key())
}

// overriding writes a method whose type stays in another package as a function of the receiver.
func (w *writer) overriding(d *Decl, fd *ast.FuncDecl) {
	recv := fd.Recv.List[0]
	open := fd.Type.Params.Opening + 1
	// The comma suits an empty list of further parameters, too, since a new line follows.
	w.body.WriteString(noLine + "func " + overridingName(d, fd) + "(" + w.e.ed.text(recv.Pos(), recv.End()) + ",\n" +
		w.line(open) + w.e.ed.text(open, fd.End()) + "\n")
}

// variables writes the variables that the package defines.
func (w *writer) variables() {
	e := w.e
	done := map[string]bool{}
	for _, v := range w.place.vars {
		if done[v.name] {
			continue
		}
		done[v.name] = true
		var typ string
		v.inCell = !nameable(e.ck.pkg, v.obj.Type(), map[types.Type]bool{}) || !e.attempt(func() { typ = e.spell(v.obj.Type()) })
		if v.inCell && e.witness(v.obj.Type()) != "" {
			v.inCell = false
			w.inferredVariable(v)
			continue
		}
		if v.inCell {
			w.Notes = append(w.Notes, fmt.Sprintf("the type of %s has no name outside its package; %s can be used in this cell only", v.name, v.name))
			continue
		}
		at := noLine
		if v.carry == nil && v.lost == nil { // what only the compiler finds wrong with the type is told at the definition
			at = w.line(v.obj.Pos())
		}
		fmt.Fprintf(&w.body, "var \n%s%s %s\n", at, inner(v.obj), typ)
		fmt.Fprintf(&w.exports, "func (ƐƐT) Ɛ%s() *%s { return &%s }\n", v.name, typ, inner(v.obj))
		fmt.Fprintf(&w.inits, "ƐƐR.RegisterVar(%q, ƐƐpath, &%s)\n", v.name, inner(v.obj))
		if v.carry != nil {
			e.cells[v.carry.home] = true
			fmt.Fprintf(&w.carry, "%s = *(*%s)(ƐƐu.Pointer(%s.ƐƐN.Ɛ%s()))\n", inner(v.obj), typ, v.carry.home.alias(), v.name)
		}
	}
}

// inferredVariable writes a variable whose type the compiler infers from a witness.
func (w *writer) inferredVariable(v *variable) {
	e := w.e
	at := noLine
	if v.lost == nil {
		at = w.line(v.obj.Pos())
	}
	fmt.Fprintf(&w.body, "var \n%s%s = *ƐƐR.New(%s)\n", at, inner(v.obj), e.witness(v.obj.Type()))
	fmt.Fprintf(&w.exports, "func (ƐƐT) Ɛ%s() ƐƐu.Pointer { return ƐƐu.Pointer(&%s) }\n", v.name, inner(v.obj))
	if v.carry != nil {
		fmt.Fprintf(&w.carry, "%s = *%s\n", inner(v.obj), e.inferred(v.name, v.obj.Type(), v.carry.home))
	}
}

// inCell says whether a step defines a variable that can be used in its own cell only.
func (w *writer) inCell(names []*ast.Ident) bool {
	for _, v := range w.place.vars {
		for _, id := range names {
			if v.inCell && v.name == id.Name {
				return true
			}
		}
	}
	return false
}
