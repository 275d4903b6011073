package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// capitals finds a capital within a sentence, and the lack of one at the beginning of a second
// sentence.
var capitals = regexp.MustCompile(`(?:^|[^.?! ] )Expected .*|[.?!] (?:expected|got) .*`)

// TestErrorTextsBeginAlike keeps a rule of CONTRIBUTING.md: errors begin with a small letter, since
// there is always something in front of them, and what follows a full stop begins with a capital.
func TestErrorTextsBeginAlike(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() {
			if file != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(literal.Value)
			if wrong := capitals.FindString(text); wrong != "" {
				t.Errorf("%s: %q: see the rule for error texts in CONTRIBUTING.md", fset.Position(literal.Pos()), wrong)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
