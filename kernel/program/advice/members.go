package advice

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// member tells of a field or method that a value does not have.
func (v *View) member(sel *ast.SelectorExpr) string {
	t := v.Info.TypeOf(sel.X)
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
	x, want := v.text(sel.X), sel.Sel.Name
	if near := cell.NearestFew(want, names, 3); len(near) > 0 {
		for i := range near {
			near[i] = x + "." + near[i]
		}
		return didYouMean(near)
	}
	if hint := v.function(t, x, want); hint != "" {
		return hint
	}
	if len(names) > 0 && len(names) <= 8 {
		slices.Sort(names)
		return fmt.Sprintf("%s has %s", v.typeText(t), strings.Join(slices.Compact(names), ", "))
	}
	return ""
}

// fieldNames lists the fields of a struct, or of the one behind a pointer, and those of what it
// embeds.
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
func (v *View) function(t types.Type, x, method string) string {
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
	if p := v.imported(pkg); p != nil {
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
func (v *View) field(name string, path []ast.Node) string {
	for _, n := range path {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			continue
		}
		t := v.Info.TypeOf(lit)
		if t == nil {
			return ""
		}
		names := fieldNames(t, map[types.Type]bool{})
		if near := cell.NearestFew(name, names, 2); len(near) > 0 {
			return didYouMean(near)
		}
		if len(names) > 0 && len(names) <= 12 {
			return fmt.Sprintf("%s has the fields %s", v.typeText(t), strings.Join(names, ", "))
		}
		return ""
	}
	return ""
}
