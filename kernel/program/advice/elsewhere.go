package advice

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// hidden tells that a name from which something is selected is that of a variable or the like,
// where a package of that name has what is selected.
func (v *View) hidden(sel *ast.SelectorExpr) string {
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	what := "a variable"
	switch v.Info.Uses[id].(type) {
	case *types.PkgName:
		return ""
	case *types.TypeName:
		what = "a type"
	case *types.Func:
		what = "a function"
	case *types.Const:
		what = "a constant"
	}
	for _, path := range v.Importer.Named(id.Name) {
		pkg := v.imported(path)
		if pkg == nil || !slices.Contains(exported(pkg), sel.Sel.Name) {
			continue
		}
		hint := fmt.Sprintf("%s is %s, which hides the package %q; rename it", id.Name, what, path)
		if slices.Contains(v.Names, id.Name) {
			hint += ", or remove it with %remove " + id.Name
		}
		return hint
	}
	return ""
}

// lacking is the first of the names which the cell selects from a package nobody imported that this
// one does not have; member where it has all.
func (v *View) lacking(pkg *types.Package, name, member string) string {
	found := ""
	v.inspect(func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || found != "" {
			return found == ""
		}
		id, ok := sel.X.(*ast.Ident)
		if ok && id.Name == name && v.Info.Uses[id] == nil && pkg.Scope().Lookup(sel.Sel.Name) == nil {
			found = sel.Sel.Name
		}
		return true
	})
	if found == "" {
		return member
	}
	return found
}

// below tells of a name that a package does not have, and one in a folder of it has: gonbml's
// package ml was one with those once.
func (v *View) below(pkg *types.Package, name, member string) string {
	var found []string
	for _, path := range v.Importer.Below(pkg.Path()) {
		if p := v.imported(path); p != nil && slices.Contains(exported(p), member) {
			found = append(found, p.Name()+"."+member)
		}
	}
	if len(found) > 0 && strings.HasPrefix(pkg.Path(), "github.com/gonbml/gonbml/") {
		return fmt.Sprintf("%s.%s is now %s", name, member, strings.Join(found, " or "))
	}
	return didYouMean(found)
}
