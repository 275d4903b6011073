package program

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// A new worker has nothing of what cells have defined. Definitions do nothing when they are loaded,
// so all of them are written into packages that the new worker loads before the next cell.
// Variables are in them without a value, since functions need them to compile; they are lost until
// a cell defines them again.

// Revival is a program whose definitions come back in a new worker.
type Revival struct {
	// Program is the program as it is once the packages of Plans are loaded.
	Program *Program
	// Plans are committed. Each needs those before it.
	Plans []*Plan
	// Gone tells the user what has not come back, variables excepted.
	Gone []string
}

// Revive plans packages with everything that the program's cells have declared, for a worker that
// has none of it. salt and version are those of New. What needs a package that its user may edit is
// in a package of its own, so that a change there concerns nothing else.
func (p *Program) Revive(lib Library, salt, version string) *Revival {
	q := p.heir(lib, salt, version)
	q.mu.Lock()
	old, gone := q.inherit(p)
	groups := q.groups(old)
	q.mu.Unlock()
	r := &Revival{Program: q, Gone: gone}
	for _, g := range groups {
		plan, err := r.Program.revive(g)
		if err != nil { // a variable whose type has no name, say
			maps.DeleteFunc(g.decls, func(_ string, d *Decl) bool { return d.kind == token.VAR })
			var again error
			if plan, again = r.Program.revive(g); again != nil {
				r.Gone = append(r.Gone, strings.Join(sortedKeys(g.decls), ", ")+", since "+err.Error())
				continue
			}
		}
		r.Gone = append(r.Gone, plan.Notes...)
		plan.Notes = nil
		r.Plans = append(r.Plans, plan)
		r.Program = plan.Commit()
	}
	return r
}

// group is what is revived in one package.
type group struct {
	decls  map[string]*Decl
	blanks map[string]bool
}

// revive plans the package of a group, on top of p.
func (p *Program) revive(g *group) (*Plan, error) {
	c, err := p.Parse(0, "")
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fork := p.fork()
	maps.Copy(fork.live, g.decls)
	fork.reviving = g
	pl, err := fork.plan(p, c)
	fork.reviving = nil
	if err == nil {
		pl.Embeds = true // the text of no cell stands for it
	}
	return pl, err
}

// groups divides declarations by the packages in folders that they need, directly or through
// others; those that need fewer come first. The caller holds mu.
func (q *Program) groups(old map[string]*Decl) (list []*group) {
	methods := map[string][]string{}
	for k, d := range old {
		if d.recv != "" {
			methods[d.recv] = append(methods[d.recv], k)
		}
	}
	uses := func(d *Decl) []string {
		names := slices.Clone(d.names)
		if d.recv != "" {
			names = append(names, d.recv)
		} else {
			for _, n := range d.names {
				names = append(names, methods[n]...)
			}
		}
		return append(names, sortedKeys(d.uses)...)
	}
	byKey := map[string]*group{}
	for k, d := range old {
		needs, seen := map[string]bool{}, map[*Decl]bool{}
		var visit func(d *Decl)
		visit = func(d *Decl) {
			if d == nil || seen[d] {
				return
			}
			seen[d] = true
			q.watchedBy(d, needs)
			for _, n := range uses(d) {
				visit(old[n])
			}
		}
		visit(d)
		key := fmt.Sprintf("%04d %s", len(needs), strings.Join(sortedKeys(needs), " "))
		if byKey[key] == nil {
			byKey[key] = &group{decls: map[string]*Decl{}}
		}
		byKey[key].decls[k] = d
	}
	for path := range q.blanks {
		if q.lib.Linked(path) {
			continue
		}
		key := "0000 "
		if q.lib.Watched(path) {
			key = "0001 " + path
		}
		if byKey[key] == nil {
			byKey[key] = &group{decls: map[string]*Decl{}}
		}
		if byKey[key].blanks == nil {
			byKey[key].blanks = map[string]bool{}
		}
		byKey[key].blanks[path] = true
	}
	for _, key := range sortedKeys(byKey) {
		list = append(list, byKey[key])
	}
	return list
}

// watchedBy adds the packages in folders that a declaration names.
func (q *Program) watchedBy(d *Decl, needs map[string]bool) {
	for _, path := range d.typeImports {
		if q.lib.Watched(path) {
			needs[path] = true
		}
	}
	if d.node == nil {
		return
	}
	ast.Inspect(d.node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if path := q.imports[id.Name]; path != "" && q.lib.Watched(path) {
			needs[path] = true
		}
		for path := range q.dots {
			if q.lib.Watched(path) && id.IsExported() {
				if pkg, err := q.importer.Import(path); err == nil && pkg.Scope().Lookup(id.Name) != nil {
					needs[path] = true
				}
			}
		}
		return true
	})
}

// heir returns an empty program in which p's syntax has its places, while packages are read anew.
func (p *Program) heir(lib Library, salt, version string) *Program {
	q := New(lib, salt, version)
	p.mu.Lock()
	defer p.mu.Unlock()
	q.Tables = newTablesFor(p.fset, lib, salt, version)
	q.importer = libraryImporter{lib, q.Tables}
	maps.Copy(q.cells, p.cells)
	maps.Copy(q.frozen, p.frozen)
	return q
}

// inherit takes over p's imports, and returns its declarations, but for those of cells with import
// "C", and what has to stay behind. The caller holds mu.
func (q *Program) inherit(p *Program) (decls map[string]*Decl, gone []string) {
	decls = map[string]*Decl{}
	works := map[string]bool{}
	usable := func(path string) bool {
		ok, known := works[path]
		if !known {
			_, err := q.importer.Import(path)
			ok = err == nil
			works[path] = ok
		}
		return ok
	}
	for _, name := range sortedKeys(p.imports) {
		if path := p.imports[name]; usable(path) {
			q.imports[name] = path
		}
	}
	for path := range p.dots {
		if usable(path) {
			q.dots[path] = true
		}
	}
	for path := range p.blanks {
		if usable(path) {
			q.blanks[path] = true
		}
	}
	for path, ok := range works {
		if !ok {
			gone = append(gone, fmt.Sprintf("the import of %s, which cannot be built now", path))
		}
	}
	copies := map[*Decl]*Decl{} // a constant group stands under each of its names
	for k, d := range p.live {
		if d.raw != nil || d.node != nil && p.foreignC[d.cell] != nil || !all(d.typeImports, usable) {
			continue
		}
		if copies[d] == nil {
			c := *d
			c.home, c.lost = nil, d.kind == token.VAR
			copies[d] = &c
		}
		decls[k] = copies[d]
	}
	for k, d := range p.live {
		if decls[k] == nil && d.raw == nil && d.kind != token.VAR {
			gone = append(gone, k+", whose cell imports C")
		}
	}
	slices.Sort(gone)
	maps.Copy(q.defs, p.defs)
	return decls, gone
}

func all(list []string, f func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !f(s) })
}

// Lost lists the variables that went with a worker and that no cell has defined again.
func (p *Program) Lost() (names []string) {
	for k, d := range p.live {
		if d.lost {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

// Found returns the program in which a lost variable has a value again, or, if has is false, in
// which it has none.
func (p *Program) Found(name string, has bool) *Program {
	d := p.live[name]
	if d == nil || d.kind != token.VAR {
		return p
	}
	q, c := p.fork(), *d
	c.lost = !has
	q.live[name] = &c
	return q
}

// lostUses finds what the cell's statements would do with lost variables: by their names, or
// through functions. A function that uses one may be declared and redeclared.
func (p *Program) lostUses(ck *checked, c *cell.Cell) (errs cell.Errors, names []string) {
	if len(p.Lost()) == 0 {
		return nil, nil
	}
	defined := redeclared(c)
	lost := func(name string) *Decl {
		base, old := strings.CutPrefix(name, oldPrefix)
		if d := p.live[base]; d != nil && d.lost && (old || !defined[base]) {
			return d
		}
		return nil
	}
	told := map[string]bool{}
	find := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if name := ck.globalName(id); name != "" && !told[name] {
				if d := lost(name); d != nil {
					told[name] = true
					names = append(names, d.names[0])
					errs = append(errs, p.lostError(id.Pos(), "", d))
				} else if d := p.lostThrough(ck, c, name, lost); d != nil {
					told[name] = true
					names = append(names, d.names[0])
					errs = append(errs, p.lostError(id.Pos(), name, d))
				}
			}
			return true
		})
	}
	for _, s := range c.Steps {
		if s.Var != nil && s.Define == nil {
			for _, v := range s.Var.Values {
				find(v)
			}
			continue
		}
		if s.Define != nil {
			for _, v := range s.Define.Rhs {
				find(v)
			}
			continue
		}
		find(s.Node())
	}
	if c.Main {
		for _, d := range c.Decls {
			if f, ok := d.Node.(*ast.FuncDecl); ok && d.Recv == "" && f.Name.Name == "main" {
				find(f)
			}
		}
	}
	return errs, names
}

// globalName returns the name of the program that an identifier uses, or "". Of a method it is the
// key.
func (ck *checked) globalName(id *ast.Ident) string {
	o := ck.info.Uses[id]
	if ck.global(o) {
		return o.Name()
	}
	f, ok := o.(*types.Func)
	if !ok || f.Pkg() != ck.pkg || f.Signature().Recv() == nil {
		return ""
	}
	t := types.Unalias(f.Signature().Recv().Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name() + "." + f.Name()
	}
	return ""
}

// lostThrough returns the lost variable that a function uses, directly or through others, or nil.
func (p *Program) lostThrough(ck *checked, c *cell.Cell, name string, lost func(string) *Decl) *Decl {
	own := map[string]ast.Node{}
	for _, d := range c.Decls {
		for _, n := range d.Names {
			if d.Recv != "" {
				n = d.Recv + "." + n
			}
			own[n] = d.Node
		}
	}
	seen := map[string]bool{}
	var visit func(name string) *Decl
	visit = func(name string) *Decl {
		if seen[name] {
			return nil
		}
		seen[name] = true
		if d := lost(name); d != nil {
			return d
		}
		uses := map[string]bool{}
		switch d := p.live[name]; {
		case own[name] != nil:
			uses = ck.namesIn(own[name])
			p.methodsIn(own[name], uses)
		case d != nil && d.kind == token.FUNC:
			maps.Copy(uses, d.uses)
			p.methodsIn(d.node, uses)
		}
		for _, n := range sortedKeys(uses) {
			if d := visit(n); d != nil {
				return d
			}
		}
		return nil
	}
	return visit(name)
}

// methodsIn adds the methods that a piece of syntax selects, as far as their names alone say which
// they are.
func (p *Program) methodsIn(n ast.Node, uses map[string]bool) {
	keys := map[string][]string{}
	for k, d := range p.live {
		if d.recv != "" {
			keys[d.names[0]] = append(keys[d.names[0]], k)
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && len(keys[s.Sel.Name]) == 1 {
			uses[keys[s.Sel.Name][0]] = true
		}
		return true
	})
}

func (p *Program) lostError(at token.Pos, through string, d *Decl) cell.Error {
	name := d.names[0]
	msg := "undefined: " + name
	if through != "" {
		msg = fmt.Sprintf("undefined: %s, which %s uses", name, through)
	}
	e := p.errorAt(at, msg)
	e.Hint = name + " went with the worker that ended; run the cell that defines it again"
	if d.cell != nil && d.cell.Number > 0 {
		e.Hint += fmt.Sprintf(": it was cell [%d]", d.cell.Number)
	}
	return e
}

// Unmade returns the program q, into which the plan's cell has been joined, without the variables
// that the cell did not come to define. Those that were lost before are so again.
func (pl *Plan) Unmade(q *Program, names []string) *Program {
	var fresh []string
	q = q.fork()
	for _, n := range names {
		if old, d := pl.base.live[n], q.live[n]; old != nil && old.lost && d != nil {
			c := *d
			c.lost = true
			q.live[n] = &c
		} else {
			fresh = append(fresh, n)
		}
	}
	q, _ = q.Without(fresh)
	return q
}
