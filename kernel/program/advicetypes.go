package program

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"runtime"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// member tells of a field or method that a value does not have.
func (a *adviser) member(sel *ast.SelectorExpr) string {
	t := a.ck.info.TypeOf(sel.X)
	if t == nil {
		return ""
	}
	var names []string
	for m := range types.NewMethodSet(types.NewPointer(t)).Methods() {
		names = append(names, m.Obj().Name())
	}
	for m := range types.NewMethodSet(t).Methods() {
		names = append(names, m.Obj().Name())
	}
	names = append(names, fieldNames(t, map[types.Type]bool{})...)
	x, want := a.text(sel.X), sel.Sel.Name
	if near := cell.NearestFew(want, names, 3); len(near) > 0 {
		for i := range near {
			near[i] = x + "." + near[i]
		}
		return didYouMean(near)
	}
	if hint := a.function(t, x, want); hint != "" {
		return hint
	}
	if len(names) > 0 && len(names) <= 8 {
		slices.Sort(names)
		return fmt.Sprintf("%s has %s", a.typeText(t), strings.Join(slices.Compact(names), ", "))
	}
	return ""
}

// fieldNames lists the fields of a struct, or of the one behind a pointer, and those of what it embeds.
func fieldNames(t types.Type, seen map[types.Type]bool) (names []string) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] {
		return nil
	}
	seen[t] = true
	for i := range s.NumFields() {
		names = append(names, s.Field(i).Name())
		if s.Field(i).Embedded() {
			names = append(names, fieldNames(s.Field(i).Type(), seen)...)
		}
	}
	return names
}

// function names the function that does to a value what is a method in other languages.
func (a *adviser) function(t types.Type, x, method string) string {
	title := strings.ToUpper(method[:1]) + method[1:]
	pkg := ""
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			pkg = "strings"
		}
	case *types.Slice, *types.Array:
		pkg = "slices"
	case *types.Map:
		pkg = "maps"
	}
	switch method {
	case "len", "length", "size", "Len", "Length", "Size", "count":
		if pkg != "" {
			return fmt.Sprintf("in Go: len(%s)", x)
		}
	case "append", "push", "add", "push_back":
		if pkg == "slices" {
			return fmt.Sprintf("in Go: %s = append(%s, ...)", x, x)
		}
	case "upper", "toUpperCase":
		title = "ToUpper"
	case "lower", "toLowerCase":
		title = "ToLower"
	case "strip", "trim":
		title = "TrimSpace"
	case "startswith", "startsWith":
		title = "HasPrefix"
	case "endswith", "endsWith":
		title = "HasSuffix"
	case "find", "indexOf", "index":
		title = "Index"
	case "sort", "reverse":
	case "items", "iteritems":
		if pkg == "maps" {
			return fmt.Sprintf("in Go: for key, value := range %s { ... }", x)
		}
	case "get":
		if pkg == "maps" {
			return fmt.Sprintf("in Go: value, ok := %s[key]", x)
		}
	case "format":
		if pkg == "strings" {
			return "in Go: fmt.Sprintf(format, ...)"
		}
	}
	if pkg == "" {
		return ""
	}
	if p := a.imported(pkg); p != nil {
		if f, ok := p.Scope().Lookup(title).(*types.Func); ok {
			more := ""
			if f.Signature().Params().Len() > 1 {
				more = ", ..."
			}
			return fmt.Sprintf("in Go: %s.%s(%s%s)", pkg, title, x, more)
		}
	}
	return ""
}

// field tells of a key that a struct does not have.
func (a *adviser) field(name string, path []ast.Node) string {
	for _, n := range path {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			continue
		}
		t := a.ck.info.TypeOf(lit)
		if t == nil {
			return ""
		}
		names := fieldNames(t, map[types.Type]bool{})
		if near := cell.NearestFew(name, names, 2); len(near) > 0 {
			return didYouMean(near)
		}
		if len(names) > 0 && len(names) <= 12 {
			return fmt.Sprintf("%s has the fields %s", a.typeText(t), strings.Join(names, ", "))
		}
		return ""
	}
	return ""
}

// callAt returns the innermost call of the cell that begins at or reaches to a position: the type checker complains of
// missing arguments at the closing parenthesis.
func (a *adviser) callAt(pos token.Pos) (call *ast.CallExpr) {
	visit := func(root ast.Node) {
		ast.Inspect(root, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && c.Pos() <= pos && pos <= c.End() && (c.Rparen == pos || c.Lparen < pos) {
				call = c
			}
			return n != nil
		})
	}
	for _, d := range a.c.Decls {
		visit(d.Node)
	}
	for _, s := range a.c.Steps {
		visit(s.Node())
	}
	return call
}

// arguments shows the function that is called with too many or too few arguments.
func (a *adviser) arguments(pos token.Pos) string {
	call := a.callAt(pos)
	if call == nil {
		return ""
	}
	t := a.ck.info.TypeOf(call.Fun)
	if t == nil {
		return ""
	}
	g, ok := t.Underlying().(*types.Signature)
	if !ok {
		return ""
	}
	name := a.text(call.Fun)
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		name = a.text(sel)
	}
	return "it is func " + name + strings.TrimPrefix(a.typeText(g), "func")
}

// target evaluates a type as an error message writes it; nil if it cannot be named from outside functions.
func (a *adviser) target(text string) types.Type {
	names := types.NewPackage(a.ck.pkg.Path(), a.ck.pkg.Name())
	for _, n := range a.ck.pkg.Scope().Names() {
		names.Scope().Insert(a.ck.pkg.Scope().Lookup(n))
	}
	for n, path := range a.sc.imports {
		if pkg := a.imported(path); pkg != nil && strings.Contains(text, n+".") {
			names.Scope().Insert(types.NewPkgName(token.NoPos, names, n, pkg))
		}
	}
	tv, err := types.Eval(a.p.fset, names, token.NoPos, strings.TrimPrefix(text, "type "))
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

// conversion says how a value becomes one of the type that is wanted.
func (a *adviser) conversion(want string, pos token.Pos, path []ast.Node) string {
	x := expressionAt(pos, path)
	to := a.target(want)
	if x == nil || to == nil {
		return ""
	}
	return a.convert(x, to)
}

// convert says how an expression becomes one of a type.
func (a *adviser) convert(x ast.Expr, to types.Type) string {
	from := a.ck.info.TypeOf(x)
	if from == nil {
		return ""
	}
	text := a.text(x)
	if tuple, ok := from.(*types.Tuple); ok {
		if tuple.Len() > 1 {
			return a.tuple(text, tuple, nil)
		}
		return ""
	}
	is := func(t types.Type, info types.BasicInfo) bool {
		b, ok := t.Underlying().(*types.Basic)
		return ok && b.Info()&info != 0
	}
	name := a.typeText(to)
	if strings.HasPrefix(name, "*") || strings.HasPrefix(name, "<-") || strings.HasPrefix(name, "func") {
		name = "(" + name + ")"
	}
	switch {
	case a.constantOf(x) != nil && is(from, types.IsNumeric) && is(to, types.IsInteger):
		return a.constantRange(x, to)
	case is(from, types.IsNumeric) && is(to, types.IsNumeric):
		return fmt.Sprintf("convert it: %s(%s)", name, text)
	case is(from, types.IsInteger) && is(to, types.IsString):
		if a.constantOf(x) != nil {
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
		return fmt.Sprintf("make a slice of it: %s{%s}", a.typeText(to), text)
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
		return fmt.Sprintf("say what it holds: v, ok := %s.(%s)", text, a.typeText(to))
	}
	if types.ConvertibleTo(from, to) {
		return fmt.Sprintf("convert it: %s(%s)", name, text)
	}
	return ""
}

// constantRange says which numbers an integer type holds, for a constant that is none of them.
func (a *adviser) constantRange(x ast.Expr, to types.Type) string {
	if constant.ToInt(a.constantOf(x)).Kind() != constant.Int {
		return fmt.Sprintf("%s holds whole numbers only; float64 holds fractions", a.typeText(to))
	}
	bits := uint(8 * types.SizesFor("gc", runtime.GOARCH).Sizeof(to))
	least, greatest := constant.MakeInt64(0), constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	if to.Underlying().(*types.Basic).Info()&types.IsUnsigned == 0 {
		greatest = constant.Shift(constant.MakeInt64(1), token.SHL, bits-1)
		least = constant.UnaryOp(token.SUB, greatest, 0)
	}
	greatest = constant.BinaryOp(greatest, token.SUB, constant.MakeInt64(1))
	return fmt.Sprintf("%s holds whole numbers from %s to %s", a.typeText(to), least.ExactString(), greatest.ExactString())
}

// mismatch says how the two sides of an operator come together.
func (a *adviser) mismatch(path []ast.Node) string {
	for _, n := range path {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			if s, ok := n.(*ast.AssignStmt); ok && len(s.Lhs) == 1 && len(s.Rhs) == 1 {
				if t := a.ck.info.TypeOf(s.Lhs[0]); t != nil {
					return a.convert(s.Rhs[0], t)
				}
			}
			continue
		}
		x, y := a.ck.info.TypeOf(b.X), a.ck.info.TypeOf(b.Y)
		if x == nil || y == nil {
			return ""
		}
		if rank(x) >= rank(y) && a.constantOf(b.Y) == nil || a.constantOf(b.X) != nil {
			return a.convert(b.Y, x)
		}
		return a.convert(b.X, y)
	}
	return ""
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

// condition says how a value becomes a condition.
func (a *adviser) condition(path []ast.Node) string {
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
		t := a.ck.info.TypeOf(x)
		if t == nil {
			return ""
		}
		text := a.text(x)
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

// results shows how the results of a call are taken.
func (a *adviser) results(path []ast.Node) string {
	left, right := a.assigned(path)
	if len(right) != 1 {
		return ""
	}
	if tuple, ok := a.ck.info.TypeOf(right[0]).(*types.Tuple); ok {
		return a.tuple(a.text(right[0]), tuple, left)
	}
	return "it returns one value"
}

// assigned returns the two sides of the innermost assignment or definition; of the left one only names.
func (a *adviser) assigned(path []ast.Node) (left []string, right []ast.Expr) {
	for _, n := range path {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				left = append(left, a.text(x))
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

// tuple shows how several results are taken, under the names given as far as they go.
func (a *adviser) tuple(text string, tuple *types.Tuple, given []string) string {
	if tuple.Len() == 0 {
		return "it returns nothing"
	}
	var names, parts []string
	for v := range tuple.Variables() {
		name := v.Name()
		switch {
		case len(names) < len(given):
			name = given[len(names)]
		case types.Identical(v.Type(), types.Universe.Lookup("error").Type()):
			name = "err"
		case name == "" || name == "_":
			name = "abcdefgh"[len(names)%8 : len(names)%8+1]
		}
		names = append(names, name)
		parts = append(parts, a.typeText(v.Type()))
	}
	return fmt.Sprintf("it returns (%s): %s := %s", strings.Join(parts, ", "), strings.Join(names, ", "), text)
}

// multiple shows how the results of a call are taken that stands where one value is wanted.
func (a *adviser) multiple(path []ast.Node) string {
	for _, n := range path {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if tuple, ok := a.ck.info.TypeOf(call).(*types.Tuple); ok {
			left, right := a.assigned(path)
			if len(right) != 1 || right[0] != ast.Expr(call) {
				left = nil
			}
			return a.tuple(a.text(call), tuple, left)
		}
	}
	return ""
}

// compare says what serves in place of a comparison that Go does not have.
func (a *adviser) compare(path []ast.Node) string {
	for _, n := range path {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			continue
		}
		t := a.ck.info.TypeOf(b.X)
		if t == nil {
			return ""
		}
		switch t.Underlying().(type) {
		case *types.Slice:
			return fmt.Sprintf("slices.Equal(%s, %s) compares the elements", a.text(b.X), a.text(b.Y))
		case *types.Map:
			return fmt.Sprintf("maps.Equal(%s, %s) compares the entries", a.text(b.X), a.text(b.Y))
		}
		return fmt.Sprintf("reflect.DeepEqual(%s, %s) compares all that they hold", a.text(b.X), a.text(b.Y))
	}
	return ""
}

// nonFunction says how a value that is no function is used.
func (a *adviser) nonFunction(path []ast.Node) string {
	for _, n := range path {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		t := a.ck.info.TypeOf(call.Fun)
		if t == nil {
			return ""
		}
		text := a.text(call.Fun)
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
