package editor

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// answer is what there is to tell of something, before it is written in any format.
type answer struct {
	// code is Go: a declaration or a signature. mark is the part of it that the cursor is about,
	// such as a parameter.
	code, mark string
	// doc is Markdown.
	doc string
	// where says where it is declared.
	where string
	// source is its source, for detail 1.
	source string
}

// bundle writes answers as text and as Markdown.
func bundle(answers []answer) exec.Inspection {
	var text, md strings.Builder
	for i, a := range answers {
		if i > 0 {
			text.WriteString("\n")
			md.WriteString("\n---\n\n")
		}
		code := bold + a.code + plain
		if before, after, ok := strings.Cut(a.code, a.mark); ok && a.mark != "" {
			code = before + bold + underline + a.mark + plain + after
		}
		text.WriteString(code + "\n")
		fmt.Fprintf(&md, "```go\n%s\n```\n", a.code)
		if a.mark != "" {
			fmt.Fprintf(&md, "\nargument: `%s`\n", a.mark)
		}
		if doc := strings.TrimSpace(a.doc); doc != "" {
			text.WriteString("\n" + plainMarkdown(doc) + "\n")
			md.WriteString("\n" + doc + "\n")
		}
		if a.where != "" {
			text.WriteString("\n" + faint + a.where + plain + "\n")
			md.WriteString("\n*" + a.where + "*\n")
		}
		if source := strings.TrimRight(a.source, "\n"); source != "" {
			text.WriteString("\n" + strings.ReplaceAll(source, "\t", "    ") + "\n")
			fmt.Fprintf(&md, "\n```go\n%s\n```\n", source)
		}
	}
	if len(answers) == 0 {
		return exec.Inspection{}
	}
	return exec.Inspection{Found: true, Data: exec.Bundle{"text/plain": text.String(), "text/markdown": md.String()}}
}

// ANSI codes in plain text; front ends turn them into their own.
const (
	bold      = "\x1b[1m"
	underline = "\x1b[4m"
	faint     = "\x1b[2m"
	plain     = "\x1b[0m"
)

// object returns what the identifier at the cursor stands for; nil if there is none.
func (cs *checkedSheet) object() types.Object {
	if cs.ident == cs.cursor && !startsIdent(cs.code[cs.cursor:]) {
		return nil
	}
	for _, n := range cs.path(cs.pos) {
		id, ok := n.(*ast.Ident)
		if !ok {
			continue
		}
		if o := cs.info.Uses[id]; o != nil {
			return o
		}
		if o := cs.info.Defs[id]; o != nil {
			return o
		}
	}
	return nil
}

func startsIdent(text string) bool {
	for _, r := range text {
		return isIdent(r)
	}
	return false
}

// about tells of the identifier at the cursor.
func (cs *checkedSheet) about(o types.Object, detail int) answer {
	a := answer{code: cs.declaration(o), where: cs.whereIs(o)}
	if d := cs.declared(o); d != nil {
		a.doc = plainComment(d.Doc)
		if detail > 0 {
			a.source = d.Source
		}
		if d.Kind == token.TYPE {
			a.source = ""
			a.code += methods(o, cs.qualifier)
		}
	} else if t, ok := o.(*types.TypeName); ok && o.Pkg() != nil {
		a.code += methods(t, cs.qualifier)
	}
	return a
}

// whereIs says where an object is declared.
func (cs *checkedSheet) whereIs(o types.Object) string {
	if d := cs.declared(o); d != nil {
		return fmt.Sprintf("defined in cell [%d], line %d", d.Cell, d.Line)
	}
	if d := cs.within(o); d != nil {
		return fmt.Sprintf("in type %s of cell [%d]", d.Names[0], d.Cell)
	}
	if line := cs.inCell(o); line > 0 {
		return fmt.Sprintf("defined in this cell, line %d", line)
	}
	if o.Pkg() != nil && o.Pkg() != cs.pkg {
		if _, isPkg := o.(*types.PkgName); !isPkg {
			return "package " + o.Pkg().Path()
		}
	}
	return ""
}

// methods lists the methods of a type as declarations without bodies.
func methods(o types.Object, qualifier types.Qualifier) string {
	named, ok := types.Unalias(o.Type()).(*types.Named)
	if !ok {
		return ""
	}
	var sb strings.Builder
	for m := range named.Methods() {
		if m.Exported() || m.Pkg() != nil && m.Pkg().Path() == "main" {
			sb.WriteString("\n" + types.ObjectString(m, qualifier))
		}
	}
	return sb.String()
}

// call tells of the call within whose parentheses the cursor is; ok is false if it is in none.
func (cs *checkedSheet) call() (a answer, ok bool) {
	for _, n := range cs.path(cs.pos) {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return a, false
		case *ast.CallExpr:
			if n.Lparen >= cs.pos || n.Rparen.IsValid() && n.Rparen < cs.pos {
				continue
			}
			argument := 0
			for _, x := range n.Args {
				if x.End() < cs.pos {
					argument++
				}
			}
			if a, ok = cs.signature(n.Fun, argument); ok {
				return a, true
			}
		}
	}
	return a, false
}

// signature tells of a function that is called.
func (cs *checkedSheet) signature(fun ast.Expr, argument int) (a answer, ok bool) {
	var o types.Object
	switch x := ast.Unparen(fun).(type) {
	case *ast.Ident:
		o = cs.info.Uses[x]
	case *ast.SelectorExpr:
		o = cs.info.Uses[x.Sel]
	}
	if o != nil {
		a = cs.about(o, 0)
	}
	if _, builtin := o.(*types.Builtin); builtin {
		return a, true
	}
	tv, found := cs.info.Types[fun]
	if !found || tv.Type == nil || tv.IsType() {
		return a, false
	}
	g, isFunc := tv.Type.Underlying().(*types.Signature)
	if !isFunc {
		return a, false
	}
	if a.code == "" {
		a.code = types.TypeString(g, cs.qualifier)
	}
	if n := g.Params().Len(); n > 0 && argument >= n && g.Variadic() {
		argument = n - 1
	}
	if argument < g.Params().Len() {
		p := g.Params().At(argument)
		t := types.TypeString(p.Type(), cs.qualifier)
		if g.Variadic() && argument == g.Params().Len()-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		a.mark = strings.TrimSpace(p.Name() + " " + t)
	}
	return a, true
}

// inspect tells what stands at the cursor, from types alone.
func (cs *checkedSheet) inspect(detail int) []answer {
	var answers []answer
	if o := cs.object(); o != nil && !generated(o.Name()) {
		answers = append(answers, cs.about(o, detail))
	}
	if a, ok := cs.call(); ok && (len(answers) == 0 || answers[0].code != a.code) {
		answers = append(answers, a)
	}
	return answers
}
