package cell

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// ofFunctions are the compiler's directives that stand before a function's declaration and nowhere
// else.
var ofFunctions = []string{"//go:noinline", "//go:nosplit", "//go:norace", "//go:noescape", "//go:nocheckptr",
	"//go:uintptrescapes", "//go:uintptrkeepalive", "//go:registerparams"}

// misplaced finds those that stand elsewhere. The compiler would complain about them, but it does
// not see all that stands between a cell's declarations.
func (c *Cell) misplaced(fset *token.FileSet, decls *ast.File, all []chunk) (errs Errors) {
	clause := 0 // the end of the package clause
	for _, k := range all {
		if k.kind == packageClause {
			clause = k.end
		}
	}
	for _, group := range decls.Comments {
		for _, comment := range group.List {
			verb, _, _ := strings.Cut(comment.Text, " ")
			if !slices.Contains(ofFunctions, verb) {
				continue
			}
			f := fset.File(comment.Pos())
			if c.Offset(f, comment.Pos()) >= clause && !lost(decls.Decls, comment.Pos()) {
				continue
			}
			line, col := c.Position(f, comment.Pos())
			errs = append(errs, Error{Cell: c, Line: line, Column: col, Message: "misplaced compiler directive"})
		}
	}
	return errs
}

// lost says whether what follows a place is not a function's declaration.
func lost(decls []ast.Decl, p token.Pos) bool {
	for _, d := range decls {
		if _, isFunc := d.(*ast.FuncDecl); d.End() >= p {
			return !isFunc || p >= d.Pos()
		}
	}
	return true
}
