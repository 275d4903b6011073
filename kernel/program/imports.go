package program

import (
	"go/ast"
	"go/token"
	"maps"
	"strconv"

	"github.com/gonbml/gonbml/kernel/cell"
)

// MissingPackage says that a cell imports a package that the session's module does not have.
type MissingPackage struct {
	Path string
	Err  error      // what the library said
	At   cell.Error // where the cell imports it, and why it was not found
}

func (m *MissingPackage) Error() string { return m.At.Error() }

// cellScope adds the cell's imports to the session's. blank lists its blank imports.
func (p *Program) cellScope(c *cell.Cell) (sc scope, blank map[string]bool, err error) {
	sc = scope{maps.Clone(p.imports), maps.Clone(p.dots)}
	blank = map[string]bool{}
	for _, spec := range c.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "" {
			return sc, nil, cell.Errors{p.errorAt(spec.Path.Pos(), "invalid import path: "+spec.Path.Value)}
		}
		if path == "unsafe" && spec.Name != nil && spec.Name.Name == "_" { // what cgo makes of import "C"
			continue
		}
		if spec.Name != nil && spec.Name.Name == "init" {
			return sc, nil, cell.Errors{p.errorAt(spec.Name.Pos(), "cannot import package as init: init must be a func")}
		}
		if err := p.lib.Allowed(path); err != nil {
			return sc, nil, cell.Errors{p.errorAt(spec.Path.Pos(), err.Error())}
		}
		if err := p.lib.Need(path); err != nil {
			return sc, nil, &MissingPackage{path, err, p.errorAt(spec.Path.Pos(), err.Error())}
		}
		pkg, err := p.importer.Import(path)
		if err != nil {
			return sc, nil, cell.Errors{p.errorAt(spec.Path.Pos(), "could not import "+path+": "+err.Error())}
		}
		if !p.lib.Linked(path) && path != "unsafe" {
			blank[path] = true // the cell may want its init functions alone
		}
		switch {
		case spec.Name == nil:
			sc.imports[pkg.Name()] = path
		case spec.Name.Name == "_":
			blank[path] = true
		case spec.Name.Name == ".":
			sc.dots[path] = true
		default:
			sc.imports[spec.Name.Name] = path
		}
	}
	return sc, blank, nil
}

func (p *Program) errorAt(pos token.Pos, msg string) cell.Error {
	f := p.fset.File(pos)
	c := p.cells[f]
	if c == nil {
		return cell.Error{Message: msg}
	}
	line, col := c.Position(f, pos)
	return cell.Error{Cell: c, Line: line, Column: col, Message: msg}
}

// undefinedPackages collects the undefined names of the cell that something is selected from.
func (p *Program) undefinedPackages(ck *checked, c *cell.Cell) {
	if len(ck.errs) == 0 {
		return
	}
	visit := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := s.X.(*ast.Ident); ok && ck.info.Uses[id] == nil && ck.info.Defs[id] == nil {
					ck.undefined = append(ck.undefined, id, s.Sel)
				}
			}
			return true
		})
	}
	for _, d := range c.Decls {
		visit(d.Node)
	}
	for _, s := range c.Steps {
		visit(s.Node())
	}
}

// importUndefined adds imports for undefined names that packages at hand are called, when such a package has all that
// is selected from the name. It returns the paths that it added.
func (p *Program) importUndefined(ck *checked, sc scope) (added []string) {
	wanted := map[string][]string{}
	for i := 0; i < len(ck.undefined); i += 2 {
		name := ck.undefined[i].Name
		wanted[name] = append(wanted[name], ck.undefined[i+1].Name)
	}
	for _, name := range sortedKeys(wanted) {
		if sc.imports[name] != "" {
			continue
		}
		if path := p.packageWith(name, wanted[name]); path != "" {
			sc.imports[name] = path
			added = append(added, path)
		}
	}
	return added
}

func (p *Program) packageWith(name string, members []string) string {
	for _, path := range p.lib.Named(name) {
		if p.lib.Need(path) != nil {
			continue
		}
		pkg, err := p.importer.Import(path)
		if err != nil || pkg.Name() != name {
			continue
		}
		has := true
		for _, m := range members {
			o := pkg.Scope().Lookup(m)
			has = has && o != nil && o.Exported()
		}
		if has {
			return path
		}
	}
	return ""
}

// pruneImports turns imports that the rewritten text does not use into blank ones: the rewrite may have replaced the
// last use of a name, by a constant for one, and Go refuses an unused import. A blank import of what is there anyway is
// left out; embed's is what the compiler asks for beside //go:embed.
func (p *Program) pruneImports(imports []importLine, used map[string]bool) (kept []importLine) {
	for _, i := range imports {
		if !used[i.name] {
			i.name = "_"
		}
		if i.name != "_" || i.path == "embed" || !p.lib.Linked(i.path) && i.path != "unsafe" {
			kept = append(kept, i)
		}
	}
	return kept
}

type importLine struct{ name, path string }
