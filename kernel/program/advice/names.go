package advice

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// name tells of a name that nothing defines.
func (v *View) name(id *ast.Ident, path []ast.Node) string {
	if len(path) > 1 {
		switch n := path[1].(type) {
		case *ast.SelectorExpr:
			if n.X == id {
				return v.packageName(id, n.Sel.Name)
			}
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN && slices.Contains(n.Lhs, ast.Expr(id)) {
				if near := cell.NearestFew(id.Name, v.visible(id.Pos()), 2); len(near) > 0 {
					return didYouMean(near) + " A new variable is defined with :="
				}
				return fmt.Sprintf("a new variable is defined with :=, as in %s := ...", id.Name)
			}
		}
	}
	if here := ofGophernotes(id.Name); here != "" {
		return here
	}
	if word, ok := foreignWords[id.Name]; ok {
		return "in Go: " + word
	}
	near := cell.NearestFew(id.Name, v.visible(id.Pos()), 3)
	if len(near) > 0 && strings.EqualFold(near[0], id.Name) && types.Universe.Lookup(near[0]) == nil {
		return didYouMean(near[:1])
	}
	return didYouMean(append(v.exporting(id.Name), near...))
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

// packageName tells of a name that nothing defines and that something is selected from.
func (v *View) packageName(id *ast.Ident, member string) string {
	if here := ofGophernotes(id.Name + "." + member); here != "" {
		return here
	}
	if id.Name == "unsafe" {
		return `write import "unsafe": it is the one package of the standard library that is not imported by itself`
	}
	if paths := v.Importer.Named(id.Name); len(paths) > 0 {
		var found []string
		for _, path := range paths[:min(3, len(paths))] {
			if pkg := v.imported(path); pkg != nil {
				member = v.lacking(pkg, id.Name, member)
				if elsewhere := v.below(pkg, id.Name, member); elsewhere != "" {
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
	variables := slices.DeleteFunc(v.visible(id.Pos()), func(n string) bool { return types.Universe.Lookup(n) != nil })
	near := cell.NearestFew(id.Name, variables, 2)
	for _, n := range []string{"fmt", "strings", "strconv", "math", "time", "sort", "slices", "maps", "bytes", "errors", "rand", "json", "http", "filepath", "regexp", "bufio", "graph", "tensors", "display", "plot"} {
		if len(near) < 2 && !slices.Contains(near, n) && cell.Nearest(id.Name, []string{n}) != "" && len(v.Importer.Named(n)) > 0 {
			near = append(near, n)
		}
	}
	if len(near) > 0 {
		return didYouMean(near)
	}
	return fmt.Sprintf("no package at hand is called %s; import one by its path, and it is fetched if need be", id.Name)
}

// exporting returns the packages that the session imports, and a few others, with an exported
// name of that spelling: as "fmt.Println".
func (v *View) exporting(name string) (found []string) {
	paths := map[string]string{"fmt": "fmt", "strings": "strings", "math": "math", "os": "os", "errors": "errors", "strconv": "strconv", "time": "time"}
	for n, path := range v.Imports {
		paths[n] = path
	}
	for _, n := range slices.Sorted(maps.Keys(paths)) {
		pkg := v.imported(paths[n])
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

func exported(pkg *types.Package) (names []string) {
	for _, n := range pkg.Scope().Names() {
		if token.IsExported(n) {
			names = append(names, n)
		}
	}
	return names
}

// packageMember tells of something that an imported package does not have.
func (v *View) packageMember(sel *ast.SelectorExpr) string {
	if here := calledAsIn(sel); here != "" {
		return here
	}
	if sel == nil {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	name, ok := v.Info.Uses[id].(*types.PkgName)
	if !ok {
		return ""
	}
	if elsewhere := v.below(name.Imported(), id.Name, sel.Sel.Name); elsewhere != "" {
		return elsewhere
	}
	var found []string
	for _, n := range cell.NearestFew(sel.Sel.Name, exported(name.Imported()), 3) {
		found = append(found, id.Name+"."+n)
	}
	return didYouMean(found)
}

// visible lists the names that mean something at a position.
func (v *View) visible(pos token.Pos) (names []string) {
	for _, o := range v.Info.Defs {
		if o == nil || o.Parent() == nil || o.Parent() == v.Package.Scope() || o.Pos() >= pos {
			continue
		}
		if o.Parent().Contains(pos) {
			names = append(names, o.Name())
		}
	}
	names = append(names, v.Package.Scope().Names()...)
	names = append(names, v.Names...)
	names = slices.AppendSeq(names, maps.Keys(v.Imports))
	for _, path := range v.Dots {
		if pkg := v.imported(path); pkg != nil {
			names = append(names, exported(pkg)...)
		}
	}
	names = append(names, types.Universe.Names()...)
	return slices.DeleteFunc(names, func(n string) bool { // what package program generates
		return strings.HasPrefix(n, "Ɛ") || strings.HasPrefix(n, "ɛ")
	})
}

// imported returns a package if it can be had.
func (v *View) imported(path string) *types.Package {
	pkg, err := v.Importer.Import(path)
	if err != nil {
		return nil
	}
	return pkg
}
