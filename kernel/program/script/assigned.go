package script

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
)

// Assigned is an assignment of a call's results whose last one, an error, goes to a variable.
type Assigned struct {
	// Node is the assignment, or the specification of a variable.
	Node ast.Node
	Call *ast.CallExpr
	Var  *ast.Ident
	// End is where a statement can follow.
	End token.Pos
	// Cond is set instead for an assignment in the head of an if: the condition behind it.
	Cond ast.Expr
	// Read says that something in the cell may read the error before it is overwritten.
	Read bool
	// Once says that it stands in no loop.
	Once bool
}

// Errors returns the assignments of errors in a cell. Steps are its statements in the order in
// which they run, functions the functions that it declares; reads says of a variable whether a
// function of the session that the cell may call reads it.
func Errors(info *types.Info, steps, functions []ast.Node, reads func(types.Object) bool) (all []Assigned) {
	c := &reading{info: info, steps: steps, functions: functions, reads: reads}
	for i, s := range steps {
		walk(s, func(n ast.Node, above []ast.Node) {
			a, ok := assigned(info, n)
			if !ok {
				return
			}
			if a.End, ok = listed(n, above); !ok {
				if a.Cond = condition(info, n, above); a.Cond == nil {
					return
				}
			}
			a.Once = once(above)
			a.Read = c.readAfter(i, n, object(info, a.Var), above)
			all = append(all, a)
		})
	}
	return all
}

// Blanks returns the assignments outside of loops that give a call's values to variables and its
// error to nobody, x, _ := f(). Var is the blank.
func Blanks(info *types.Info, root ast.Node) (all []Assigned) {
	walk(root, func(n ast.Node, above []ast.Node) {
		s, ok := n.(*ast.AssignStmt)
		if !ok || len(s.Rhs) != 1 || len(s.Lhs) < 2 || !once(above) || len(above) > 0 && list(above[len(above)-1]) == nil {
			return
		}
		call, ok := ast.Unparen(s.Rhs[0]).(*ast.CallExpr)
		if !ok || Results(info, call) != len(s.Lhs) {
			return
		}
		blank := func(x ast.Expr) bool { id, ok := x.(*ast.Ident); return ok && id.Name == "_" }
		last := len(s.Lhs) - 1
		if blank(s.Lhs[last]) && !blank(s.Lhs[0]) {
			all = append(all, Assigned{Node: s, Call: call, Var: s.Lhs[last].(*ast.Ident), End: s.End(), Once: true})
		}
	})
	return all
}

// Jumps says whether any of the nodes has a goto.
func Jumps(nodes []ast.Node) bool {
	return slices.ContainsFunc(nodes, func(n ast.Node) bool { return contains(n, isGoto) })
}

// once says whether none of the nodes around a place is a loop.
func once(above []ast.Node) bool {
	return !slices.ContainsFunc(above, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		}
		return false
	})
}

// assigned takes an assignment apart that gives an error of a call to a variable.
func assigned(info *types.Info, n ast.Node) (a Assigned, ok bool) {
	var last, value ast.Expr
	count := 0
	switch s := n.(type) {
	case *ast.AssignStmt:
		if len(s.Rhs) != 1 || s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			return a, false
		}
		last, value, count = s.Lhs[len(s.Lhs)-1], s.Rhs[0], len(s.Lhs)
	case *ast.ValueSpec:
		if len(s.Values) != 1 {
			return a, false
		}
		last, value, count = s.Names[len(s.Names)-1], s.Values[0], len(s.Names)
	default:
		return a, false
	}
	id, isName := ast.Unparen(last).(*ast.Ident)
	call, isCall := ast.Unparen(value).(*ast.CallExpr)
	if !isName || !isCall || id.Name == "_" || Results(info, call) != count {
		return a, false
	}
	if o := object(info, id); o == nil || !IsError(o.Type()) {
		return a, false
	}
	if count == 1 && (sentinel.MatchString(id.Name) || makesError(info, call)) {
		return a, false // the error is the value that is wanted
	}
	return Assigned{Node: n, Call: call, Var: id}, true
}

// sentinel matches names that Go programs give to errors which are values for comparison.
var sentinel = regexp.MustCompile(`^[eE]rr\p{Lu}`)

// listed says whether a statement stands in a list of statements, so that another can follow it,
// and where.
func listed(n ast.Node, above []ast.Node) (end token.Pos, ok bool) {
	for i := len(above) - 1; i >= 0; i-- {
		switch p := above[i].(type) {
		case *ast.LabeledStmt, *ast.DeclStmt:
			n = p
		case *ast.GenDecl:
			if len(p.Specs) > 1 {
				return 0, false
			}
			n = p
		default:
			return n.End(), slices.ContainsFunc(list(p), func(s ast.Stmt) bool { return ast.Node(s) == n })
		}
	}
	return n.End(), true
}

// condition returns the condition behind a statement in the head of an if, if it is a plain bool.
func condition(info *types.Info, n ast.Node, above []ast.Node) ast.Expr {
	if len(above) == 0 {
		return nil
	}
	s, ok := above[len(above)-1].(*ast.IfStmt)
	if !ok || ast.Node(s.Init) != n {
		return nil
	}
	if t := info.TypeOf(s.Cond); t == nil || !types.Identical(types.Default(t), types.Typ[types.Bool]) {
		return nil
	}
	return s.Cond
}

// list returns the statements of a node that is a list of them.
func list(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

func object(info *types.Info, id *ast.Ident) types.Object {
	if o := info.Defs[id]; o != nil {
		return o
	}
	return info.Uses[id]
}

// reading finds out whether what is assigned to a variable is read. Where it is not certain, it is.
type reading struct {
	info      *types.Info
	steps     []ast.Node
	functions []ast.Node
	reads     func(types.Object) bool
}

// readAfter says whether a variable may be read after the assignment n, which stands in a step
// within the nodes above.
func (c *reading) readAfter(step int, n ast.Node, o types.Object, above []ast.Node) bool {
	if c.captured(o) || c.reads(o) {
		return true
	}
	if Jumps(c.steps) {
		return c.readIn(o, c.steps...)
	}
	top := c.steps[step]
	switch {
	case len(above) == 0:
	case contains(top, isBranch):
		// A break or continue may leave out what stands between.
		if c.readIn(o, top) {
			return true
		}
	default:
		if read, over := c.readWithin(n, o, above); over {
			return read
		}
	}
	for _, s := range c.steps[step+1:] {
		switch c.effect(s, o) {
		case reads:
			return true
		case writes:
			return false
		}
	}
	return false
}

// readWithin follows the statements behind n outwards. over says that the variable was read or
// overwritten there.
func (c *reading) readWithin(n ast.Node, o types.Object, above []ast.Node) (read, over bool) {
	for i := len(above) - 1; i >= 0; i-- {
		p := above[i]
		switch p := p.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			_, clause := n.(*ast.CaseClause)
			_, comm := n.(*ast.CommClause)
			if clause || comm {
				break
			}
			stmts := list(p)
			at := slices.IndexFunc(stmts, func(s ast.Stmt) bool { return ast.Node(s) == n })
			if at < 0 {
				return true, true
			}
			for _, s := range stmts[at+1:] {
				switch c.effect(s, o) {
				case reads:
					return true, true
				case writes:
					return false, true
				}
			}
		case *ast.ForStmt, *ast.RangeStmt:
			if c.readIn(o, p) {
				return true, true
			}
		case *ast.IfStmt:
			if n != ast.Node(p.Body) && n != ast.Node(p.Else) && c.readIn(o, p) {
				return true, true
			}
		case *ast.SwitchStmt:
			if n != ast.Node(p.Body) && c.readIn(o, p) {
				return true, true
			}
		case *ast.TypeSwitchStmt:
			if n != ast.Node(p.Body) && c.readIn(o, p) {
				return true, true
			}
		}
		n = p
	}
	return false, false
}

// captured says whether a function of the cell, with a name or without, uses the variable.
func (c *reading) captured(o types.Object) bool {
	for _, f := range c.functions {
		if c.mentions(f, o) {
			return true
		}
	}
	return slices.ContainsFunc(c.steps, func(n ast.Node) bool {
		return contains(n, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncLit)
			return ok && c.mentions(f, o)
		})
	})
}

// readIn says whether any of the nodes reads the variable anywhere.
func (c *reading) readIn(o types.Object, nodes ...ast.Node) bool {
	writes := map[*ast.Ident]bool{}
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.AssignStmt:
				for _, x := range s.Lhs {
					if id, ok := ast.Unparen(x).(*ast.Ident); ok && (s.Tok == token.ASSIGN || s.Tok == token.DEFINE) {
						writes[id] = true
					}
				}
			case *ast.RangeStmt:
				for _, x := range []ast.Expr{s.Key, s.Value} {
					if id, ok := x.(*ast.Ident); ok {
						writes[id] = true
					}
				}
			}
			return true
		})
	}
	return slices.ContainsFunc(nodes, func(n ast.Node) bool {
		return contains(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			return ok && c.info.Uses[id] == o && !writes[id]
		})
	})
}

func (c *reading) mentions(n ast.Node, o types.Object) bool {
	return contains(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && c.info.Uses[id] == o
	})
}

// contains says whether a node, or one within it, is of a kind.
func contains(n ast.Node, is func(ast.Node) bool) (found bool) {
	if n == nil {
		return false
	}
	ast.Inspect(n, func(n ast.Node) bool {
		found = found || n != nil && is(n)
		return !found
	})
	return found
}

func isGoto(n ast.Node) bool {
	b, ok := n.(*ast.BranchStmt)
	return ok && b.Tok == token.GOTO
}

func isBranch(n ast.Node) bool {
	_, ok := n.(*ast.BranchStmt)
	return ok
}
