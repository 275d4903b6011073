// Package script finds where a cell's own statements leave an error unheard: calls whose results
// nobody takes, errors that nothing reads, and calls that return an error where a value alone is
// wanted. It owns the rules of what counts as unheard, and how a call of the last kind is made one
// that type-checks (see Mend). It does not own what becomes of the errors, and knows only syntax
// and types: neither sessions nor cells.
//
// Functions and function literals are no part of a script: in them Go's own rules hold.
package script

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// Bare returns the calls that are statements of their own and whose last result is an error, except
// those that cannot fail.
func Bare(info *types.Info, root ast.Node) (calls []*ast.CallExpr) {
	walk(root, func(n ast.Node, _ []ast.Node) {
		s, ok := n.(*ast.ExprStmt)
		if !ok {
			return
		}
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok && Results(info, call) > 0 && !cannotFail(info, call) {
			calls = append(calls, call)
		}
	})
	return calls
}

// Results returns how many results a call has if the last one is an error, and otherwise 0.
func Results(info *types.Info, call *ast.CallExpr) int {
	tv := info.Types[call]
	if tv.Type == nil || tv.IsType() || info.Types[call.Fun].IsType() {
		return 0
	}
	if _, _, taken := Taken(call); taken {
		return 0
	}
	tuple, ok := tv.Type.(*types.Tuple)
	switch {
	case !ok && IsError(tv.Type):
		return 1
	case ok && tuple.Len() > 0 && IsError(tuple.At(tuple.Len()-1).Type()):
		return tuple.Len()
	}
	return 0
}

var errorInterface = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// IsError says whether a type is error, or another interface that has its method.
func IsError(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	return types.IsInterface(t) && types.Implements(t, errorInterface)
}

// Name is what a call is called in a message: the name of the function, or of the method.
func Name(call *ast.CallExpr) string {
	x := call.Fun
	for {
		switch f := x.(type) {
		case *ast.ParenExpr:
			x = f.X
		case *ast.IndexExpr:
			x = f.X
		case *ast.IndexListExpr:
			x = f.X
		case *ast.CallExpr:
			x = f.Fun
		case *ast.SelectorExpr:
			return f.Sel.Name
		case *ast.Ident:
			return f.Name
		default:
			return "the function"
		}
	}
}

// Place is where a call stands in a chain of calls, which may go over several lines: where its name
// does.
func Place(call *ast.CallExpr) token.Pos {
	if s, ok := function(call).(*ast.SelectorExpr); ok {
		return s.Sel.Pos()
	}
	return call.Pos()
}

// function is what a call calls, without parentheses and type arguments around it.
func function(call *ast.CallExpr) ast.Expr {
	x := ast.Unparen(call.Fun)
	switch i := x.(type) {
	case *ast.IndexExpr:
		return i.X
	case *ast.IndexListExpr:
		return i.X
	}
	return x
}

// callee returns the function or method that a call calls by its name; nil if it calls a value.
func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch x := function(call).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	f, _ := info.Uses[id].(*types.Func)
	return f
}

// cannotFail says whether a call returns an error only because an interface demands one: it prints
// to the cell, or writes to memory.
func cannotFail(info *types.Info, call *ast.CallExpr) bool {
	f := callee(info, call)
	if f == nil || f.Pkg() == nil {
		return false
	}
	if f.Pkg().Path() == "fmt" && f.Signature().Recv() == nil {
		if strings.HasPrefix(f.Name(), "Print") {
			return true
		}
		return strings.HasPrefix(f.Name(), "Fprint") && len(call.Args) > 0 && takesAll(info, call.Args[0])
	}
	if s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.Signature().Recv() != nil {
		return strings.HasPrefix(f.Name(), "Write") && takesAll(info, s.X)
	}
	return f.Pkg().Path() == "io" && f.Name() == "WriteString" && len(call.Args) > 0 && takesAll(info, call.Args[0])
}

// takesAll says whether writing to x cannot fail.
func takesAll(info *types.Info, x ast.Expr) bool {
	if s, ok := ast.Unparen(x).(*ast.SelectorExpr); ok {
		if v, ok := info.Uses[s.Sel].(*types.Var); ok && v.Pkg() != nil && v.Pkg().Path() == "os" && (v.Name() == "Stdout" || v.Name() == "Stderr") {
			return true
		}
	}
	t := info.TypeOf(x)
	if t == nil {
		return false
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch in := named.Obj().Pkg().Path(); in + "." + named.Obj().Name() {
	case "bytes.Buffer", "strings.Builder", "hash/maphash.Hash":
		return true
	default:
		return in == "hash"
	}
}

// makesError says whether a call whose only result is an error makes one, rather than doing
// something that may fail: errors.New, fmt.Errorf, a function called NewX or xError, a context's
// Err.
func makesError(info *types.Info, call *ast.CallExpr) bool {
	f := callee(info, call)
	if f == nil {
		return false
	}
	if f.Pkg() != nil && path.Base(f.Pkg().Path()) == "errors" {
		return true
	}
	switch name := strings.ToLower(f.Name()); name {
	case "unwrap", "cause", "wrap", "wrapf":
		return true
	default:
		return strings.HasPrefix(name, "new") || strings.Contains(name, "err")
	}
}

// walk visits the nodes of a script, with the nodes around each, outermost first. It does not enter
// function literals.
func walk(root ast.Node, visit func(n ast.Node, above []ast.Node)) {
	var above []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			above = above[:len(above)-1]
			return false
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		visit(n, above)
		above = append(above, n)
		return true
	})
}
