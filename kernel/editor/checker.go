package editor

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"runtime"
	"slices"

	"github.com/gonbml/gonbml/kernel/program/script"
)

// Packages gives access to compiled packages. Its methods may be called from any goroutine.
type Packages interface {
	// Need makes a package known. It fails if there is no such package.
	Need(path string) error
	// Export opens the archive of a known package.
	Export(path string) (io.ReadCloser, error)
	// ArchiveID identifies the content of the archive of a known package.
	ArchiveID(path string) string
	// Names maps the name of a package to the import paths of all packages of that name, best guess
	// first. The caller must not change it.
	Names() map[string][]string
}

// checker type-checks sheets. What it has read of imported packages it keeps until one of them is
// another.
type checker struct {
	packages Packages
	fset     *token.FileSet
	importer types.Importer
	read     map[string]string // imported paths, with what identifies their content
	files    []*token.File     // of the last check; the next one takes them out of fset
}

func newChecker(p Packages) *checker {
	c := &checker{packages: p}
	c.renew()
	return c
}

func (c *checker) renew() {
	c.fset, c.read = token.NewFileSet(), map[string]string{}
	c.importer = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if err := c.packages.Need(path); err != nil {
			return nil, err
		}
		return c.packages.Export(path)
	})
}

// Import implements types.Importer.
func (c *checker) Import(path string) (*types.Package, error) {
	pkg, err := c.importer.Import(path)
	if err == nil && path != "unsafe" {
		c.read[path] = c.packages.ArchiveID(path)
	}
	return pkg, err
}

// checkedSheet is a sheet with its types.
type checkedSheet struct {
	*sheet
	fset  *token.FileSet
	files map[string]*ast.File
	pkg   *types.Package
	info  *types.Info
	pos   token.Pos // of the cursor
}

// check type-checks a sheet. Errors in it are left out of account. The result is good until the
// next check.
func (c *checker) check(s *sheet) *checkedSheet {
	for _, f := range c.files {
		c.fset.RemoveFile(f)
	}
	c.files = nil
	stale := false
	for path, id := range c.read {
		stale = stale || c.packages.ArchiveID(path) != id
	}
	if stale {
		c.renew()
	}
	cs := &checkedSheet{sheet: s, fset: c.fset, files: map[string]*ast.File{}, info: newInfo()}
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		f, _ := parser.ParseFile(c.fset, name, s.files[name], parser.SkipObjectResolution|parser.ParseComments|parser.AllErrors)
		if f == nil {
			continue
		}
		cs.files[name] = f
		c.files = append(c.files, c.fset.File(f.FileStart))
		files = append(files, f)
	}
	roots := cs.script()
	if roots != nil {
		takers := script.Takers(c.fset)
		c.files = append(c.files, c.fset.File(takers.FileStart))
		files = append(files, takers)
	}
	errs := c.run(cs, files)
	script.Mend(roots, cs.info, errs, func() (*types.Info, []token.Pos) {
		cs.info = newInfo()
		errs := c.run(cs, files)
		return cs.info, errs
	})
	if f := cs.files[s.file]; f != nil {
		tf := c.fset.File(f.FileStart)
		cs.pos = tf.Pos(min(s.at, tf.Size()))
	}
	return cs
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{}, Implicits: map[ast.Node]types.Object{}}
}

// run type-checks a sheet's files, and returns the positions of the errors.
func (c *checker) run(cs *checkedSheet, files []*ast.File) (errs []token.Pos) {
	conf := types.Config{GoVersion: cs.view.Version, Importer: c, Sizes: types.SizesFor("gc", runtime.GOARCH), FakeImportC: true}
	conf.Error = func(err error) {
		var e types.Error
		if errors.As(err, &e) {
			errs = append(errs, e.Pos)
		}
	}
	cs.pkg, _ = conf.Check("main", c.fset, files, cs.info)
	return errs
}

// script returns the cell's own statements, if errors of theirs are heard.
func (cs *checkedSheet) script() (roots []ast.Node) {
	if !cs.view.Heeds || cs.layout.Main >= 0 {
		return nil
	}
	if f := cs.files[stmtFile]; f != nil {
		for _, d := range f.Decls {
			if run, ok := d.(*ast.FuncDecl); ok && run.Body != nil {
				roots = append(roots, run.Body)
			}
		}
	}
	for _, name := range []string{declFile, varFile} {
		if f := cs.files[name]; f != nil {
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
					roots = append(roots, g)
				}
			}
		}
	}
	return roots
}

// path returns the syntax around a position, innermost first.
func (cs *checkedSheet) path(pos token.Pos) (nodes []ast.Node) {
	f := cs.files[cs.sheet.file]
	if f == nil {
		return nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil || n.Pos() > pos || n.End() < pos {
			return false
		}
		nodes = append(nodes, n)
		return true
	})
	slices.Reverse(nodes)
	return nodes
}
