package program

import (
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"sync"

	"github.com/gonbml/gonbml/kernel/cell"
)

// Tables are what all versions of one session's program share: positions, imported packages, and
// what is known of cells and packages by their names. They are only added to, and only under names
// that are new, so that a version finds what it found before.
type Tables struct {
	salt    string
	version string // Go language version, "go1.26"
	fset    *token.FileSet

	// mu guards the fields below. It is held all the while that a cell is planned or committed, or
	// the program is written as a file; what only reads a version does not need it.
	mu       sync.Mutex
	archives types.Importer // reads archives of packages that the library has made known
	imported map[string]*types.Package
	cells    map[*token.File]*cell.Cell
	claimed  map[string]*Package // as Program.structs, of all packages that have been loaded, in whatever version
	packages map[string]*Package // by path
	foreignC map[*cell.Cell]*ForeignC
	frozen   map[*token.File]string // files of frozen variable types, to the variable
	takers   *ast.File              // see takersFile; made on first use
}

func newTables(lib Library, salt, version string) *Tables {
	return newTablesFor(token.NewFileSet(), lib, salt, version)
}

// newTablesFor is newTables for positions of a file set that is in use already.
func newTablesFor(fset *token.FileSet, lib Library, salt, version string) *Tables {
	t := &Tables{salt: salt, version: version, fset: fset, imported: map[string]*types.Package{},
		cells: map[*token.File]*cell.Cell{}, claimed: map[string]*Package{}, packages: map[string]*Package{},
		foreignC: map[*cell.Cell]*ForeignC{}, frozen: map[*token.File]string{}}
	t.archives = importer.ForCompiler(t.fset, "gc", lib.Export)
	return t
}

// addCell notes whose the files of a cell are.
func (t *Tables) addCell(c *cell.Cell) {
	for _, f := range c.Files() {
		t.cells[f] = c
	}
}

// libraryImporter imports packages that a library makes known. A package is imported once, through
// whichever library: two of the same path would have different types.
type libraryImporter struct {
	lib    Library
	tables *Tables
}

// Import implements types.Importer. The caller holds the tables' mu.
func (i libraryImporter) Import(path string) (*types.Package, error) {
	if pkg := i.tables.imported[path]; pkg != nil {
		return pkg, nil
	}
	if err := i.lib.Need(path); err != nil {
		return nil, err
	}
	pkg, err := i.tables.archives.Import(path)
	if err == nil {
		i.tables.imported[path] = pkg
	}
	return pkg, err
}
