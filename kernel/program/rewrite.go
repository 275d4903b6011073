package program

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/program/script"
)

// rewrite records the edits that a node of the user's text needs in its package.
func (e *emitter) rewrite(root ast.Node) {
	var above []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			above = above[:len(above)-1]
			return false
		}
		if e.skip[n] {
			return false
		}
		e.assignable(n, above)
		if !e.visit(n) {
			return false
		}
		above = append(above, n)
		return true
	})
}

// visit edits one node and says whether its children want a visit.
func (e *emitter) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StructType:
		if s := e.canonical[n]; s != "" {
			e.ed.replace(n.Pos(), n.End(), s)
			return false
		}
	case *ast.GenDecl:
		e.repetitions(n)
	case *ast.Ident:
		e.ident(n)
	case *ast.SelectorExpr:
		e.selector(n)
	case *ast.CompositeLit:
		e.literal(n)
	case *ast.CallExpr:
		return e.call(n)
	case *ast.ForStmt:
		e.check(n.Body)
	case *ast.RangeStmt:
		e.check(n.Body)
		e.rangeOverArray(n)
	case *ast.FuncLit:
		if e.calls(n.Body) && !e.defersRecover(n.Body) {
			e.check(n.Body)
		}
	case *ast.GoStmt:
		e.goStmt(n)
	case *ast.TypeAssertExpr:
		e.assertion(n)
	case *ast.TypeSwitchStmt:
		e.typeSwitch(n)
	case *ast.SwitchStmt:
		if n.Tag != nil && e.hasMethods(n.Tag) {
			e.ed.wrap(n.Tag.Pos(), n.Tag.End(), anyOpen, ")")
		}
	case *ast.BinaryExpr:
		e.comparison(n)
	case *ast.FuncDecl:
		e.funcDecl(n)
	case *ast.InterfaceType:
		for _, f := range n.Methods.List {
			for _, id := range f.Names {
				if !id.IsExported() && id.Name != "_" {
					e.ed.replace(id.Pos(), id.End(), "Ɛ"+id.Name)
				}
			}
		}
	}
	return true
}

// check puts an interrupt check at the head of a loop or function.
func (e *emitter) check(body *ast.BlockStmt) { e.ed.after(body.Lbrace+1, "ƐƐR.Check();") }

// calls says whether a function's body calls anything that could, in the end, be the function itself.
func (e *emitter) calls(body *ast.BlockStmt) (yes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			tv := e.ck.info.Types[c.Fun]
			yes = yes || !tv.IsType() && !tv.IsBuiltin()
		}
		return !yes
	})
	return yes
}

// defersRecover says whether a function defers the builtin recover itself, which stops a panic or not depending on what
// the compiler inlines beside it.
func (e *emitter) defersRecover(body *ast.BlockStmt) (yes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && e.ck.info.Types[d.Call.Fun].IsBuiltin() {
			yes = true
		}
		return !yes
	})
	return yes
}

// rangeOverArray keeps Go's rule that ranging over an array without using its elements does not evaluate it; the reference
// that a foreign variable becomes would be evaluated.
func (e *emitter) rangeOverArray(n *ast.RangeStmt) {
	if n.Value != nil || !e.usesForeign(n.X) || e.evaluates(n.X) {
		return
	}
	t := e.ck.info.Types[n.X].Type.Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	if a, ok := t.(*types.Array); ok {
		e.ed.replace(n.X.Pos(), n.X.End(), strconv.FormatInt(a.Len(), 10))
		e.skip[n.X] = true
	}
}

// evaluates says whether an expression calls functions or receives from channels.
func (e *emitter) evaluates(x ast.Expr) (yes bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			yes = yes || !e.ck.info.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			yes = yes || n.Op == token.ARROW
		}
		return !yes
	})
	return yes
}

func (e *emitter) funcDecl(n *ast.FuncDecl) {
	if n.Recv == nil {
		if o := e.ck.info.Defs[n.Name]; o != nil && n.Name.IsExported() {
			e.ed.replace(n.Name.Pos(), n.Name.End(), inner(o))
		}
		e.skip[n.Name] = true
	} else if !n.Name.IsExported() && n.Name.Name != "_" {
		e.ed.replace(n.Name.Pos(), n.Name.End(), "Ɛ"+n.Name.Name)
		e.skip[n.Name] = true
	}
}

func (e *emitter) ident(id *ast.Ident) {
	o := e.ck.info.Uses[id]
	if o == nil {
		// The name of a variable that is defined here but lives elsewhere.
		if v, ok := e.ck.info.Defs[id].(*types.Var); !ok || !e.ck.global(v) {
			return
		}
		o = e.ck.info.Defs[id]
	}
	e.replaceBy(id, o)
}

// replaceBy writes an identifier as what the object that it means is called in the package.
func (e *emitter) replaceBy(id *ast.Ident, o types.Object) {
	if pn, ok := o.(*types.PkgName); ok {
		e.imports[pn.Name()] = pn.Imported().Path()
		return
	}
	if o.Pkg() == nil {
		return
	}
	if o.Pkg() != e.ck.pkg {
		if o.Parent() == o.Pkg().Scope() { // a dot import
			e.spelled[o.Pkg().Path()] = true
			e.ed.replace(id.Pos(), id.End(), importAlias(o.Pkg().Path())+"."+id.Name)
		}
		return
	}
	if !e.ck.global(o) {
		return
	}
	name, old := e.nameOf(o)
	h := e.homeOf(name)
	if old {
		h = e.p.live[name].home
	}
	text := inner(o)
	if h != e.cur {
		if text = e.reference(o, name, h); text == "" {
			return
		}
	} else if text == id.Name {
		return
	}
	e.ed.replace(id.Pos(), id.Pos()+token.Pos(len(name)), text)
}

// nameOf returns the user's name of an object, and whether it is the variable that the cell replaces by a new one.
func (e *emitter) nameOf(o types.Object) (name string, old bool) {
	if n := o.Name(); len(n) > len(oldPrefix) && n[:len(oldPrefix)] == oldPrefix {
		return n[len(oldPrefix):], true
	}
	return o.Name(), false
}

// call edits calls that are conversions, and replaces those that are constants: len of an array or unsafe.Sizeof of a
// field is one, but the reference that a foreign variable becomes is not constant.
func (e *emitter) call(n *ast.CallExpr) bool {
	if call, values, ok := script.Taken(n); ok {
		e.take(call, values)
		return true
	}
	tv := e.ck.info.Types[n]
	if tv.Value != nil && tv.Value.Kind() == constant.Int && !e.ck.info.Types[n.Fun].IsType() && e.usesForeign(n) {
		e.ed.replace(n.Pos(), n.End(), e.spell(tv.Type)+"("+tv.Value.ExactString()+")")
		return false
	}
	e.conversion(n)
	e.printing(n)
	e.registering(n)
	return true
}

// printing makes fmt.Print and its kin print to what the run-time support says, so that the text of a goroutine whose cell
// has ended appears under that cell.
func (e *emitter) printing(n *ast.CallExpr) {
	s, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	f, ok := e.ck.info.Uses[s.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "fmt" || f.Name() != "Print" && f.Name() != "Printf" && f.Name() != "Println" {
		return
	}
	several := false // fmt.Println(f()) takes no further argument
	if len(n.Args) == 1 {
		_, several = e.ck.info.Types[n.Args[0]].Type.(*types.Tuple)
	}
	if several && f.Name() == "Printf" {
		return // the format is one of the values
	}
	e.ed.replace(s.Sel.Pos(), s.Sel.End(), "F"+strings.ToLower(f.Name()[:1])+f.Name()[1:])
	first := "ƐƐR.Stdout()"
	if len(n.Args) > 0 {
		first += ", "
	}
	if several {
		first += "ƐƐR.List("
		e.ed.after(n.Args[0].End(), ")...")
	}
	e.ed.after(n.Lparen+1, first)
}

// usesForeign says whether an expression uses a variable or an unexported field of another cell.
func (e *emitter) usesForeign(x ast.Expr) (yes bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			o := e.ck.info.Uses[n]
			if _, ok := o.(*types.Var); ok && e.ck.global(o) && e.homeOf(o.Name()) != e.cur {
				yes = true
			}
		case *ast.SelectorExpr:
			if sel := e.ck.info.Selections[n]; sel != nil && sel.Kind() == types.FieldVal {
				f := sel.Obj().(*types.Var)
				if f.Pkg() == e.ck.pkg && !f.Exported() && e.p.owners[f.Origin().Pos()] != nil {
					yes = true
				}
			}
		}
		return !yes
	})
	return yes
}
