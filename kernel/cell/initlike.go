package cell

import (
	"go/ast"
	"go/token"
	"strings"
)

// initPrefix starts the names of functions that GoNB runs as init functions: a session has many of
// them, where it can have one function of a name only.
const initPrefix = "init_"

// callInitLike adds a step for each function of the cell whose name starts with init_ and which has
// neither parameters nor results. One that the cell mentions elsewhere is left to the cell to call.
func (c *Cell) callInitLike(fset *token.FileSet, at map[*Step]int, files ...*ast.File) {
	var names []*ast.Ident
	for _, d := range c.Decls {
		f, ok := d.Node.(*ast.FuncDecl)
		if !ok || f.Recv != nil || f.Body == nil || f.Type.TypeParams != nil || !strings.HasPrefix(f.Name.Name, initPrefix) {
			continue
		}
		if f.Type.Params.NumFields() == 0 && f.Type.Results.NumFields() == 0 {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	mentioned := map[string]int{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				mentioned[id.Name]++
			}
			return true
		})
	}
	for _, id := range names {
		if mentioned[id.Name] == 1 {
			c.addStep(fset, &Step{Call: id}, id.Pos(), at)
		}
	}
}
