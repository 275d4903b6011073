package main

import (
	"go/ast"
	"go/parser"
	"go/token"
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
	goFiles(t, func(file string) error {
		if strings.HasSuffix(file, "_test.go") {
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
}
