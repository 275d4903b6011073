// Package advice says what may be meant by Go that does not type-check: the hint under an error. It
// owns these hints and how they are found, from the type checker's message and what the checker
// knows at the place. It does not own the errors, and knows a session only as a View shows it: it
// plans nothing and changes nothing.
package advice

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

// View is what hints are found from: a cell with errors, as it was type-checked.
type View struct {
	Fset    *token.FileSet
	Info    *types.Info
	Package *types.Package // that the cell was checked as a part of
	Cell    *cell.Cell
	// Imports holds the paths of imported packages by the names that they have, Dots the paths of
	// those whose names stand without a package's.
	Imports map[string]string
	Dots    []string
	// Names are the session's: the package has only those that the cell may have to do with.
	Names    []string
	Importer Importer
}

// Importer finds packages that hints may name.
type Importer interface {
	// Import returns the package of that path. An error says that it is not at hand, not that
	// anything is wrong.
	types.Importer
	// Named lists import paths of packages with a package name, best guess first.
	Named(name string) []string
	// Below lists import paths of packages in the folders right below a package's.
	Below(path string) []string
}

// Hint says what may be meant where the type checker complains with that message; "" where nothing
// is known.
func (v *View) Hint(message string, pos token.Pos) (hint string) {
	// What does not type-check has types that are none, and an error without a hint is better than
	// none at all.
	defer func() {
		if recover() != nil {
			hint = ""
		}
	}()
	return v.hint(message, pos, v.path(pos))
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
func (v *View) hint(msg string, pos token.Pos, path []ast.Node) string {
	if len(path) == 0 || strings.Contains(msg, "(but have ") || strings.Contains(msg, "but does have ") {
		return "" // the message says it already
	}
	switch {
	case strings.HasPrefix(msg, "undefined: ") || strings.HasPrefix(msg, "name ") && strings.Contains(msg, "not exported by package"):
		if sel := selector(path); sel != nil && undefinedName.MatchString(msg) && strings.Contains(msg, ".") || strings.HasPrefix(msg, "name ") {
			return v.packageMember(sel)
		}
		if id, ok := path[0].(*ast.Ident); ok {
			return v.name(id, path)
		}
	case noMember.MatchString(msg):
		if sel := selector(path); sel != nil {
			if hint := v.hidden(sel); hint != "" {
				return hint
			}
			return v.member(sel)
		}
	case strings.HasSuffix(msg, " is not a type"):
		if sel := selector(path); sel != nil {
			return v.hidden(sel)
		}
	case unknownField.MatchString(msg):
		return v.field(unknownField.FindStringSubmatch(msg)[1], path)
	case unusedVariable.MatchString(msg):
		return fmt.Sprintf("within a function every variable must be used: use %s, or write _ in its place", unusedVariable.FindStringSubmatch(msg)[1])
	case notUsed.MatchString(msg):
		return v.unusedValue(path)
	case strings.HasPrefix(msg, "not enough arguments in call"), strings.HasPrefix(msg, "too many arguments in call"):
		return v.arguments(pos)
	case msg == "missing return":
		return v.missingReturn(path)
	case strings.Contains(msg, "(no value) used as value"):
		return "it returns nothing"
	case strings.HasPrefix(msg, "label "):
		return "name: at the beginning of a line is a label, for break, continue and goto; a block stands in braces"
	case cannotUse.MatchString(msg):
		return v.conversion(cannotUse.FindStringSubmatch(msg)[1], pos, path)
	case strings.Contains(msg, "mismatched types"):
		return v.mismatch(path)
	case strings.HasPrefix(msg, "non-boolean condition"):
		return v.condition(path)
	case counts.MatchString(msg):
		return v.results(path)
	case strings.HasPrefix(msg, "multiple-value ") || strings.Contains(msg, "in single-value context"):
		return v.multiple(path)
	case strings.HasPrefix(msg, "no new variables on left side of :="):
		return "all of these variables are there already: assign with ="
	case strings.Contains(msg, "cannot indirect") && strings.Contains(msg, "invalid operation"):
		return "powers are computed by math.Pow(x, y), the value behind a pointer is *p"
	case strings.HasPrefix(msg, "cannot assign to struct field") && strings.Contains(msg, "in map"):
		return "an element of a map cannot be changed in part: take it out, change it, and put it back"
	case strings.Contains(msg, "cannot be compared") || strings.Contains(msg, "can only be compared to nil"):
		return v.compare(path)
	case strings.HasPrefix(msg, "invalid operation: cannot call "):
		return v.nonFunction(path)
	case strings.Contains(msg, "cannot infer"):
		return "write the type in brackets behind the function's name: f[int](...)"
	}
	return ""
}

// path returns the cell's syntax around a position, innermost first.
func (v *View) path(pos token.Pos) (nodes []ast.Node) {
	v.inspect(func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || n.End() <= pos {
			return false
		}
		nodes = append(nodes, n)
		return true
	})
	slices.Reverse(nodes)
	return nodes
}

// inspect is ast.Inspect of the whole cell.
func (v *View) inspect(f func(ast.Node) bool) {
	for _, d := range v.Cell.Decls {
		ast.Inspect(d.Node, f)
	}
	for _, s := range v.Cell.Steps {
		ast.Inspect(s.Node(), f)
	}
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
func (v *View) text(n ast.Node) string {
	f := v.Fset.File(n.Pos())
	if f == nil || !slices.Contains(v.Cell.Files(), f) {
		return "x"
	}
	from, to := v.Cell.Offset(f, n.Pos()), v.Cell.Offset(f, n.End())
	if from < 0 || to > len(v.Cell.Source) || from > to {
		return "x"
	}
	s := v.Cell.Source[from:to]
	if len(s) > 40 || strings.Contains(s, "\n") {
		return "x"
	}
	return s
}

func (v *View) typeText(t types.Type) string {
	return types.TypeString(t, func(q *types.Package) string {
		if q == v.Package {
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

// constantOf is the value of an expression, if that is a constant.
func (v *View) constantOf(x ast.Expr) constant.Value { return v.Info.Types[x].Value }
