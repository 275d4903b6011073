package build

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// source is the part of gonbml's own sources that workers and cells are built from. What linked and
// known packages are says userRoots.
type source struct {
	files  map[string][]byte // by path: go.mod, go.sum, and every file of the packages
	linked []string          // import paths of the linked packages, sorted
	known  map[string]string // import paths of the known packages, with their names
	// linkedHash is that of what the worker is built from, hash that of all files. A change to a
	// known package leaves the worker as it is, and with it the cells that do without the package.
	linkedHash, hash string
}

// readSource selects from the module's sources what a worker needs: the packages for users, the
// worker's host, and what they import. The kernel's own packages stay out, so that a change to them
// does not make everybody rebuild.
func readSource(fsys fs.FS) (*source, error) {
	if fsys == nil {
		return nil, errors.New("no sources were given")
	}
	s := &source{files: map[string][]byte{}, known: map[string]string{}}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		s.files[name] = data
	}
	forCells, err := packagesForCells(fsys)
	if err != nil {
		return nil, err
	}
	first := []string{hostPackage[len(self)+1:], runtimeDir}
	for _, dir := range linkedPackages {
		if forCells[dir] != "" {
			first = append(first, dir)
		}
	}
	seen := map[string]bool{}
	if err := s.addPackages(fsys, seen, first); err != nil {
		return nil, err
	}
	s.linkedHash = s.hashFiles()
	var known []string
	for dir, name := range forCells {
		if path := self + "/" + dir; seen[dir] {
			s.linked = append(s.linked, path)
		} else {
			s.known[path] = name
			known = append(known, dir)
		}
	}
	sort.Strings(s.linked)
	if err := s.addPackages(fsys, seen, known); err != nil {
		return nil, err
	}
	s.hash = s.hashFiles()
	return s, nil
}

// packagesForCells lists the folders of the packages that cells may import, with the packages'
// names.
func packagesForCells(fsys fs.FS) (map[string]string, error) {
	names := map[string]string{}
	for _, root := range userRoots {
		err := fs.WalkDir(fsys, root, func(dir string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !d.IsDir() {
				return err
			}
			if base := path.Base(dir); base == "testdata" || base == "internal" || base[0] == '.' || base[0] == '_' {
				return fs.SkipDir
			}
			if name := packageName(fsys, dir); name != "" && name != "main" && dir != runtimeDir {
				names[dir] = name
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// addPackages adds packages and all of this module that they import, but for those that seen has.
func (s *source) addPackages(fsys fs.FS, seen map[string]bool, dirs []string) error {
	queue := slices.Clone(dirs)
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		imports, err := s.addPackage(fsys, dir)
		if err != nil {
			return err
		}
		queue = append(queue, imports...)
	}
	return nil
}

// hashFiles identifies the files that were added so far.
func (s *source) hashFiles() string {
	h := newHasher("source 2")
	for _, name := range s.names() {
		h.text(name)
		h.text(string(s.files[name]))
	}
	return h.sum()
}

// addPackage adds the files of one package folder, and of folders below it that hold data and no Go code (what it may
// embed). It returns the folders of the module's packages that it imports.
func (s *source) addPackage(fsys fs.FS, dir string) (imports []string, err error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("package %s/%s: %w", self, dir, err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case strings.HasSuffix(e.Name(), "_test.go") || e.Name()[0] == '.':
		case e.IsDir():
			if e.Name() != "testdata" && !holdsGo(fsys, name) {
				if err := s.addTree(fsys, name); err != nil {
					return nil, err
				}
			}
		case e.Type().IsRegular():
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			s.files[name] = data
			if !strings.HasSuffix(name, ".go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
			if err != nil {
				return nil, err
			}
			for _, imp := range f.Imports {
				p, err := strconv.Unquote(imp.Path.Value)
				if err != nil {
					return nil, err
				}
				if rest, ok := strings.CutPrefix(p, self+"/"); ok {
					imports = append(imports, rest)
				}
			}
		}
	}
	return imports, nil
}

func (s *source) addTree(fsys fs.FS, dir string) error {
	return fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		s.files[name], err = fs.ReadFile(fsys, name)
		return err
	})
}

// names lists the files, sorted.
func (s *source) names() []string {
	list := make([]string, 0, len(s.files))
	for name := range s.files {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// dir is the folder of the cache into which extract writes the files.
func (s *source) dir(cacheDir string) string { return filepath.Join(cacheDir, "src", s.hash) }

// extract writes the files into the cache, once, and returns their folder.
func (s *source) extract(cacheDir string) (string, error) {
	dir := s.dir(cacheDir)
	if s.extracted(dir) {
		use(dir)
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	unlock, err := lock(context.Background(), filepath.Dir(dir)+".lock", func() {})
	if err != nil {
		return "", err
	}
	defer unlock()
	if s.extracted(dir) { // by another kernel
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil { // damaged, if it is there at all
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp) // does nothing after the rename
	for name, data := range s.files {
		if err := writeFile(filepath.Join(tmp, filepath.FromSlash(name)), data, 0o600); err != nil {
			return "", err
		}
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr != nil {
			return "", err
		}
	}
	return dir, nil
}

// extracted says whether the folder holds the files in full length.
func (s *source) extracted(dir string) bool {
	for name, data := range s.files {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || info.Size() != int64(len(data)) {
			return false
		}
	}
	return true
}

// packageName returns the name of the package in a folder, or "" if there is no Go code but tests.
func packageName(fsys fs.FS, dir string) string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		if f, err := parser.ParseFile(token.NewFileSet(), e.Name(), data, parser.PackageClauseOnly); err == nil {
			return f.Name.Name
		}
	}
	return ""
}

// holdsGo says whether there is a Go file in the folder or below.
func holdsGo(fsys fs.FS, dir string) bool {
	found := false
	fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
