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

// Plan is what a cell will do to the program, ready to be compiled. Commit and Join return the program in which it is done.
type Plan struct {
	Package *Package
	// Source is the package's text, Imports the paths it imports, cell packages included.
	Source  []byte
	Imports []string
	// Embeds says that the text has //go:embed directives.
	Embeds bool
	// Notes tell the user what the cell changes besides what it says.
	Notes []string

	base     *Program // what the plan was made for
	p        *Program // its fork, in which the plan happens
	cell     *cell.Cell
	scope    scope
	blank    map[string]bool // what the cell imports for its effect alone
	e        *emitter
	place    *placement
	embedded string            // hashes of embedded files
	steps    []*cell.Step      // in the order in which they run
	unread   map[ast.Node]bool // those that assign an error which the cell does not look at
}

// Plan type-checks a parsed cell against the program and writes its package. The error is of type
// *Refused, or a
// *MissingPackage; any other is a fault of the engine.
func (p *Program) Plan(c *cell.Cell) (*Plan, error) { return p.PlanWith(p.lib, c) }

// PlanWith is Plan with another library, which may have less than the program's own.
func (p *Program) PlanWith(lib Library, c *cell.Cell) (*Plan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fork := p.fork()
	fork.lib, fork.importer = lib, libraryImporter{lib, p.Tables}
	pl, err := fork.plan(p, c)
	fork.lib, fork.importer = p.lib, p.importer // it may become the program
	return pl, err
}

// plan makes the plan in p, the fork of base. The caller holds mu.
func (p *Program) plan(base *Program, c *cell.Cell) (*Plan, error) {
	sc, blank, err := p.cellScope(c)
	if err != nil {
		return nil, err
	}
	if p.reviving != nil {
		maps.Copy(blank, p.reviving.blanks)
	}
	pl := &Plan{base: base, p: p, cell: c, scope: sc, blank: blank}
	for range 100 { // each turn removes a declaration, or imports a package, or is the last
		ck, err := p.checkCell(c, sc)
		if err != nil {
			return nil, err
		}
		if len(ck.broken) > 0 {
			for _, k := range sortedKeys(ck.broken) {
				pl.drop(k, fmt.Sprintf("%s no longer compiles with the new definitions (%s) and was removed", k, userText(ck.broken[k])))
			}
			continue
		}
		e := newEmitter(p, ck)
		e.cur.LastLine = p.lastLine(c)
		pl.e, pl.place = e, place(e, c)
		if len(pl.place.misfits) > 0 {
			for _, k := range pl.place.misfits {
				pl.drop(k, fmt.Sprintf("%s was dropped: its type has changed to another layout", k))
			}
			continue
		}
		if err := pl.hashEmbedded(); err != nil {
			return nil, err
		}
		return pl, pl.emit(blank)
	}
	return nil, fmt.Errorf("planning cell %d did not come to an end", c.Number)
}

// lastLine returns the line of the expression that a cell ends with; 0 without one.
func (p *Program) lastLine(c *cell.Cell) int {
	if c.Last == nil {
		return 0
	}
	line, _ := c.Position(p.fset.File(c.Last.Pos()), c.Last.Pos())
	return line
}

// hashEmbedded identifies the files that the cell embeds; the package's path depends on them.
func (pl *Plan) hashEmbedded() error {
	for _, s := range pl.cell.Steps {
		if s.Embed == "" {
			continue
		}
		h, err := pl.p.lib.EmbedHash(s.Embed)
		if err != nil {
			return cell.Errors{pl.p.errorAt(s.EmbedPos, err.Error())}
		}
		pl.Embeds = true
		pl.embedded += h + "\n"
	}
	return nil
}

func (pl *Plan) drop(key, note string) {
	pl.Notes = append(pl.Notes, note)
	delete(pl.p.live, key)
}

// checkCell checks the cell until it is clean, importing what it only names, or has errors for the user.
func (p *Program) checkCell(c *cell.Cell, sc scope) (*checked, error) {
	var lost []string
	ck := p.check(c, sc)
	if len(p.importUndefined(ck, sc)) > 0 {
		ck = p.check(c, sc)
	}
	renamed, errs := p.early(ck, c)
	if renamed {
		ck = p.check(c, sc)
	}
	ck = p.mend(ck, c, sc)
	if len(ck.errs) > 0 && len(ck.broken) == 0 {
		p.advise(ck, c, sc)
	}
	ck.errs = append(ck.errs, errs...)
	if len(ck.errs) == 0 && len(ck.broken) == 0 {
		ck.errs, lost = p.lostUses(ck, c)
	}
	if len(ck.errs) > 0 {
		slices.SortStableFunc(ck.errs, func(a, b cell.Error) int { return (a.Line-b.Line)*10000 + a.Column - b.Column })
		ck.errs = slices.CompactFunc(ck.errs, func(a, b cell.Error) bool { return a.Line == b.Line && a.Message == b.Message })
		return nil, p.refused(ck, lost)
	}
	return ck, nil
}

// early finds uses of a variable in statements before the := that defines it. Where the session has such a variable
// already, as in "x := x + 1", that one is meant, and the use is renamed to it; else the name is undefined there.
// Function bodies run later: in them a name means the variable that the cell defines.
func (p *Program) early(ck *checked, c *cell.Cell) (renamed bool, errs cell.Errors) {
	defined := map[types.Object]int{}
	for i, s := range c.Steps {
		if s.Define == nil {
			continue
		}
		for _, id := range s.Var.Names {
			if o := ck.info.Defs[id]; o != nil {
				defined[o] = i
			}
		}
	}
	for i, s := range c.Steps {
		if s.Init != nil || s.Call != nil || s.Var != nil && s.Define == nil {
			continue
		}
		ast.Inspect(s.Node(), func(n ast.Node) bool {
			if _, ok := n.(*ast.FuncLit); ok {
				return false
			}
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			at, ok := defined[ck.info.Uses[id]]
			if !ok || at < i {
				return true
			}
			if ck.olds[id.Name] {
				id.Name = oldPrefix + id.Name
				renamed = true
			} else {
				errs = append(errs, p.errorAt(id.Pos(), "undefined: "+id.Name+" (the cell defines it only further down)"))
			}
			return true
		})
	}
	return renamed, errs
}

// Commit returns the version of the program that the plan was made for with the cell in it. It is called once.
func (pl *Plan) Commit() *Program {
	p, e := pl.p, pl.e
	p.mu.Lock()
	defer p.mu.Unlock()
	pl.agree()
	p.imports, p.dots = pl.scope.imports, pl.scope.dots
	for path := range pl.blank {
		p.blanks[path] = true
	}
	p.packages[pl.Package.Path] = pl.Package
	r := &ranCell{pkg: pl.Package, uses: map[string]*Decl{}, imports: e.imports}
	for n := range e.used {
		if d := p.live[n]; d != nil {
			r.uses[n] = d
		}
	}
	for k, d := range pl.place.live {
		d.home = pl.Package
		if d.uses == nil {
			d.remember(e.ck)
		}
		p.live[k] = d
		r.uses[k] = d
	}
	for _, v := range pl.place.vars {
		if v.inCell {
			delete(p.live, v.name)
			continue
		}
		d := &Decl{kind: token.VAR, names: []string{v.name}, cell: pl.cell, pos: v.obj.Pos(), end: v.obj.Pos(), home: pl.Package}
		if old := v.lost; old != nil {
			d.cell, d.pos, d.end, d.lost = old.cell, old.pos, old.end, true
		}
		p.freeze(d, e.ck.pkg, v.obj.Type())
		d.uses = e.ck.namesInType(v.obj.Type())
		p.live[v.name] = d
		r.uses[v.name] = d
	}
	for _, s := range pl.cell.Steps {
		if s.Var != nil {
			for _, id := range s.Var.Names {
				p.defs[id.Name] = definition{pl.cell, s, pl.unread[s.Node()]}
			}
		}
	}
	for n := range pl.place.reused {
		if d := p.live[n]; d.lost {
			found := *d
			found.lost = false
			p.live[n] = &found
		}
		r.uses[n] = p.live[n]
	}
	for pos, o := range e.owners {
		if o == e.cur {
			o = pl.Package
		}
		p.owners[pos] = o
	}
	for k := range e.structs {
		p.structs[k] = pl.Package
	}
	if !pl.Embeds { // the files may have changed when the same text runs again
		p.ran[pl.cell.Source] = r
	}
	return p
}

// Unreached returns the variables that the cell would have defined at or after a line, where it stopped: they have no
// value that the user's program gave them.
func (pl *Plan) Unreached(line int) []string {
	for i, s := range pl.steps {
		n := s.Node()
		f := pl.p.fset.File(n.Pos())
		first, _ := pl.cell.Position(f, n.Pos())
		last, _ := pl.cell.Position(f, n.End())
		if first <= line && line <= last {
			return pl.UnreachedAfter(i)
		}
	}
	return nil
}

// UnreachedAfter is Unreached for a cell that stopped when so many of its statements had run.
func (pl *Plan) UnreachedAfter(ran int) (names []string) {
	isNew := map[string]bool{}
	for _, v := range pl.place.vars {
		isNew[v.name] = v.carry == nil && v.lost == nil
	}
	for n := range pl.place.reused {
		isNew[n] = pl.base.live[n] != nil && pl.base.live[n].lost
	}
	for _, s := range pl.steps[min(ran, len(pl.steps)):] {
		if s.Var == nil {
			continue
		}
		for _, id := range s.Var.Names {
			if isNew[id.Name] && pl.p.live[id.Name] != nil {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// signature spells a function's type for comparison with its redefinition.
func (ck *checked) signature(d *Decl) string {
	o := ck.info.Defs[d.node.(*ast.FuncDecl).Name]
	return types.TypeString(o.Type(), func(p *types.Package) string { return p.Path() })
}

// text returns a declaration as the user wrote it.
func (p *Program) text(d *Decl) string {
	f := p.fset.File(d.pos)
	start := d.cell.Offset(f, d.pos)
	return strings.TrimSpace(d.cell.Source[start : start+int(d.end-d.pos)])
}
