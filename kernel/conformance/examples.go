package conformance

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// exampleCases makes the cases of mode examples: the standard library's examples that say what they
// print.
func exampleCases(t *Toolchain) ([]testCase, error) {
	list, err := ListExamples(t.GOROOT)
	if err != nil {
		return nil, err
	}
	var cases []testCase
	for _, x := range list {
		cases = append(cases, testCase{x.Name, func(ctx context.Context, s *Session) (Result, error) {
			remove, err := s.Fresh(ctx, x.Dir)
			if err != nil {
				return Result{}, err
			}
			defer remove()
			return verdict(x.differs(s.Run(ctx, x.Cells)), len(x.Cells)), nil
		}})
	}
	return cases, nil
}

// Example is an example of the standard library.
type Example struct {
	// Name is the package's path, the file's name if it is not example_test.go, and the function,
	// as in strings/ExampleBuilder or sort/example_wrapper_test.go/Example.
	Name string
	// Dir is the package's folder, in which the example runs.
	Dir string
	// Cells is what to run: the declarations that the example needs and itself, and a call of it.
	Cells []string
	// Output is what it prints; with Unordered, its lines in any order.
	Output    string
	Unordered bool
}

// ListExamples finds the examples below goroot/src that say what they print, in packages that users
// can import. Those are left out that use more than their own file, as only go test can build them.
func ListExamples(goroot string) ([]Example, error) {
	src := filepath.Join(goroot, "src")
	var list []Example
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains([]string{"cmd", "internal", "vendor", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasPrefix(d.Name(), "example") || !strings.HasSuffix(d.Name(), "_test.go") {
			return nil
		}
		found, err := readExamples(goroot, path, rel)
		list = append(list, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the standard library's examples: %w", err)
	}
	slices.SortFunc(list, func(a, b Example) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func readExamples(goroot, path, rel string) ([]Example, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, data, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	if constraint.Match(data) || !strings.HasSuffix(f.Name.Name, "_test") || !importsOnlyStd(goroot, f) {
		return nil, nil
	}
	var list []Example
	for _, x := range doc.Examples(f) {
		if x.Output == "" && !x.EmptyOutput {
			continue
		}
		var cells []string
		if cells, err = exampleCells(fset, f, string(data), x); err != nil {
			return nil, fmt.Errorf("%s: %w", rel, err)
		}
		if cells == nil {
			continue
		}
		name := filepath.ToSlash(filepath.Dir(rel))
		if file := filepath.Base(rel); file != "example_test.go" {
			name += "/" + file
		}
		list = append(list, Example{Name: name + "/Example" + x.Name, Dir: filepath.Dir(path), Cells: cells, Output: x.Output, Unordered: x.Unordered})
	}
	return list, nil
}

// exampleCells makes an example a cell: a program where it can be one by itself, as the
// documentation's Run button has it, and else its whole file and a call. It returns nil for an
// example that needs other files.
func exampleCells(fset *token.FileSet, f *ast.File, text string, x *doc.Example) ([]string, error) {
	if x.Play != nil {
		var buf bytes.Buffer
		if err := format.Node(&buf, fset, x.Play); err != nil {
			return nil, err
		}
		return []string{buf.String()}, nil
	}
	for _, name := range f.Unresolved {
		if !doc.IsPredeclared(name.Name) && !imported(f, name.Name) {
			return nil, nil
		}
	}
	return []string{text + "\nExample" + x.Name + "()\n"}, nil
}

// imported says whether a name can be that of a package that the file imports.
func imported(f *ast.File, name string) bool {
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, "\"`")
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && (path == name || strings.HasSuffix(path, "/"+name)) || strings.HasSuffix(path, "/"+name+"/v2") {
			return true
		}
	}
	return false
}

// differs says how the example's run is not as go test wants it.
func (x Example) differs(run Run) string {
	switch {
	case run.TimedOut:
		return "did not end in time" + after(run)
	case run.Lame != "":
		return run.Lame
	case run.Failure != nil:
		said := colours.ReplaceAllString(strings.Join(run.Failure.Traceback, " | "), "")
		return fmt.Sprintf("%s [%.600s]", run.Failure.Error(), said)
	case run.Shown != "":
		return fmt.Sprintf("showed %.200q, which the example does not", run.Shown)
	}
	got, want := strings.TrimSpace(run.Stdout), strings.TrimSpace(x.Output)
	if x.Unordered {
		got, want = sortedLines(got), sortedLines(want)
	}
	return textDiffers("standard output", got, want)
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
