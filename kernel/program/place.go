package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// placement decides which declarations the cell's package holds. The unit is the declaration, not the cell: one whose
// text and meaning did not change stays in the package that has it, or its types and variables would be new ones.
type placement struct {
	e *emitter
	c *cell.Cell

	// same holds the cell's declarations that stay where they are, fresh those that the package defines, again those of
	// earlier cells that it defines anew because something they use has changed.
	same  map[*Decl]bool
	fresh []*Decl
	again []*Decl
	// override holds methods whose type stays in its package: they become functions that the old method forwards to.
	override map[*Decl]bool
	// vars holds the variables that the package defines, reused those of the cell that keep their storage.
	vars   []*variable
	reused map[string]bool
	// changed holds names whose users must be emitted again.
	changed map[string]bool
	// live holds what the package adds to the program, by key; variables excepted.
	live map[string]*Decl
	// misfits are variables that cannot be carried over to their new type.
	misfits []string
}

// variable is one that the package defines.
type variable struct {
	name string
	obj  types.Object
	// carry is the variable of an earlier package whose value it takes over, or nil.
	carry *Decl
	// inCell says that no text can name its type: it can be used in its own cell only.
	inCell bool
	// lost is the declaration of a variable that has no value, whether it is carried or not.
	lost *Decl
}

func place(e *emitter, c *cell.Cell) *placement {
	pl := &placement{e: e, c: c, same: map[*Decl]bool{}, override: map[*Decl]bool{}, reused: map[string]bool{},
		changed: map[string]bool{}, live: map[string]*Decl{}}
	var decls []*Decl
	for _, d := range c.Decls {
		decls = append(decls, &Decl{kind: d.Kind, names: d.Names, recv: d.Recv, cell: c, node: d.Node, pos: d.Pos, end: d.End, fixed: d.Fixed})
	}
	if f := e.p.foreignC[c]; f != nil {
		for n, d := range f.foreignDecls(e.ck.pkg.Scope()) {
			e.home[n] = e.cur
			pl.live[n] = d
		}
		e.own(f.file)
	}
	pl.findSame(decls)
	declared := map[string]bool{}
	for _, d := range decls {
		if pl.same[d] {
			old := e.p.live[d.key()]
			e.ownAs(d.node, old.home)
			for _, n := range d.names {
				e.used[n] = e.used[n] || d.recv == ""
			}
			if d.recv != "" {
				e.used[d.key()] = true
			}
			continue
		}
		pl.fresh = append(pl.fresh, d)
		for _, n := range d.names {
			declared[n] = declared[n] || d.recv == ""
		}
	}
	for _, d := range pl.fresh {
		pl.define(d, declared)
	}
	pl.defineVars()
	pl.defineAgain()
	return pl
}

// findSame marks the declarations that are already live with the same text and meaning.
func (pl *placement) findSame(decls []*Decl) {
	p := pl.e.p
	isNew := map[string]bool{} // names that mean something else than before
	for _, d := range decls {
		for _, n := range d.names {
			isNew[n] = isNew[n] || d.recv == ""
		}
	}
	for _, s := range pl.c.Steps {
		if s.Var == nil {
			continue
		}
		for _, id := range s.Var.Names {
			isNew[id.Name] = isNew[id.Name] || !pl.keepsStorage(id.Name)
		}
	}
	for _, d := range decls {
		old := p.live[d.key()]
		if old == nil || old.kind != d.kind || len(old.names) != len(d.names) || d.names[0] == "_" || p.text(old) != p.text(d) {
			continue
		}
		pl.same[d] = true
		for _, n := range d.names {
			pl.same[d] = pl.same[d] && (d.recv != "" || n == "_" || p.live[n] == old)
		}
	}
	for changed := true; changed; {
		changed = false
		stays := map[string]bool{}
		for d := range pl.same {
			for _, n := range d.names {
				stays[n] = stays[n] || pl.same[d] && d.recv == ""
			}
		}
		for _, d := range decls {
			if pl.same[d] && !pl.staysSame(d, decls, isNew, stays) {
				pl.same[d], changed = false, true
			}
		}
	}
}

func (pl *placement) staysSame(d *Decl, decls []*Decl, isNew, stays map[string]bool) bool {
	ck := pl.e.ck
	for n := range ck.namesIn(d.node) {
		if isNew[n] && !stays[n] && !(d.recv == "" && slices.Contains(d.names, n)) {
			return false
		}
	}
	if d.recv != "" {
		return !isNew[d.recv] || stays[d.recv]
	}
	if d.kind != token.TYPE {
		return true
	}
	for _, m := range decls { // the type's methods in the cell must be old ones, or replace old ones in place
		if m.recv != d.names[0] || pl.same[m] {
			continue
		}
		if old := pl.e.p.live[m.key()]; old == nil || old.sig != ck.signature(m) || m.fixed || old.fixed {
			return false
		}
	}
	return true
}

// keepsStorage says whether a variable that the cell defines is one that exists, with the same type.
func (pl *placement) keepsStorage(name string) bool {
	scope := pl.e.ck.pkg.Scope()
	old, now := scope.Lookup(oldPrefix+name), scope.Lookup(name)
	return old != nil && now != nil && types.Identical(old.Type(), now.Type())
}

// define places one fresh declaration in the package.
func (pl *placement) define(d *Decl, declared map[string]bool) {
	p := pl.e.p
	if d.kind == token.FUNC {
		d.sig = pl.e.ck.signature(d)
	}
	old := p.live[d.key()]
	inPlace := old != nil && old.kind == d.kind && d.kind == token.FUNC && old.sig == d.sig && !d.fixed && !old.fixed
	switch {
	case d.recv != "" && declared[d.recv]:
	case d.recv != "" && inPlace:
		pl.override[d] = true
	case d.recv != "":
		pl.changed[d.recv] = true
	case inPlace:
	default:
		for _, n := range d.names {
			pl.changed[n] = pl.changed[n] || p.live[n] != nil
		}
	}
	if d.recv != "" {
		if d.names[0] != "_" {
			pl.live[d.key()] = d
		}
		return
	}
	for _, n := range d.names {
		if n != "_" {
			pl.e.home[n] = pl.e.cur
			pl.live[n] = d
		}
	}
}

func (pl *placement) defineVars() {
	for _, s := range pl.c.Steps {
		if s.Var == nil {
			continue
		}
		for _, id := range s.Var.Names {
			switch {
			case id.Name == "_" || strings.HasPrefix(id.Name, cell.Temporary):
			case pl.keepsStorage(id.Name):
				pl.reused[id.Name] = true
			default:
				pl.changed[id.Name] = pl.e.p.live[id.Name] != nil
				pl.addVar(id.Name, nil)
			}
		}
	}
}

func (pl *placement) addVar(name string, carry *Decl) {
	pl.e.home[name] = pl.e.cur
	pl.vars = append(pl.vars, &variable{name: name, obj: pl.e.ck.pkg.Scope().Lookup(name), carry: carry})
}

// defineAgain finds what uses, directly or through others, a name that has changed, and places it in the package.
func (pl *placement) defineAgain() {
	p, ck, scope := pl.e.p, pl.e.ck, pl.e.ck.pkg.Scope()
	if p.reviving != nil {
		for k, d := range p.reviving.decls {
			if p.live[k] == d && d.recv == "" {
				pl.changed[k] = true
			}
		}
	}
	taken := map[*Decl]bool{}
	var carried []string
	for grew := true; grew; {
		grew = false
		for _, k := range p.inTextOrder() {
			d := p.live[k]
			if pl.live[k] != nil || d.raw != nil || taken[d] || pl.e.home[k] == pl.e.cur || pl.reused[k] || !pl.affected(k, d) {
				continue
			}
			taken[d], grew = true, true
			if d.kind == token.VAR {
				carried = append(carried, k)
			} else {
				pl.again = append(pl.again, d)
			}
			if d.recv != "" {
				pl.changed[d.recv] = true
				continue
			}
			for _, n := range d.names {
				pl.changed[n] = true
			}
		}
		for _, n := range sortedKeys(pl.reused) { // identical by name, but the type's own definition is new
			for x := range ck.namesInType(scope.Lookup(n).Type()) {
				if pl.changed[x] && pl.reused[n] {
					delete(pl.reused, n)
					pl.changed[n], grew = true, true
					pl.addVar(n, nil)
				}
			}
		}
	}
	for _, k := range carried {
		d := p.live[k]
		if d.lost {
			pl.addVar(k, nil)
			pl.vars[len(pl.vars)-1].lost = d
			continue
		}
		if layout(d.typ, nil) != layout(scope.Lookup(k).Type(), nil) {
			pl.misfits = append(pl.misfits, k)
			continue
		}
		pl.addVar(k, d)
	}
	for i, d := range pl.again {
		anew := *d
		pl.again[i] = &anew
		if d.kind == token.FUNC {
			anew.sig = ck.signature(d)
		}
		if d.recv != "" {
			pl.live[d.key()] = &anew
			continue
		}
		for _, n := range d.names {
			if p.live[n] == d && pl.live[n] == nil {
				pl.e.home[n] = pl.e.cur
				pl.live[n] = &anew
			}
		}
	}
}

// affected says whether a live declaration uses a name that has changed.
func (pl *placement) affected(key string, d *Decl) bool {
	if d.recv == "" && pl.changed[key] || d.recv != "" && pl.changed[d.recv] {
		return true
	}
	for n := range d.uses {
		if pl.changed[n] {
			return true
		}
	}
	return false
}

// isConstOf says whether an identifier of a constant group still means that constant.
func (pl *placement) isConstOf(d *Decl, id *ast.Ident) bool {
	return id.Name == "_" || pl.live[id.Name] == d
}
