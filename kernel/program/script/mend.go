package script

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// taker starts the names of the functions that a mended call is an argument of: ɛtake1 takes a
// value and an error, and returns the value.
const taker = "ɛtake"

// Most is how many results besides the error a call may have whose error is taken off.
const Most = 4

// Takers returns the file that declares the functions which mended calls are arguments of. It names
// nothing that is predeclared, since a session may give that another meaning.
func Takers(fset *token.FileSet) *ast.File {
	var sb strings.Builder
	sb.WriteString("package main\n")
	for n := 1; n <= Most; n++ {
		var typeParams, params, results, names []string
		for i := range n {
			typeParams = append(typeParams, fmt.Sprintf("T%d", i))
			params = append(params, fmt.Sprintf("p%d T%d", i, i))
			results = append(results, fmt.Sprintf("T%d", i))
			names = append(names, fmt.Sprintf("p%d", i))
		}
		fmt.Fprintf(&sb, "func %s%d[%s, E interface{}](%s, _ E) (%s) { return %s }\n", taker, n,
			strings.Join(typeParams, ", "), strings.Join(params, ", "), strings.Join(results, ", "), strings.Join(names, ", "))
	}
	f, err := parser.ParseFile(fset, "/takers", sb.String(), parser.SkipObjectResolution)
	if err != nil {
		panic(err) // the text is ours
	}
	return f
}

// Taken returns the call whose error is taken off by n, and how many values it returns without it.
// ok is false for any other node.
func Taken(n ast.Node) (call *ast.CallExpr, values int, ok bool) {
	outer, ok := n.(*ast.CallExpr)
	if !ok || len(outer.Args) != 1 {
		return nil, 0, false
	}
	id, ok := outer.Fun.(*ast.Ident)
	if !ok || !strings.HasPrefix(id.Name, taker) {
		return nil, 0, false
	}
	values, err := strconv.Atoi(id.Name[len(taker):])
	call, ok = ast.Unparen(outer.Args[0]).(*ast.CallExpr)
	return call, values, ok && err == nil
}

var takerCall = regexp.MustCompile(taker + `\d\(`)

// Plain takes the functions of mended calls out of a message.
func Plain(message string) string {
	for {
		at := takerCall.FindStringIndex(message)
		if at == nil {
			return message
		}
		depth, end := 1, at[1]
		for end < len(message) && depth > 0 {
			switch message[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
			end++
		}
		inner := message[at[1]:end]
		if depth == 0 {
			inner = inner[:len(inner)-1]
		}
		message = message[:at[0]] + inner + message[end:]
	}
}

// Mend makes calls that return an error, and stand where Go wants their other results alone,
// type-check: it makes each an argument of a function that takes the error off. What Go accepts
// stays as it is. check type-checks the roots again, after a change, together with what is around
// them, and returns the positions of the errors; info and errs are what it has found before.
func Mend(roots []ast.Node, info *types.Info, errs []token.Pos, check func() (*types.Info, []token.Pos)) {
	tried := map[*ast.CallExpr]bool{}
	for len(errs) > 0 {
		sure, open := wanted(info, roots)
		for _, w := range sure {
			w.mend()
		}
		if len(sure) > 0 {
			info, errs = check()
			continue
		}
		progress := false
		for _, w := range slices.Backward(open) {
			call := w.parent.(*ast.CallExpr)
			before := within(errs, call)
			if tried[w.call] || before == 0 {
				continue
			}
			tried[w.call] = true
			w.mend()
			if now, left := check(); within(left, call) < before {
				info, errs, progress = now, left, true
				break
			}
			w.undo()
			info, errs = check()
		}
		if !progress {
			return
		}
	}
}

// within counts the errors in a call's parentheses. One of the call itself stands where it begins.
func within(errs []token.Pos, call *ast.CallExpr) (count int) {
	for _, p := range errs {
		if call.Lparen <= p && p <= call.Rparen {
			count++
		}
	}
	return count
}

// want is a call that returns an error where that is not wanted.
type want struct {
	call   *ast.CallExpr
	values int      // that are wanted
	parent ast.Node // in which it stands, as x
	x      ast.Expr // the call, or the parentheses around it
	taken  ast.Expr
}

func (w *want) mend() {
	w.taken = &ast.CallExpr{Fun: &ast.Ident{NamePos: w.x.Pos(), Name: taker + strconv.Itoa(w.values)},
		Lparen: w.x.Pos(), Args: []ast.Expr{w.x}, Rparen: w.x.End() - 1}
	replace(w.parent, w.x, w.taken)
}

func (w *want) undo() { replace(w.parent, w.taken, w.x) }

// wanted finds the calls that return values and an error where Go does not allow that, and those of
// which Go may or may not: a single argument.
func wanted(info *types.Info, roots []ast.Node) (sure, open []*want) {
	for _, root := range roots {
		walk(root, func(n ast.Node, above []ast.Node) {
			call, ok := n.(*ast.CallExpr)
			if !ok || Results(info, call) < 2 {
				return
			}
			w := &want{call: call, values: Results(info, call) - 1, x: call}
			for i := len(above) - 1; i >= 0 && w.parent == nil; i-- {
				if p, ok := above[i].(*ast.ParenExpr); ok {
					w.x = p
				} else {
					w.parent = above[i]
				}
			}
			if w.parent == nil || w.values > Most {
				return
			}
			if _, _, taken := Taken(w.parent); taken {
				return
			}
			switch w.place(info) {
			case refused:
				sure = append(sure, w)
			case unclear:
				open = append(open, w)
			}
		})
	}
	return sure, open
}

// verdict is whether Go accepts all of a call's results in a place.
type verdict int

const (
	accepted verdict = iota // or refuses them for another reason
	refused
	unclear
)

func (w *want) place(info *types.Info) verdict {
	single := accepted
	if w.values == 1 {
		single = refused
	}
	assigned := func(values int, last ast.Expr) verdict {
		switch id, _ := last.(*ast.Ident); {
		case values > 1:
			return single
		case id != nil && id.Name == "err": // it is the error that is wanted
			return accepted
		}
		return refused
	}
	switch p := w.parent.(type) {
	case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt, *ast.ReturnStmt:
		return accepted
	case *ast.AssignStmt:
		switch {
		case p.Tok != token.ASSIGN && p.Tok != token.DEFINE:
			return single
		case len(p.Rhs) == 1 && len(p.Lhs) != w.values:
			return accepted
		}
		return assigned(len(p.Rhs), p.Lhs[len(p.Lhs)-1])
	case *ast.ValueSpec:
		if len(p.Values) == 1 && len(p.Names) != w.values {
			return accepted
		}
		return assigned(len(p.Values), p.Names[len(p.Names)-1])
	case *ast.CallExpr:
		if p.Fun != w.x && len(p.Args) == 1 && !p.Ellipsis.IsValid() && !info.Types[p.Fun].IsType() {
			return unclear
		}
	}
	return single
}

// replace puts one expression in the place of another, in the node that it is a part of.
func replace(parent ast.Node, old, now ast.Expr) {
	v := reflect.ValueOf(parent).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Interface:
			if f.CanSet() && f.Interface() == any(old) {
				f.Set(reflect.ValueOf(now))
			}
		case reflect.Slice:
			list, ok := f.Interface().([]ast.Expr)
			for i := range list {
				if ok && list[i] == old {
					list[i] = now
				}
			}
		}
	}
}
