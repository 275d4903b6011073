package advice

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"runtime"
	"strconv"
	"strings"
)

// conversion says how a value becomes one of the type that is wanted.
func (v *View) conversion(want string, pos token.Pos, path []ast.Node) string {
	x := expressionAt(pos, path)
	to := v.target(want)
	if x == nil || to == nil {
		return ""
	}
	return v.convert(x, to)
}

// convert says how an expression becomes one of a type.
func (v *View) convert(x ast.Expr, to types.Type) string {
	from := v.Info.TypeOf(x)
	if from == nil {
		return ""
	}
	text := v.text(x)
	if tuple, ok := from.(*types.Tuple); ok {
		if tuple.Len() > 1 {
			return v.tuple(text, tuple, nil)
		}
		return ""
	}
	is := func(t types.Type, info types.BasicInfo) bool {
		b, ok := t.Underlying().(*types.Basic)
		return ok && b.Info()&info != 0
	}
	name := v.typeText(to)
	if strings.HasPrefix(name, "*") || strings.HasPrefix(name, "<-") || strings.HasPrefix(name, "func") {
		name = "(" + name + ")"
	}
	switch {
	case isCharacter(from) && is(to, types.IsString):
		if c := v.constantOf(x); c != nil {
			if n, ok := constant.Int64Val(constant.ToInt(c)); ok {
				return "text stands in double quotes: " + strconv.Quote(string(rune(n)))
			}
		}
		return fmt.Sprintf("make it text: string(%s)", text)
	case is(from, types.IsString) && isCharacter(to):
		if c := v.constantOf(x); c != nil {
			if r := []rune(constant.StringVal(c)); len(r) == 1 {
				return "a single character stands in single quotes: " + strconv.QuoteRune(r[0])
			}
		}
		return fmt.Sprintf("take a character of it: %s[0] is a byte, []rune(%s)[0] a rune", text, text)
	case v.constantOf(x) != nil && is(from, types.IsNumeric) && is(to, types.IsInteger):
		return v.constantRange(x, to)
	case is(from, types.IsNumeric) && is(to, types.IsNumeric):
		return fmt.Sprintf("convert it: %s(%s)", name, text)
	case is(from, types.IsInteger) && is(to, types.IsString):
		if v.constantOf(x) != nil {
			return fmt.Sprintf("write it as text: \"%s\"", text)
		}
		if from.Underlying() != types.Typ[types.Int] {
			return fmt.Sprintf("write it as text: fmt.Sprint(%s)", text)
		}
		return fmt.Sprintf("write it as text: strconv.Itoa(%s), or fmt.Sprint(%s)", text, text)
	case is(from, types.IsNumeric|types.IsBoolean) && is(to, types.IsString):
		return fmt.Sprintf("write it as text: fmt.Sprint(%s)", text)
	case is(from, types.IsString) && is(to, types.IsInteger):
		return fmt.Sprintf("read it as a number: n, err := strconv.Atoi(%s)", text)
	case is(from, types.IsString) && is(to, types.IsFloat):
		return fmt.Sprintf("read it as a number: x, err := strconv.ParseFloat(%s, 64)", text)
	case is(from, types.IsString) && is(to, types.IsBoolean):
		return fmt.Sprintf("compare it: %s != \"\"", text)
	case is(from, types.IsNumeric) && is(to, types.IsBoolean):
		return fmt.Sprintf("compare it: %s != 0", text)
	}
	if p, ok := to.Underlying().(*types.Pointer); ok && types.Identical(p.Elem(), from) {
		return fmt.Sprintf("take its address: &%s", text)
	}
	if p, ok := from.Underlying().(*types.Pointer); ok && types.AssignableTo(p.Elem(), to) {
		return fmt.Sprintf("take what it points to: *%s", text)
	}
	if s, ok := to.Underlying().(*types.Slice); ok && types.Identical(s.Elem(), from) {
		return fmt.Sprintf("make a slice of it: %s{%s}", v.typeText(to), text)
	}
	if s, ok := from.Underlying().(*types.Slice); ok {
		if d, ok := to.Underlying().(*types.Slice); ok && !types.ConvertibleTo(from, to) && types.ConvertibleTo(s.Elem(), d.Elem()) {
			return "slices are converted element by element, in a loop"
		}
		if types.AssignableTo(s.Elem(), to) {
			return fmt.Sprintf("take one of its elements, %s[0], or in a call all of them, %s...", text, text)
		}
	}
	if g, ok := from.Underlying().(*types.Signature); ok && g.Params().Len() == 0 && g.Results().Len() == 1 && types.AssignableTo(g.Results().At(0).Type(), to) {
		return fmt.Sprintf("call it: %s()", text)
	}
	if i, ok := to.Underlying().(*types.Interface); ok && !types.IsInterface(from) {
		if types.Implements(types.NewPointer(from), i) {
			return fmt.Sprintf("the methods are declared for a pointer: &%s", text)
		}
		return ""
	}
	if types.IsInterface(from) && !types.IsInterface(to) {
		return fmt.Sprintf("say what it holds: v, ok := %s.(%s)", text, v.typeText(to))
	}
	if types.ConvertibleTo(from, to) {
		return fmt.Sprintf("convert it: %s(%s)", name, text)
	}
	return ""
}

// isCharacter says whether a type is called rune or byte, or is that of a character in quotes.
func isCharacter(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && (b.Kind() == types.UntypedRune || b.Name() == "rune" || b.Name() == "byte")
}

// constantRange says which numbers an integer type holds, for a constant that is none of them.
func (v *View) constantRange(x ast.Expr, to types.Type) string {
	if constant.ToInt(v.constantOf(x)).Kind() != constant.Int {
		return fmt.Sprintf("%s holds whole numbers only; float64 holds fractions", v.typeText(to))
	}
	bits := uint(8 * types.SizesFor("gc", runtime.GOARCH).Sizeof(to))
	least, greatest := constant.MakeInt64(0), constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	if to.Underlying().(*types.Basic).Info()&types.IsUnsigned == 0 {
		greatest = constant.Shift(constant.MakeInt64(1), token.SHL, bits-1)
		least = constant.UnaryOp(token.SUB, greatest, 0)
	}
	greatest = constant.BinaryOp(greatest, token.SUB, constant.MakeInt64(1))
	return fmt.Sprintf("%s holds whole numbers from %s to %s", v.typeText(to), least.ExactString(), greatest.ExactString())
}

// mismatch says how the two sides of an operator come together.
func (v *View) mismatch(path []ast.Node) string {
	for _, n := range path {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			if s, ok := n.(*ast.AssignStmt); ok && len(s.Lhs) == 1 && len(s.Rhs) == 1 {
				if t := v.Info.TypeOf(s.Lhs[0]); t != nil {
					return v.convert(s.Rhs[0], t)
				}
			}
			continue
		}
		x, y := v.Info.TypeOf(b.X), v.Info.TypeOf(b.Y)
		if x == nil || y == nil {
			return ""
		}
		if isCharacter(x) && v.constantOf(b.X) == nil && isString(y) && v.constantOf(b.Y) != nil {
			return v.convert(b.Y, x)
		}
		if isCharacter(y) && isString(x) && (v.constantOf(b.X) == nil || v.constantOf(b.Y) != nil) {
			return v.convert(b.Y, x)
		}
		if rank(x) >= rank(y) && v.constantOf(b.Y) == nil || v.constantOf(b.X) != nil {
			return v.convert(b.Y, x)
		}
		return v.convert(b.X, y)
	}
	return ""
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// rank orders types by which of two sides is to be converted: the one of the lower rank.
func rank(t types.Type) int {
	b, ok := t.Underlying().(*types.Basic)
	switch {
	case !ok:
		return 0
	case b.Info()&types.IsString != 0:
		return 5
	case b.Info()&types.IsComplex != 0:
		return 4
	case b.Info()&types.IsFloat != 0:
		return 3
	case b.Info()&types.IsInteger != 0 && b.Kind() != types.Int:
		return 2
	}
	return 1
}

// target evaluates a type as an error message writes it; nil if it cannot be named from outside
// functions.
func (v *View) target(text string) types.Type {
	names := types.NewPackage(v.Package.Path(), v.Package.Name())
	for _, n := range v.Package.Scope().Names() {
		names.Scope().Insert(v.Package.Scope().Lookup(n))
	}
	for n, path := range v.Imports {
		if pkg := v.imported(path); pkg != nil && strings.Contains(text, n+".") {
			names.Scope().Insert(types.NewPkgName(token.NoPos, names, n, pkg))
		}
	}
	tv, err := types.Eval(v.Fset, names, token.NoPos, strings.TrimPrefix(text, "type "))
	if err != nil || !tv.IsType() {
		return nil
	}
	return tv.Type
}

// expressionAt returns the largest expression that begins at a position.
func expressionAt(pos token.Pos, path []ast.Node) (x ast.Expr) {
	for _, n := range path {
		e, ok := n.(ast.Expr)
		if !ok || e.Pos() != pos {
			break
		}
		x = e
	}
	return x
}
