package program

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
)

// emitter holds what is known and decided while one cell package is written.
type emitter struct {
	p   *Program
	ck  *checked
	cur *Package
	ed  *edits

	// home holds the package of names for which the program's own record is not, or not yet, right.
	home map[string]*Package
	// used holds names of other packages that the text refers to.
	used map[string]bool
	// cells holds the cell packages that the text refers to.
	cells map[*Package]bool
	// imports holds the user's imports that the text uses, spelled those that only spelled types use.
	imports map[string]string
	spelled map[string]bool
	// foreign holds types of other packages that the text names as the user does; each gets a local alias.
	foreign map[string]bool

	// pointers holds the pointers to variables of other packages whose types have no name; see inferred.
	pointers map[string]string

	// owners and structs are what the package adds to the program's tables of the same names.
	owners     map[token.Pos]*Package
	structs    map[string]*Package
	structDefs []*types.Struct
	canonical  map[*ast.StructType]string

	// ran is how many of the cell's statements run before the one that is being written.
	ran int

	// skip holds nodes that a rewrite of their parent has dealt with.
	skip map[ast.Node]bool
	// shadowed holds the predeclared names that the cell or the program gives another meaning; made on first use.
	shadowed map[string]bool

	err error // the first thing that could not be spelled
}

func newEmitter(p *Program, ck *checked) *emitter {
	return &emitter{p: p, ck: ck, cur: &Package{}, ed: newEdits(p.fset, p.cells), home: map[string]*Package{},
		used: map[string]bool{}, cells: map[*Package]bool{}, imports: map[string]string{}, spelled: map[string]bool{},
		foreign: map[string]bool{}, pointers: map[string]string{}, owners: map[token.Pos]*Package{}, structs: map[string]*Package{},
		canonical: map[*ast.StructType]string{}, skip: map[ast.Node]bool{}}
}

// attempt runs f, which may fail to spell a type, and reports whether it could.
func (e *emitter) attempt(f func()) bool {
	was := e.err
	e.err = nil
	f()
	ok := e.err == nil
	e.err = was
	return ok
}

func (e *emitter) fail(msg string) {
	if e.err == nil {
		e.err = errors.New(msg)
	}
}

// homeOf returns the package that a name of the program lives in.
func (e *emitter) homeOf(name string) *Package {
	if h, ok := e.home[name]; ok {
		return h
	}
	if d := e.p.live[name]; d != nil {
		return d.home
	}
	return e.cur
}

// qualifier returns what comes before a name of a package: "" or "alias.".
func (e *emitter) qualifier(h *Package) string {
	if h == e.cur {
		return ""
	}
	e.cells[h] = true
	return h.alias() + "."
}

// inner is what a variable or function is called inside its package. An exported one of a package main would become a
// plugin export, which the next plugin.Open wants to find in every later plugin.
func inner(o types.Object) string {
	switch o := o.(type) {
	case *types.Var:
	case *types.Func:
		if o.Signature().TypeParams().Len() > 0 {
			return o.Name()
		}
	default:
		return o.Name()
	}
	if o.Exported() {
		return "ɛ" + o.Name()
	}
	return o.Name()
}

// reference writes a use of a name that lives in another package; "" for a type, which gets a local alias instead.
func (e *emitter) reference(o types.Object, name string, h *Package) string {
	e.used[name] = true
	switch o := o.(type) {
	case *types.TypeName:
		e.foreign[name] = true
		return ""
	case *types.Const:
		return e.qualifier(h) + "Ɛ" + name
	case *types.Var:
		if !nameable(e.ck.pkg, o.Type(), map[types.Type]bool{}) {
			return "(*" + e.inferred(name, o.Type(), h) + ")"
		}
		return "(*" + e.qualifier(h) + "ƐƐN.Ɛ" + name + "())"
	case *types.Func:
		if o.Signature().TypeParams().Len() > 0 {
			return e.qualifier(h) + "ƐƐG" + name
		}
		return e.qualifier(h) + "ƐƐN.Ɛ" + name + "()"
	}
	return ""
}
