package advice

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// unusedValue tells what can be done with the value of an expression.
func (v *View) unusedValue(path []ast.Node) string {
	for _, n := range path {
		if s, ok := n.(*ast.ExprStmt); ok {
			x := ast.Unparen(s.X)
			t := v.Info.TypeOf(x)
			if b, ok := x.(*ast.BinaryExpr); ok && b.Op == token.EQL {
				return fmt.Sprintf("== compares; assign with %s = %s", v.text(b.X), v.text(b.Y))
			}
			if t != nil {
				if _, ok := t.Underlying().(*types.Signature); ok {
					return fmt.Sprintf("a function is called with parentheses: %s()", v.text(x))
				}
			}
			return fmt.Sprintf("only the last line of a cell shows its value; else assign it, v := %s, or print it, fmt.Println(%s)", v.text(x), v.text(x))
		}
	}
	return ""
}

// condition says how a value becomes a condition.
func (v *View) condition(path []ast.Node) string {
	for _, n := range path {
		x, ok := n.(ast.Expr)
		if !ok {
			continue
		}
		if len(path) > 1 {
			if outer := expressionAt(x.Pos(), path); outer != nil {
				x = outer
			}
		}
		t := v.Info.TypeOf(x)
		if t == nil {
			return ""
		}
		text := v.text(x)
		switch u := t.Underlying().(type) {
		case *types.Basic:
			if u.Info()&types.IsString != 0 {
				return fmt.Sprintf("compare it: %s != \"\"", text)
			}
			return fmt.Sprintf("compare it: %s != 0", text)
		case *types.Slice, *types.Map, *types.Array:
			return fmt.Sprintf("compare its length: len(%s) > 0", text)
		case *types.Pointer, *types.Interface, *types.Chan, *types.Signature:
			return fmt.Sprintf("compare it: %s != nil", text)
		}
		return ""
	}
	return ""
}

// compare says what serves in place of a comparison that Go does not have.
func (v *View) compare(path []ast.Node) string {
	for _, n := range path {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			continue
		}
		t := v.Info.TypeOf(b.X)
		if t == nil {
			return ""
		}
		switch t.Underlying().(type) {
		case *types.Slice:
			return fmt.Sprintf("slices.Equal(%s, %s) compares the elements", v.text(b.X), v.text(b.Y))
		case *types.Map:
			return fmt.Sprintf("maps.Equal(%s, %s) compares the entries", v.text(b.X), v.text(b.Y))
		}
		return fmt.Sprintf("reflect.DeepEqual(%s, %s) compares all that they hold", v.text(b.X), v.text(b.Y))
	}
	return ""
}
