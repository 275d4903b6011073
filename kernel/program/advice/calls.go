package advice

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// arguments shows the function that is called with too many or too few arguments.
func (v *View) arguments(pos token.Pos) string {
	call := v.callAt(pos)
	if call == nil {
		return ""
	}
	t := v.Info.TypeOf(call.Fun)
	if t == nil {
		return ""
	}
	g, ok := t.Underlying().(*types.Signature)
	if !ok {
		return ""
	}
	name := v.text(call.Fun)
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		name = v.text(sel)
	}
	is := "it is func " + name + strings.TrimPrefix(v.typeText(g), "func")
	if there := calledAsIn(call.Fun); there != "" {
		is += "; " + there
	}
	return is
}

// callAt returns the innermost call of the cell that begins at or reaches to a position: the
// type checker complains of missing arguments at the closing parenthesis.
func (v *View) callAt(pos token.Pos) (call *ast.CallExpr) {
	visit := func(root ast.Node) {
		ast.Inspect(root, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && c.Pos() <= pos && pos <= c.End() && (c.Rparen == pos || c.Lparen < pos) {
				call = c
			}
			return n != nil
		})
	}
	for _, d := range v.Cell.Decls {
		visit(d.Node)
	}
	for _, s := range v.Cell.Steps {
		visit(s.Node())
	}
	return call
}

// results shows how the results of a call are taken.
func (v *View) results(path []ast.Node) string {
	left, right := v.assigned(path)
	if len(right) != 1 {
		return ""
	}
	if tuple, ok := v.Info.TypeOf(right[0]).(*types.Tuple); ok {
		return v.tuple(v.text(right[0]), tuple, left)
	}
	return "it returns one value"
}

// multiple shows how the results of a call are taken that stands where one value is wanted.
func (v *View) multiple(path []ast.Node) string {
	for _, n := range path {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if tuple, ok := v.Info.TypeOf(call).(*types.Tuple); ok {
			left, right := v.assigned(path)
			if len(right) != 1 || right[0] != ast.Expr(call) {
				left = nil
			}
			return v.tuple(v.text(call), tuple, left)
		}
	}
	return ""
}

// tuple shows how several results are taken, under the names given as far as they go.
func (v *View) tuple(text string, tuple *types.Tuple, given []string) string {
	if tuple.Len() == 0 {
		return "it returns nothing"
	}
	var names, parts []string
	for result := range tuple.Variables() {
		name := result.Name()
		isError := types.Identical(result.Type(), types.Universe.Lookup("error").Type())
		switch {
		case len(names) < len(given) && (isError || given[len(names)] != "err"):
			name = given[len(names)]
		case isError:
			name = "err"
		case name == "" || name == "_":
			name = "abcdefgh"[len(names)%8 : len(names)%8+1]
		}
		names = append(names, name)
		parts = append(parts, v.typeText(result.Type()))
	}
	return fmt.Sprintf("it returns (%s): %s := %s", strings.Join(parts, ", "), strings.Join(names, ", "), text)
}

// assigned returns the two sides of the innermost assignment or definition; of the left one only
// names.
func (v *View) assigned(path []ast.Node) (left []string, right []ast.Expr) {
	for _, n := range path {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				left = append(left, v.text(x))
			}
			return left, n.Rhs
		case *ast.ValueSpec:
			for _, id := range n.Names {
				left = append(left, id.Name)
			}
			return left, n.Values
		case *ast.BlockStmt, *ast.CallExpr:
			if _, call := n.(*ast.CallExpr); !call {
				return nil, nil
			}
		}
	}
	return nil, nil
}

// missingReturn tells what the function around a position has to return.
func (v *View) missingReturn(path []ast.Node) string {
	for _, n := range path {
		var t *ast.FuncType
		switch n := n.(type) {
		case *ast.FuncDecl:
			t = n.Type
		case *ast.FuncLit:
			t = n.Type
		default:
			continue
		}
		if t.Results != nil {
			return fmt.Sprintf("the function returns %s: each way through it must end with a return, or a panic", v.text(t.Results))
		}
	}
	return ""
}

// nonFunction says how a value that is no function is used.
func (v *View) nonFunction(path []ast.Node) string {
	for _, n := range path {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		t := v.Info.TypeOf(call.Fun)
		if t == nil {
			return ""
		}
		text := v.text(call.Fun)
		switch t.Underlying().(type) {
		case *types.Slice, *types.Array, *types.Map:
			return fmt.Sprintf("an element is %s[i]", text)
		}
		if len(call.Args) == 0 {
			return fmt.Sprintf("it is a value: %s without parentheses", text)
		}
		return ""
	}
	return ""
}
