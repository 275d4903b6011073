// Package knots finds out which files of a package need one another. A reader can take in a file
// whose needs lie below it; files that all need each other, a knot, must be read at once.
//
// It owns the reading of references. It doesn't own any rule about them: how the files of a package
// may refer to one another is drawn in docs/design.md, and a test at the root of the module
// compares the two.
package knots

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// A Package is the files of one package, without its tests, as this platform compiles them.
type Package struct {
	Path  string
	Files []string
	// Uses tells, by file and by the file it refers to, through which names it does so. References
	// of a file to itself are left out.
	Uses map[string]map[string][]string
}

// References is the number of pairs of files of which the first refers to the second.
func (p *Package) References() int {
	n := 0
	for _, to := range p.Uses {
		n += len(to)
	}
	return n
}

// Read type-checks the packages that the patterns name, as the go command does in dir. Packages
// that they import are taken from the build cache, so the first reading may have to compile them.
func Read(dir string, patterns ...string) ([]*Package, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,Export,DepOnly"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	var listed []entry
	exports := map[string]string{}
	for dec := json.NewDecoder(out); ; {
		var e entry
		if err := dec.Decode(&e); err != nil {
			if !errors.Is(err, io.EOF) {
				cmd.Process.Kill()
				cmd.Wait()
				return nil, fmt.Errorf("list packages: %w", err)
			}
			break
		}
		exports[e.ImportPath] = e.Export
		if !e.DepOnly {
			listed = append(listed, e)
		}
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}

	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("expected compiled package %s. Got none", path)
		}
		return os.Open(exports[path])
	})
	var packages []*Package
	for _, e := range listed {
		p, err := e.read(fset, imports)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", e.ImportPath, err)
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// entry is what go list says of a package.
type entry struct {
	ImportPath, Dir   string
	GoFiles, CgoFiles []string
	Export            string
	DepOnly           bool
}

func (e entry) read(fset *token.FileSet, imports types.Importer) (*Package, error) {
	p := &Package{Path: e.ImportPath, Files: slices.Sorted(slices.Values(append(e.GoFiles, e.CgoFiles...))),
		Uses: map[string]map[string][]string{}}
	var files []*ast.File
	for _, name := range p.Files {
		f, err := parser.ParseFile(fset, filepath.Join(e.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: imports, FakeImportC: true}
	pkg, err := conf.Check(e.ImportPath, fset, files, &info)
	if err != nil {
		return nil, err
	}
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !obj.Pos().IsValid() {
			continue
		}
		from, to := filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(obj.Pos()).Filename)
		if from == to {
			continue
		}
		if p.Uses[from] == nil {
			p.Uses[from] = map[string][]string{}
		}
		if !slices.Contains(p.Uses[from][to], obj.Name()) {
			p.Uses[from][to] = append(p.Uses[from][to], obj.Name())
		}
	}
	for _, uses := range p.Uses {
		for _, names := range uses {
			slices.Sort(names)
		}
	}
	return p, nil
}
