package notebook

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/magic"
)

// Tags that papermill made customary.
const (
	parametersTag = "parameters"
	injectedTag   = "injected-parameters"
)

// Parameter is a value that a notebook lets its caller set: a variable or constant that the cell
// tagged "parameters" declares.
type Parameter struct {
	Name string
	// Type is the Go type as declared, or as implied by the value: "int", "float64", "[]string",
	// "time.Duration".
	Type string
	// Default is the source of the declared value. It is empty for a variable without one.
	Default string

	form  form
	typed bool // the declaration names the type
}

// form is how a parameter is declared, and so how its new value must be.
type form int

const (
	defineForm form = iota // x := 1
	varForm                // var x = 1
	constForm              // const x = 1
)

// ParameterError says that a value for a parameter cannot be used. The caller is at fault, not the
// notebook.
type ParameterError struct{ message string }

func (e *ParameterError) Error() string { return e.message }

// Parameters returns what the cell tagged "parameters" declares, in the order of the cell. It
// returns nothing if there is no such cell.
func (nb *Notebook) Parameters() ([]Parameter, error) {
	i := nb.parametersCell()
	if i < 0 {
		return nil, nil
	}
	m, err := magic.Parse(nb.Cells[i].Source)
	if err != nil {
		return nil, fmt.Errorf("the cell tagged parameters: %w", err)
	}
	fset := token.NewFileSet()
	c, err := cell.Parse(fset, i+1, m.Go)
	if err != nil {
		return nil, fmt.Errorf("the cell tagged parameters: %w", err)
	}
	var ps []Parameter
	add := func(spec *ast.ValueSpec, f form) {
		for i, name := range spec.Names {
			p := Parameter{Name: name.Name, form: f}
			if name.Name == "_" {
				continue
			}
			if i < len(spec.Values) && len(spec.Values) == len(spec.Names) {
				p.Default = source(spec.Values[i])
				p.Type = typeOf(spec.Values[i])
			}
			if spec.Type != nil {
				p.Type = source(spec.Type)
				p.typed = true
			}
			ps = append(ps, p)
		}
	}
	for _, s := range c.Steps {
		switch {
		case s.Define != nil && s.Var != nil:
			add(s.Var, defineForm)
		case s.Var != nil:
			add(s.Var, varForm)
		}
	}
	for _, d := range c.Decls {
		g, ok := d.Node.(*ast.GenDecl)
		if !ok || d.Kind != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			add(s.(*ast.ValueSpec), constForm)
		}
	}
	return ps, nil
}

func (nb *Notebook) parametersCell() int {
	return slices.IndexFunc(nb.Cells, func(c *Cell) bool { return c.Type == CodeCell && c.Tagged(parametersTag) })
}

// SetParameters gives parameters new values. Each is written "name=value", with the value in a form
// that fits Parameter.Type. They go into a cell tagged "injected-parameters" behind the one tagged
// "parameters", which replaces one from an earlier run. A wrong name or value is a *ParameterError.
func (nb *Notebook) SetParameters(assignments []string) error {
	if len(assignments) == 0 {
		return nil
	}
	ps, err := nb.Parameters()
	if err != nil {
		return err
	}
	at := nb.parametersCell()
	if at < 0 {
		return &ParameterError{"the notebook has no cell tagged \"parameters\", so no values can be set. Tag the cell that declares them (JupyterLab: property inspector, cell tags)"}
	}
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.Name
	}
	lines := map[string]string{}
	for _, a := range assignments {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return &ParameterError{fmt.Sprintf("expected a parameter as name=value. Got %q", a)}
		}
		i := slices.Index(names, name)
		if i < 0 {
			return &ParameterError{fmt.Sprintf("there is no parameter %q. The notebook's parameters are: %s", name, describe(ps))}
		}
		literal, err := goValue(ps[i].Type, value)
		if err != nil {
			return &ParameterError{fmt.Sprintf("parameter %s: %v", name, err)}
		}
		lines[name] = ps[i].declare(literal)
	}
	var b strings.Builder
	b.WriteString("// Parameters of this run.\n")
	for _, n := range names {
		if l := lines[n]; l != "" {
			b.WriteString(l + "\n")
		}
	}
	nb.Cells = slices.DeleteFunc(nb.Cells, func(c *Cell) bool { return c.Tagged(injectedTag) })
	nb.Cells = slices.Insert(nb.Cells, nb.parametersCell()+1, &Cell{
		Type:     CodeCell,
		ID:       injectedTag,
		Source:   strings.TrimSuffix(b.String(), "\n"),
		Metadata: map[string]any{"tags": []any{injectedTag}},
	})
	return nil
}

// describe lists parameters with their types for an error.
func describe(ps []Parameter) string {
	if len(ps) == 0 {
		return "none (the cell tagged parameters declares nothing)"
	}
	var l []string
	for _, p := range ps {
		l = append(l, strings.TrimSpace(p.Name+" "+p.Type))
	}
	return strings.Join(l, ", ")
}

// declare writes the declaration again with another value, in the same form: the cell's other
// readers, and the types of what depends on it, stay as they are.
func (p Parameter) declare(literal string) string {
	if !p.typed && converts(p.Type) {
		literal = p.Type + "(" + literal + ")"
	}
	keyword := ""
	switch p.form {
	case defineForm:
		return p.Name + " := " + literal
	case varForm:
		keyword = "var "
	case constForm:
		keyword = "const "
	}
	if p.typed {
		return keyword + p.Name + " " + p.Type + " = " + literal
	}
	return keyword + p.Name + " = " + literal
}

// converts says whether a literal alone would have another type.
func converts(typ string) bool {
	return typ != "int" && strings.Contains(typ, "int") && !strings.HasPrefix(typ, "[]") || typ == "byte" || typ == "float32"
}

// source prints an expression or a type.
func source(n ast.Expr) string {
	var b strings.Builder
	if err := format.Node(&b, token.NewFileSet(), n); err != nil {
		return ""
	}
	return b.String()
}

// typeOf tells the type of a value from its syntax alone; empty when that does not tell.
func typeOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string", token.CHAR: "rune"}[e.Kind]
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return "bool"
		}
	case *ast.ParenExpr:
		return typeOf(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.ADD || e.Op == token.SUB || e.Op == token.NOT {
			return typeOf(e.X)
		}
	case *ast.BinaryExpr:
		x, y := typeOf(e.X), typeOf(e.Y)
		switch {
		case x == "time.Duration" || y == "time.Duration":
			return "time.Duration"
		case x == "float64" && y == "int" || x == "int" && y == "float64":
			return "float64"
		case x == y:
			return x
		}
	case *ast.SelectorExpr:
		if source(e.X) == "time" && slices.ContainsFunc(durations, func(u unit) bool { return u.name == e.Sel.Name }) {
			return "time.Duration"
		}
	case *ast.CompositeLit:
		if e.Type != nil {
			return source(e.Type)
		}
	case *ast.CallExpr: // a conversion: float32(0.5)
		if t := source(e.Fun); len(e.Args) == 1 && known(t) {
			return t
		}
	}
	return ""
}
