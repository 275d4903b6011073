package build

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// Candidate is a package in the module cache.
type Candidate struct{ Path, Module, Version string }

// InModuleCache looks for packages with that name in the go command's module cache, of modules that
// the session does not have, in their latest versions there, that have all the exported members. Of
// several major versions of one it returns the latest. The best guess comes first.
func (b *Builder) InModuleCache(ctx context.Context, name string, members []string) (found []Candidate) {
	out, err := run(b.tools.command(ctx, b.opts.Env, b.module.dir, "env", "GOMODCACHE"), "go env")
	if err != nil {
		return nil
	}
	root := strings.TrimSpace(string(out))
	latest := map[string]Candidate{} // by path without major version
	filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil || !d.IsDir() {
			return nil
		}
		base := d.Name()
		if dir != root && (base == "internal" || base == "vendor" || base == "testdata" || base == "cmd" || base[0] == '.' || base[0] == '_') ||
			dir == filepath.Join(root, "cache") || strings.HasPrefix(base, "toolchain@") {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return nil
		}
		c, ok := candidate(filepath.ToSlash(rel))
		if !ok || !mayBeNamed(c.Path, name) || packageName(os.DirFS(dir), ".") != name || !exports(dir, members) {
			return nil
		}
		prefix, _, _ := modpath.SplitPathVersion(c.Module)
		key := prefix + strings.TrimPrefix(c.Path, c.Module)
		if old, known := latest[key]; !known || semver.Compare(c.Version, old.Version) > 0 {
			latest[key] = c
		}
		return nil
	})
	for _, c := range latest {
		found = append(found, c)
	}
	slices.SortFunc(found, func(a, b Candidate) int {
		if len(a.Path) != len(b.Path) {
			return len(a.Path) - len(b.Path)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return found
}

// candidate reads the path of a folder below the module cache, host/module@version/package.
func candidate(rel string) (c Candidate, ok bool) {
	mod, rest, ok := strings.Cut(rel, "@")
	if !ok {
		return c, false
	}
	version, sub, _ := strings.Cut(rest, "/")
	path, err1 := modpath.UnescapePath(mod)
	v, err2 := modpath.UnescapeVersion(version)
	if err1 != nil || err2 != nil || path == self {
		return c, false
	}
	c = Candidate{Path: path, Module: path, Version: v}
	if sub != "" {
		c.Path += "/" + sub
	}
	return c, true
}

// mayBeNamed says whether a package of that path could have that name, by the habits of those who
// name packages: to open the files of all would take long.
func mayBeNamed(path, name string) bool {
	for _, element := range lastElements(path) {
		element = strings.ToLower(element)
		if element == name || strings.TrimPrefix(element, "go-") == name || strings.TrimSuffix(element, "-go") == name ||
			strings.TrimSuffix(element, ".go") == name || strings.ReplaceAll(element, "-", "") == name || strings.ReplaceAll(element, "-", "_") == name {
			return true
		}
	}
	return false
}

// lastElements returns the last element of a path that is no major version, without one behind a
// dot.
func lastElements(path string) []string {
	prefix, _, ok := modpath.SplitPathVersion(path)
	if !ok {
		prefix = path
	}
	last := prefix[strings.LastIndexByte(prefix, '/')+1:]
	return []string{last, path[strings.LastIndexByte(path, '/')+1:]}
}

// exports says whether the Go files of a folder declare all the names.
func exports(dir string, names []string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	declared := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					declared[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						declared[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, id := range s.Names {
							declared[id.Name] = true
						}
					}
				}
			}
		}
	}
	return !slices.ContainsFunc(names, func(n string) bool { return !declared[n] })
}
