// Package program keeps a session as what its user sees: one Go program that grows and changes cell by cell. It decides
// what a new cell means for that program and writes the Go package that carries the change out. It runs nothing,
// compiles nothing and does no I/O: archives of imported packages come through the Library interface, and the text
// that Plan returns is compiled, loaded and run by others.
//
// The one problem it solves is that each cell is compiled as a package of its own, while the user's program is one
// package. Go forbids a package the unexported names of another, so a cell's text is rewritten (never its names, as far
// as the program can tell: %+v, reflection and encoding/json print what the user wrote):
//
//   - a type point is exported by an alias, Ɛpoint, and is a local alias in a cell that uses it;
//   - variables and functions are reached by inlinable methods of an exported constant: (*c.ƐƐN.Ɛx()), c.ƐƐN.Ɛf()(1);
//   - unexported fields of another cell's struct are reached through a mirror struct of the same layout;
//   - unexported methods m are called Ɛm, so that a type of one cell implements an interface of another;
//   - a function starts by forwarding to its redefinition, if there is one.
//
// Names that start with Ɛ or ɛ are generated ones; docs/cells.md states the rules from the user's side.
package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// Library gives access to compiled packages.
type Library interface {
	// Need makes a package known; it fails when there is no such package.
	Need(path string) error
	// Allowed returns an error if cells may not import the package, whether it exists or not.
	Allowed(path string) error
	// Export opens the archive of a known package.
	Export(path string) (io.ReadCloser, error)
	// ArchiveID identifies the content of a known package's archive.
	ArchiveID(path string) string
	// EmbedHash identifies the files that //go:embed directives, one a line, embed.
	EmbedHash(directives string) (string, error)
	// Linked says whether the process that runs the program contains the package from the start: importing it for its
	// initialisation alone then does nothing but make the cell larger.
	Linked(path string) bool
	// Watched says whether the package is, or contains, one in a folder whose files may change
	// during the session.
	Watched(path string) bool
	// Named lists import paths of packages with a package name, best guess first.
	Named(name string) []string
	// Below lists import paths of packages in the folders right below a package's.
	Below(path string) []string
}

// Program is one version of a session's program: a value, which never changes (see version.go). Its
// methods, and those of its plans, may be called by several goroutines.
type Program struct {
	*Tables
	lib      Library
	importer types.Importer // of what lib has

	live    map[string]*Decl       // by Decl key; a constant group under each of its names
	imports map[string]string      // local name to path
	dots    map[string]bool        // dot-imported paths
	blanks  map[string]bool        // paths imported for their effect alone
	owners  map[token.Pos]*Package // position of a struct field's name to the package whose name it is
	structs map[string]*Package    // unnamed struct types with unexported fields, by structKey, to their owner
	ran     map[string]*ranCell    // by cell source
	defs    map[string]definition  // of each variable, the step that gave it its value last
	lax     bool                   // errors may go unheard, as in Go

	reviving *group // what is planned although no cell holds it; see Revive
}

// Decl is one live top-level declaration.
type Decl struct {
	kind  token.Token // CONST, TYPE, FUNC or VAR
	names []string
	recv  string
	cell  *cell.Cell // where its text stands
	node  ast.Decl   // nil for a variable
	pos   token.Pos
	end   token.Pos
	fixed bool      // see cell.Decl
	lost  bool      // of a variable: its value went with a worker, and no cell has given it one since
	raw   *ForeignC // the generated file that declares it, for C's names
	sig   string    // of a function: its type as text

	home *Package // the package that defines it

	// uses holds the program's names that it uses. stub is, of a function that is not generic, the declaration without
	// its body, and shape the names that this uses: what the function does was checked once and is checked again only
	// when something it uses has changed.
	uses  map[string]bool
	stub  ast.Decl
	shape map[string]bool

	// Of a variable: its type when it was defined, and the same as syntax to check later cells with. When no text can name the
	// type, typeExpr is nil and witness an expression of the type.
	typ         types.Type
	typeExpr    ast.Expr
	witness     ast.Expr
	typeImports []string
}

func (d *Decl) key() string {
	if d.recv != "" {
		return d.recv + "." + d.names[0]
	}
	return d.names[0]
}

// Package is one emitted cell package.
type Package struct {
	// Path is derived from the package's text and everything the text depends on.
	Path string
	// LastLine is the line of the expression that the cell ends with; 0 without one.
	LastLine int
	// activate holds the keys of the functions that this package's version becomes current of when the cell runs.
	activate []string
}

// alias is the name under which other cells import the package.
func (p *Package) alias() string { return "ƐƐc_" + p.Path[len(PathPrefix):] }

// PathPrefix starts the path of every cell package.
const PathPrefix = "nb/"

// ranCell remembers what an executed cell was compiled to, and the declarations it was compiled against.
type ranCell struct {
	pkg     *Package
	uses    map[string]*Decl
	imports map[string]string
}

// New returns an empty program. salt is part of every package path; version is the language version, as "go1.26".
func New(lib Library, salt, version string) *Program {
	t := newTables(lib, salt, version)
	return &Program{Tables: t, lib: lib, importer: libraryImporter{lib, t},
		live: map[string]*Decl{}, imports: map[string]string{}, dots: map[string]bool{}, blanks: map[string]bool{}, owners: map[token.Pos]*Package{},
		structs: map[string]*Package{}, ran: map[string]*ranCell{}, defs: map[string]definition{}}
}

// Parse parses a cell into the program's position space; the error is of type cell.Errors.
func (p *Program) Parse(number int, source string) (*cell.Cell, error) {
	c, err := cell.Parse(p.fset, number, source)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addCell(c)
	return c, nil
}

// Unchanged returns the package that the same text was compiled to when everything that it uses is still what it was
// then; running that package again is running the cell again. Otherwise it returns nil.
func (p *Program) Unchanged(source string) *Package {
	r := p.ran[source]
	if r == nil {
		return nil
	}
	for k, d := range r.uses {
		if p.live[k] != d {
			return nil
		}
	}
	for name, path := range r.imports {
		if p.imports[name] != path || p.live[name] != nil {
			return nil
		}
	}
	return r.pkg
}

// Variables lists the names of the live variables, sorted, without those that are lost.
func (p *Program) Variables() []string {
	var names []string
	for k, d := range p.live {
		if d.kind == token.VAR && !d.lost {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

// sortedKeys makes generated text independent of map order: equal cells must have equal package paths.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// inTextOrder lists the live declarations by cell and position.
func (p *Program) inTextOrder() []string {
	keys := sortedKeys(p.live)
	slices.SortStableFunc(keys, func(a, b string) int { return int(p.live[a].pos - p.live[b].pos) })
	return keys
}

// List describes the live declarations, one a line, by kind and name.
func (p *Program) List() string {
	var sb strings.Builder
	for _, kind := range []token.Token{token.CONST, token.TYPE, token.FUNC, token.VAR} {
		for _, k := range sortedKeys(p.live) {
			d := p.live[k]
			if d.kind != kind || d.raw != nil || d.lost {
				continue
			}
			sb.WriteString(kind.String() + " " + k)
			if kind == token.VAR {
				sb.WriteString(" " + types.TypeString(d.typ, func(q *types.Package) string {
					if q.Path() == "main" {
						return ""
					}
					return q.Name()
				}))
			}
			sb.WriteString("\n")
		}
	}
	return sb.String()
}
