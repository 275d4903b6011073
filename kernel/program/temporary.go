package program

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// renameTemporaries makes complaints about the variables that stand for repeated names of a :=
// those that the compiler has about the assigned values.
func (p *Program) renameTemporaries(ck *checked, c *cell.Cell) {
	for i := range ck.errs {
		if !strings.Contains(ck.errs[i].Message, cell.Temporary) {
			continue
		}
		for _, s := range c.Steps {
			if s.Define != nil && s.Var != nil {
				p.renameTemporary(ck, c, s, i)
			}
		}
	}
}

// renameTemporary does that for the names of one step in error number i.
func (p *Program) renameTemporary(ck *checked, c *cell.Cell, s *cell.Step, i int) {
	e := &ck.errs[i]
	for n, id := range s.Var.Names {
		if !strings.HasPrefix(id.Name, cell.Temporary) || !containsName(e.Message, id.Name) {
			continue
		}
		value := s.Define.Rhs[0]
		if len(s.Define.Rhs) == len(s.Define.Lhs) {
			value = s.Define.Rhs[n]
		}
		if o := ck.info.Defs[id]; o != nil {
			variable := fmt.Sprintf("%s (variable of type %s)", id.Name, types.TypeString(o.Type(), types.RelativeTo(ck.pkg)))
			if strings.Contains(e.Message, variable) {
				e.Message = strings.Replace(e.Message, variable, ck.operand(value, o.Type()), 1)
				e.Line, e.Column = c.Position(p.fset.File(value.Pos()), value.Pos())
				ck.places[i] = value.Pos()
			}
		}
		e.Message = strings.ReplaceAll(e.Message, id.Name, s.Define.Lhs[n].(*ast.Ident).Name)
	}
}

// containsName says whether a message has a generated name, and not only a longer one.
func containsName(message, name string) bool {
	_, rest, ok := strings.Cut(message, name)
	return ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
}

// operand describes a value as the type checker does.
func (ck *checked) operand(x ast.Expr, t types.Type) string {
	text, typ := types.ExprString(x), types.TypeString(t, types.RelativeTo(ck.pkg))
	switch x := ast.Unparen(x).(type) {
	case *ast.BasicLit:
		kinds := map[token.Token]string{token.INT: "int", token.FLOAT: "float", token.IMAG: "complex", token.CHAR: "rune", token.STRING: "string"}
		return fmt.Sprintf("%s (untyped %s constant)", text, kinds[x.Kind])
	case *ast.Ident:
		if _, ok := ck.info.Uses[x].(*types.Var); ok {
			return fmt.Sprintf("%s (variable of type %s)", text, typ)
		}
	}
	if v := ck.info.Types[x].Value; v != nil {
		return fmt.Sprintf("%s (constant %s of type %s)", text, v, typ)
	}
	return fmt.Sprintf("%s (value of type %s)", text, typ)
}
