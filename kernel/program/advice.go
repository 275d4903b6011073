package program

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// adviser finds out what may be meant by text that does not type-check.
type adviser struct {
	p  *Program
	ck *checked
	c  *cell.Cell
	sc scope
}

// advise adds hints to the errors of a cell.
func (p *Program) advise(ck *checked, c *cell.Cell, sc scope) {
	a := &adviser{p, ck, c, sc}
	for i, pos := range ck.places {
		if ck.errs[i].Hint == "" {
			ck.errs[i].Hint = userText(a.safely(ck.errs[i].Message, pos))
		}
	}
}

// safely is hint, without its panics: what does not type-check has types that are none, and an error without a hint is
// better than none at all.
func (a *adviser) safely(msg string, pos token.Pos) (hint string) {
	defer func() {
		if recover() != nil {
			hint = ""
		}
	}()
	return a.hint(msg, pos, a.path(pos))
}

// path returns the cell's syntax around a position, innermost first.
func (a *adviser) path(pos token.Pos) (nodes []ast.Node) {
	visit := func(root ast.Node) {
		ast.Inspect(root, func(n ast.Node) bool {
			if n == nil || pos < n.Pos() || n.End() <= pos {
				return false
			}
			nodes = append(nodes, n)
			return true
		})
	}
	for _, d := range a.c.Decls {
		visit(d.Node)
	}
	for _, s := range a.c.Steps {
		visit(s.Node())
	}
	slices.Reverse(nodes)
	return nodes
}

var (
	undefinedName  = regexp.MustCompile(`^undefined: (\S+?)$`)
	noMember       = regexp.MustCompile(` undefined \(type (.+) has no field or method (\w+)`)
	unknownField   = regexp.MustCompile(`^unknown field (\w+) in struct literal`)
	notUsed        = regexp.MustCompile(`^(.+) \((.*)\) is not used$`)
	unusedVariable = regexp.MustCompile(`^declared and not used: (\S+)`)
	cannotUse      = regexp.MustCompile(`^cannot use .* as (.+) value in ([a-z -]+)`)
	counts         = regexp.MustCompile(`^assignment mismatch: (\d+) variables? but (.+) returns? (\d+) values?`)
)

// hint says what may be meant where the type checker complains.
func (a *adviser) hint(msg string, pos token.Pos, path []ast.Node) string {
	if len(path) == 0 || strings.Contains(msg, "(but have ") || strings.Contains(msg, "but does have ") {
		return "" // the message says it already
	}
	switch {
	case strings.HasPrefix(msg, "undefined: ") || strings.HasPrefix(msg, "name ") && strings.Contains(msg, "not exported by package"):
		if sel := selector(path); sel != nil && undefinedName.MatchString(msg) && strings.Contains(msg, ".") || strings.HasPrefix(msg, "name ") {
			return a.packageMember(sel)
		}
		if id, ok := path[0].(*ast.Ident); ok {
			return a.name(id, path)
		}
	case noMember.MatchString(msg):
		if sel := selector(path); sel != nil {
			if hint := a.hidden(sel); hint != "" {
				return hint
			}
			return a.member(sel)
		}
	case strings.HasSuffix(msg, " is not a type"):
		if sel := selector(path); sel != nil {
			return a.hidden(sel)
		}
	case unknownField.MatchString(msg):
		return a.field(unknownField.FindStringSubmatch(msg)[1], path)
	case unusedVariable.MatchString(msg):
		return fmt.Sprintf("within a function every variable must be used: use %s, or write _ in its place", unusedVariable.FindStringSubmatch(msg)[1])
	case notUsed.MatchString(msg):
		return a.unusedValue(path)
	case strings.HasPrefix(msg, "not enough arguments in call"), strings.HasPrefix(msg, "too many arguments in call"):
		return a.arguments(pos)
	case msg == "missing return":
		return a.missingReturn(path)
	case strings.Contains(msg, "(no value) used as value"):
		return "it returns nothing"
	case strings.HasPrefix(msg, "label "):
		return "name: at the beginning of a line is a label, for break, continue and goto; a block stands in braces"
	case cannotUse.MatchString(msg):
		return a.conversion(cannotUse.FindStringSubmatch(msg)[1], pos, path)
	case strings.Contains(msg, "mismatched types"):
		return a.mismatch(path)
	case strings.HasPrefix(msg, "non-boolean condition"):
		return a.condition(path)
	case counts.MatchString(msg):
		return a.results(path)
	case strings.HasPrefix(msg, "multiple-value ") || strings.Contains(msg, "in single-value context"):
		return a.multiple(path)
	case strings.HasPrefix(msg, "no new variables on left side of :="):
		return "all of these variables are there already: assign with ="
	case strings.Contains(msg, "cannot indirect") && strings.Contains(msg, "invalid operation"):
		return "powers are computed by math.Pow(x, y), the value behind a pointer is *p"
	case strings.HasPrefix(msg, "cannot assign to struct field") && strings.Contains(msg, "in map"):
		return "an element of a map cannot be changed in part: take it out, change it, and put it back"
	case strings.Contains(msg, "cannot be compared") || strings.Contains(msg, "can only be compared to nil"):
		return a.compare(path)
	case strings.HasPrefix(msg, "invalid operation: cannot call "):
		return a.nonFunction(path)
	case strings.Contains(msg, "cannot infer"):
		return "write the type in brackets behind the function's name: f[int](...)"
	}
	return ""
}

// selector returns the selector expression whose last part is the innermost node.
func selector(path []ast.Node) *ast.SelectorExpr {
	for _, n := range path[:min(3, len(path))] {
		if s, ok := n.(*ast.SelectorExpr); ok {
			return s
		}
	}
	return nil
}

// text is a piece of the cell as the user wrote it, if it is short.
func (a *adviser) text(n ast.Node) string {
	f := a.p.fset.File(n.Pos())
	if f == nil || a.p.cells[f] != a.c {
		return "x"
	}
	from, to := a.c.Offset(f, n.Pos()), a.c.Offset(f, n.End())
	if from < 0 || to > len(a.c.Source) || from > to {
		return "x"
	}
	s := a.c.Source[from:to]
	if len(s) > 40 || strings.Contains(s, "\n") {
		return "x"
	}
	return s
}

func (a *adviser) typeText(t types.Type) string {
	return types.TypeString(t, func(q *types.Package) string {
		if q == a.ck.pkg {
			return ""
		}
		return q.Name()
	})
}

// didYouMean makes a question of names; "" without one.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// visible lists the names that mean something at a position.
func (a *adviser) visible(pos token.Pos) (names []string) {
	for _, o := range a.ck.info.Defs {
		if o == nil || o.Parent() == nil || o.Parent() == a.ck.pkg.Scope() || o.Pos() >= pos {
			continue
		}
		if o.Parent().Contains(pos) {
			names = append(names, o.Name())
		}
	}
	names = append(names, a.ck.pkg.Scope().Names()...)
	for k, d := range a.p.live {
		if d.recv == "" {
			names = append(names, k)
		}
	}
	names = append(names, sortedKeys(a.sc.imports)...)
	for path := range a.sc.dots {
		if pkg := a.imported(path); pkg != nil {
			names = append(names, exported(pkg)...)
		}
	}
	names = append(names, types.Universe.Names()...)
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "Ɛ") || strings.HasPrefix(n, "ɛ") })
}

// words of other languages, and what they are in Go.
var foreignWords = map[string]string{
	"True": "true", "False": "false", "None": "nil", "null": "nil", "NULL": "nil", "nullptr": "nil", "NaN": "math.NaN()", "undefined": "nil",
	"str": "string", "dict": "map[string]T", "list": "[]T", "float": "float64", "double": "float64", "boolean": "bool", "char": "rune", "long": "int64",
	"object": "any", "self": "the receiver's name", "this": "the receiver's name", "printf": "fmt.Printf", "puts": "fmt.Println", "echo": "fmt.Println",
	"sum": "a loop", "sorted": "slices.Sort", "enumerate": "for i, x := range xs", "zip": "a loop over the indices", "isinstance": "a type switch, or v, ok := x.(T)",
	"type": "fmt.Printf(\"%T\", x)", "input": "fmt.Scanln(&x)", "exit": "os.Exit(0), or return", "sprintf": "fmt.Sprintf", "malloc": "new or make",
	"Exception": "errors.New", "raise": "panic, or an error as the last result",
}

// foreignPackages are names by which users of Python know packages.
var foreignPackages = map[string]string{
	"np": "tensors and their functions are in github.com/gomlx/gomlx (core/tensors, core/graph)", "numpy": "tensors and their functions are in github.com/gomlx/gomlx (core/tensors, core/graph)",
	"pd": "tables are read by encoding/csv and shown by display.Show", "pandas": "tables are read by encoding/csv and shown by display.Show",
	"plt": "charts are in github.com/gonbml/gonbml/ml/plot", "sns": "charts are in github.com/gonbml/gonbml/ml/plot",
	"tf": "models and training are in github.com/gonbml/gonbml/ml", "keras": "models and training are in github.com/gonbml/gonbml/ml", "torch": "models and training are in github.com/gonbml/gonbml/ml",
	"console": "text is printed by fmt.Println", "System": "text is printed by fmt.Println", "sys": "the process and its arguments are in package os",
}

// name tells of a name that nothing defines.
func (a *adviser) name(id *ast.Ident, path []ast.Node) string {
	if len(path) > 1 {
		switch n := path[1].(type) {
		case *ast.SelectorExpr:
			if n.X == id {
				return a.packageName(id, n.Sel.Name)
			}
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN && slices.Contains(n.Lhs, ast.Expr(id)) {
				if near := cell.NearestFew(id.Name, a.visible(id.Pos()), 2); len(near) > 0 {
					return didYouMean(near) + " A new variable is defined with :="
				}
				return fmt.Sprintf("a new variable is defined with :=, as in %s := ...", id.Name)
			}
		}
	}
	if word, ok := foreignWords[id.Name]; ok {
		return "in Go: " + word
	}
	near := cell.NearestFew(id.Name, a.visible(id.Pos()), 3)
	if len(near) > 0 && strings.EqualFold(near[0], id.Name) && types.Universe.Lookup(near[0]) == nil {
		return didYouMean(near[:1])
	}
	return didYouMean(append(a.exporting(id.Name), near...))
}

// exporting returns the packages that the session imports, and a few others, with an exported name of that spelling: as
// "fmt.Println".
func (a *adviser) exporting(name string) (found []string) {
	paths := map[string]string{"fmt": "fmt", "strings": "strings", "math": "math", "os": "os", "errors": "errors", "strconv": "strconv", "time": "time"}
	for n, path := range a.sc.imports {
		paths[n] = path
	}
	for _, n := range sortedKeys(paths) {
		pkg := a.imported(paths[n])
		if pkg == nil {
			continue
		}
		for _, m := range []string{name, strings.ToUpper(name[:1]) + name[1:]} {
			if o := pkg.Scope().Lookup(m); o != nil && o.Exported() && !slices.Contains(found, n+"."+m) {
				found = append(found, n+"."+m)
			}
		}
	}
	if len(found) > 2 {
		found = found[:2]
	}
	return found
}

// imported returns a package if it can be had.
func (a *adviser) imported(path string) *types.Package {
	if a.p.lib.Need(path) != nil {
		return nil
	}
	pkg, err := a.p.importer.Import(path)
	if err != nil {
		return nil
	}
	return pkg
}

// packageName tells of a name that nothing defines and that something is selected from.
func (a *adviser) packageName(id *ast.Ident, member string) string {
	if paths := a.p.lib.Named(id.Name); len(paths) > 0 {
		var found []string
		for _, path := range paths[:min(3, len(paths))] {
			if pkg := a.imported(path); pkg != nil {
				member = a.lacking(pkg, id.Name, member)
				if elsewhere := a.below(pkg, id.Name, member); elsewhere != "" {
					return elsewhere
				}
				for _, n := range cell.NearestFew(member, exported(pkg), 2) {
					found = append(found, id.Name+"."+n)
				}
			}
		}
		if len(found) > 0 {
			return fmt.Sprintf("package %q has no %s; %s", paths[0], member, didYouMean(found[:min(2, len(found))]))
		}
		return fmt.Sprintf("packages of that name, such as %q, have no %s", paths[0], member)
	}
	if word, ok := foreignPackages[id.Name]; ok {
		return word
	}
	if word, ok := foreignWords[id.Name]; ok {
		return "in Go: " + word
	}
	variables := slices.DeleteFunc(a.visible(id.Pos()), func(n string) bool { return types.Universe.Lookup(n) != nil })
	near := cell.NearestFew(id.Name, variables, 2)
	for _, n := range []string{"fmt", "strings", "strconv", "math", "time", "sort", "slices", "maps", "bytes", "errors", "rand", "json", "http", "filepath", "regexp", "bufio", "graph", "tensors", "display", "plot"} {
		if len(near) < 2 && !slices.Contains(near, n) && cell.Nearest(id.Name, []string{n}) != "" && len(a.p.lib.Named(n)) > 0 {
			near = append(near, n)
		}
	}
	if len(near) > 0 {
		return didYouMean(near)
	}
	return fmt.Sprintf("no package at hand is called %s; import one by its path, and it is fetched if need be", id.Name)
}

// hidden tells that a name from which something is selected is that of a variable or the like, where a package of that
// name has what is selected.
func (a *adviser) hidden(sel *ast.SelectorExpr) string {
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	what := "a variable"
	switch a.ck.info.Uses[id].(type) {
	case *types.PkgName:
		return ""
	case *types.TypeName:
		what = "a type"
	case *types.Func:
		what = "a function"
	case *types.Const:
		what = "a constant"
	}
	path := a.p.packageWith(id.Name, []string{sel.Sel.Name})
	if path == "" {
		return ""
	}
	hint := fmt.Sprintf("%s is %s, which hides the package %q; rename it", id.Name, what, path)
	if d := a.p.live[id.Name]; d != nil {
		hint += ", or remove it with %remove " + id.Name
	}
	return hint
}

// lacking is the first of the names which the cell selects from a package that this one does not have; member where it
// has all.
func (a *adviser) lacking(pkg *types.Package, name, member string) string {
	for i := 0; i < len(a.ck.undefined); i += 2 {
		if sel := a.ck.undefined[i+1].Name; a.ck.undefined[i].Name == name && pkg.Scope().Lookup(sel) == nil {
			return sel
		}
	}
	return member
}

// below tells of a name that a package does not have, and one in a folder of it has: gonbml's package ml was one with
// those once.
func (a *adviser) below(pkg *types.Package, name, member string) string {
	var found []string
	for _, path := range a.p.lib.Below(pkg.Path()) {
		if p := a.imported(path); p != nil && slices.Contains(exported(p), member) {
			found = append(found, p.Name()+"."+member)
		}
	}
	if len(found) > 0 && strings.HasPrefix(pkg.Path(), "github.com/gonbml/gonbml/") {
		return fmt.Sprintf("%s.%s is now %s", name, member, strings.Join(found, " or "))
	}
	return didYouMean(found)
}

func exported(pkg *types.Package) (names []string) {
	for _, n := range pkg.Scope().Names() {
		if token.IsExported(n) {
			names = append(names, n)
		}
	}
	return names
}

// packageMember tells of something that an imported package does not have.
func (a *adviser) packageMember(sel *ast.SelectorExpr) string {
	if sel == nil {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	name, ok := a.ck.info.Uses[id].(*types.PkgName)
	if !ok {
		return ""
	}
	if elsewhere := a.below(name.Imported(), id.Name, sel.Sel.Name); elsewhere != "" {
		return elsewhere
	}
	var found []string
	for _, n := range cell.NearestFew(sel.Sel.Name, exported(name.Imported()), 3) {
		found = append(found, id.Name+"."+n)
	}
	return didYouMean(found)
}

// missingReturn tells what the function around a position has to return.
func (a *adviser) missingReturn(path []ast.Node) string {
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
			return fmt.Sprintf("the function returns %s: each way through it must end with a return, or a panic", a.text(t.Results))
		}
	}
	return ""
}

// unusedValue tells what can be done with the value of an expression.
func (a *adviser) unusedValue(path []ast.Node) string {
	for _, n := range path {
		if s, ok := n.(*ast.ExprStmt); ok {
			x := ast.Unparen(s.X)
			t := a.ck.info.TypeOf(x)
			if b, ok := x.(*ast.BinaryExpr); ok && b.Op == token.EQL {
				return fmt.Sprintf("== compares; assign with %s = %s", a.text(b.X), a.text(b.Y))
			}
			if t != nil {
				if _, ok := t.Underlying().(*types.Signature); ok {
					return fmt.Sprintf("a function is called with parentheses: %s()", a.text(x))
				}
			}
			return fmt.Sprintf("only the last line of a cell shows its value; else assign it, v := %s, or print it, fmt.Println(%s)", a.text(x), a.text(x))
		}
	}
	return ""
}

// constantOf is the value of an expression, if that is a constant.
func (a *adviser) constantOf(x ast.Expr) constant.Value { return a.ck.info.Types[x].Value }
