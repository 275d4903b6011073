package program

import (
	"cmp"
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An import with a dot makes all exported names of a package the session's, and Go refuses a
// declaration of any of them. In a session definitions come one after another, and what a cell
// declares replaces what the import brought: the type checker gets the package without it.

// dotSuffix ends the path under which the checker imports a package with a dot.
const dotSuffix = "/Ɛdot"

// dotImporter imports packages, and under dotted paths those without the hidden names.
type dotImporter struct {
	types.Importer
	hidden map[string]bool
}

// Import implements types.Importer.
func (i dotImporter) Import(path string) (*types.Package, error) {
	path, dotted := strings.CutSuffix(path, dotSuffix)
	pkg, err := i.Importer.Import(path)
	if err != nil || !dotted {
		return pkg, err
	}
	rest := types.NewPackage(pkg.Path(), pkg.Name())
	for _, n := range pkg.Scope().Names() {
		if !i.hidden[n] {
			rest.Scope().Insert(pkg.Scope().Lookup(n))
		}
	}
	rest.MarkComplete()
	return rest, nil
}

// Imports lists the session's imports as Go writes them, one a line.
func (p *Program) Imports() string {
	var sb strings.Builder
	for _, name := range sortedKeys(p.imports) {
		sb.WriteString("import ")
		if to := p.imports[name]; path.Base(to) != name {
			sb.WriteString(name + " ")
		}
		sb.WriteString("\"" + p.imports[name] + "\"\n")
	}
	for _, to := range sortedKeys(p.dots) {
		sb.WriteString("import . \"" + to + "\"\n")
	}
	return sb.String()
}

// forget takes back imports by the name or the path of a package, and says whether there was one.
func (p *Program) forget(what string) (found bool) {
	for name, to := range p.imports {
		if name == what || to == what {
			delete(p.imports, name)
			found = true
		}
	}
	for to := range p.dots {
		if to == what || path.Base(to) == what {
			delete(p.dots, to)
			found = true
		}
	}
	return found
}

// dotImports adds the imports with a dot to the head of a standalone program, and returns it and
// the text. f is the parsed text behind a package clause. Where the program declares a name of such
// a package, Go would refuse the import: then it has a name, and that stands before the others in
// the text.
func (s *standalone) dotImports(f *ast.File, head, text string, unresolved map[*ast.Ident]bool) (newHead, newText string) {
	type insertion struct {
		at   int
		name string
	}
	var list []insertion
	for _, to := range sortedKeys(s.dots) {
		pkg, err := s.importer.Import(to)
		if err != nil || !slices.ContainsFunc(exportedNames(pkg), func(n string) bool { return f.Scope.Lookup(n) != nil }) {
			head += "import . " + strconv.Quote(to) + "\n"
			continue
		}
		name := pkg.Name()
		for f.Scope.Lookup(name) != nil || s.imports[name] != "" && s.imports[name] != to {
			name += "_"
		}
		used := false
		for id := range unresolved {
			if id.IsExported() && pkg.Scope().Lookup(id.Name) != nil {
				used = true
				list = append(list, insertion{int(id.Pos()-f.FileStart) - len(packageClause), name + "."})
			}
		}
		if line := "import " + name + " " + strconv.Quote(to) + "\n"; used && !strings.Contains(head, line) {
			head += line
		}
	}
	slices.SortFunc(list, func(a, b insertion) int { return cmp.Compare(b.at, a.at) })
	for _, i := range list {
		text = text[:i.at] + i.name + text[i.at:]
	}
	return head, text
}

func exportedNames(pkg *types.Package) []string {
	return slices.DeleteFunc(pkg.Scope().Names(), func(n string) bool { return !ast.IsExported(n) })
}

// packageClause begins a standalone program.
const packageClause = "package main\n"
