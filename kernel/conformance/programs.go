package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Program is one file of the Go distribution's folder test.
type Program struct {
	// Name is the file's path below that folder, with slashes.
	Name string
	// Path is where the file lies.
	Path string
	Text string
}

// Programs lists, by name, the single-file programs below goroot/test whose first line is the
// action alone, as "// run" or "// errorcheck", and that need neither arguments, build tags, C, nor
// packages outside the standard library.
func Programs(goroot, action string) ([]Program, error) {
	root := filepath.Join(goroot, "test")
	var list []Program
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasSuffix(path, ".dir") { // parts of programs of several packages
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p := Program{Name: filepath.ToSlash(rel), Path: path, Text: string(data)}
		if p.action() == action && !constraint.MatchString(p.Text) && p.importsOnlyStd(goroot) {
			list = append(list, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the Go distribution's test programs: %w", err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("list the Go distribution's test programs: expected some with %q in %s; got none. Some distributions leave the folder out: install Go from go.dev", action, root)
	}
	return list, nil
}

// constraint matches lines that keep a file from being built everywhere.
var constraint = regexp.MustCompile(`(?m)^//\s*(\+build|go:build)`)

// action is the first line of the program, which tells Go's own test runner what to do with it.
func (p Program) action() string {
	line, _, _ := strings.Cut(p.Text, "\n")
	return strings.TrimSpace(line)
}

// importsOnlyStd says whether all imports are packages that any user of the toolchain at goroot may
// import. A file without a readable import section qualifies: in an errorcheck program it may be
// the point.
func (p Program) importsOnlyStd(goroot string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), p.Path, p.Text, parser.ImportsOnly)
	if err != nil {
		return true
	}
	return importsOnlyStd(goroot, f)
}

func importsOnlyStd(goroot string, f *ast.File) bool {
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, "\"`")
		if path == "unsafe" {
			continue
		}
		if path == "C" || hasElement(path, "internal") || hasElement(path, "vendor") {
			return false
		}
		if st, err := os.Stat(filepath.Join(goroot, "src", filepath.FromSlash(path))); err != nil || !st.IsDir() {
			return false
		}
	}
	return true
}

func hasElement(path, element string) bool {
	return strings.Contains("/"+path+"/", "/"+element+"/")
}

// wantOutput returns what the distribution says that the program prints, from the .out file beside
// it; "", false if there is none.
func (p Program) wantOutput() (string, bool) {
	data, err := os.ReadFile(strings.TrimSuffix(p.Path, ".go") + ".out")
	return string(data), err == nil
}
