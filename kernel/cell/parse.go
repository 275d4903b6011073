package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// Error is a complaint about the user's text.
type Error struct {
	Cell         *Cell // nil when the place is not in a cell
	Line, Column int   // from 1; columns count bytes
	Message      string
	// Hint says what may have been meant, or what to do. It is empty if there is nothing to say.
	Hint string
}

func (e Error) Error() string {
	if e.Cell == nil {
		return e.Message
	}
	return fmt.Sprintf("cell %d:%d:%d: %s", e.Cell.Number, e.Line, e.Column, e.Message)
}

// Errors is a list of complaints. As an error it reads like the first one.
type Errors []Error

func (es Errors) Error() string {
	if len(es) == 0 {
		return "no error"
	}
	return es[0].Error()
}

// The prefixes end their line, so that a comment in the cell's first line is not taken for one
// behind the prefix.
const (
	declPrefix = "package main\n"
	stmtPrefix = "package main;func _(){\n"
)

// Parse parses a cell; the error, if any, is of type Errors. A package clause, as a whole program
// has, is ignored.
func Parse(fset *token.FileSet, number int, source string) (*Cell, error) {
	c := &Cell{ID: ID(source), Number: number, Source: source, prefix: map[*token.File]int{}}
	all, semicolon := chunks(source)
	c.Clause = slices.ContainsFunc(all, func(k chunk) bool { return k.kind == packageClause })
	decls, err := c.parse(fset, declPrefix, blank(source, all, declaration), "\n")
	if err != nil {
		return nil, err
	}
	stmts, err := c.parse(fset, stmtPrefix, blank(source, all, statement), "\n}")
	if err != nil {
		return nil, c.strayBrace(err)
	}
	if errs := c.misplaced(fset, decls, all); errs != nil {
		return nil, errs
	}
	if err := c.looseBody(fset, decls, stmts); err != nil {
		return nil, err
	}
	at := map[*Step]int{}
	for _, d := range decls.Decls {
		c.addDecl(fset, d, at)
	}
	c.callInitLike(fset, at, decls, stmts)
	// Text after a stray closing brace lands in declarations of its own; the parser has complained
	// about the brace in all cases but "}func x(){", which chunks keeps whole as a statement.
	body := stmts.Decls[0].(*ast.FuncDecl).Body.List
	if len(stmts.Decls) > 1 {
		p := stmts.Decls[1].Pos()
		line, col := c.Position(fset.File(p), p)
		return nil, Errors{{Cell: c, Line: line, Column: col, Message: "syntax error: unexpected } before this"}}
	}
	body = slices.DeleteFunc(body, func(s ast.Stmt) bool { _, empty := s.(*ast.EmptyStmt); return empty })
	for i, s := range body {
		if es, ok := s.(*ast.ExprStmt); ok && i == len(body)-1 {
			c.Last, c.Quiet = es.X, semicolon
		}
		st := &Step{Stmt: s}
		if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			st = &Step{Define: a}
		}
		c.addStep(fset, st, s.Pos(), at)
	}
	c.Main = c.declares("main") && len(body) == 0
	slices.SortStableFunc(c.Steps, func(a, b *Step) int { return at[a] - at[b] })
	if err := c.definitions(fset); err != nil {
		return nil, err
	}
	return c, nil
}

// looseBody finds a block that is meant to be the body of the function before it: a { in a line of
// its own begins a statement.
func (c *Cell) looseBody(fset *token.FileSet, decls, stmts *ast.File) error {
	for _, s := range stmts.Decls[0].(*ast.FuncDecl).Body.List {
		b, ok := s.(*ast.BlockStmt)
		if !ok {
			continue
		}
		start := c.Offset(fset.File(b.Lbrace), b.Lbrace)
		for _, d := range decls.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body != nil {
				continue
			}
			end := c.Offset(fset.File(f.End()), f.End())
			if end <= start && strings.TrimSpace(c.Source[end:start]) == "" {
				line, col := c.Position(fset.File(b.Lbrace), b.Lbrace)
				return Errors{{Cell: c, Line: line, Column: col, Message: "syntax error: unexpected newline before {",
					Hint: "the { stands in the line of the func that it belongs to"}}
			}
		}
	}
	return nil
}

func (c *Cell) declares(name string) bool {
	return slices.ContainsFunc(c.Decls, func(d *Decl) bool { return d.Recv == "" && slices.Contains(d.Names, name) })
}

func (c *Cell) parse(fset *token.FileSet, prefix, text, suffix string) (*ast.File, error) {
	f, err := parser.ParseFile(fset, "/cell/"+c.ID, prefix+text+suffix, parser.SkipObjectResolution|parser.ParseComments)
	if f != nil {
		c.prefix[fset.File(f.FileStart)] = len(prefix)
	}
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return f, err
	}
	// An import may stand anywhere in a cell; the parser reads on after this complaint.
	list = slices.DeleteFunc(list, func(e *scanner.Error) bool { return e.Msg == "imports must appear before other declarations" })
	if len(list) == 0 {
		return f, nil
	}
	var errs Errors
	lines := strings.Split(c.Source, "\n")
	for _, e := range list {
		line, col := e.Pos.Line-1, e.Pos.Column
		if line > len(lines) { // the parser ran into the suffix: the cell ends too early
			line, col = len(lines), len(lines[len(lines)-1])+1
			e.Msg = strings.ReplaceAll(e.Msg, "found '}'", "found 'EOF'")
		}
		msg := strings.ReplaceAll(e.Msg, "found 'EOF'", "found the end of the cell")
		at := Error{Cell: c, Line: line, Column: max(min(col, len(lines[line-1])+1), 1), Message: "syntax error: " + msg}
		at.Hint = syntaxHint(c.Source, at)
		errs = append(errs, at)
	}
	// After an error the parser often misses the end as well, which says nothing new.
	early := slices.DeleteFunc(slices.Clone(errs), func(e Error) bool { return strings.Contains(e.Message, "found the end of the cell") })
	if len(early) > 0 {
		return nil, early
	}
	return nil, errs
}

// strayBrace says which brace closes nothing, if that is what the parser has found: to the parser,
// it is the one that ends the function around the statements.
func (c *Cell) strayBrace(err error) error {
	errs, ok := err.(Errors)
	if !ok || len(errs) == 0 {
		return err
	}
	var s scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(c.Source))
	s.Init(f, []byte(c.Source), func(token.Position, string) {}, 0)
	for depth := 0; ; {
		pos, t, _ := s.Scan()
		switch t {
		case token.EOF:
			return err
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		if depth >= 0 {
			continue
		}
		at := f.Position(pos)
		if first := errs[0]; t != token.RBRACE || first.Line < at.Line || first.Line == at.Line && first.Column < at.Column {
			return err
		}
		e := Error{Cell: c, Line: at.Line, Column: at.Column, Message: "syntax error: unexpected }"}
		e.Hint = syntaxHint(c.Source, e)
		return Errors{e}
	}
}

func (c *Cell) addStep(fset *token.FileSet, s *Step, p token.Pos, at map[*Step]int) {
	at[s] = c.Offset(fset.File(p), p)
	c.Steps = append(c.Steps, s)
}

func (c *Cell) addDecl(fset *token.FileSet, d ast.Decl, at map[*Step]int) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.Name == "init" && d.Recv == nil {
			c.addStep(fset, &Step{Init: d}, d.Pos(), at)
			return
		}
		f := &Decl{Kind: token.FUNC, Names: []string{d.Name.Name}, Node: d, Pos: d.Pos(), End: d.End(), Fixed: fixed(d)}
		if d.Doc != nil {
			f.Pos = d.Doc.Pos()
		}
		if d.Recv != nil && len(d.Recv.List) > 0 {
			var generic bool
			f.Recv, generic = receiver(d.Recv.List[0].Type)
			f.Fixed = f.Fixed || generic
		}
		c.Decls = append(c.Decls, f)
	case *ast.GenDecl:
		switch d.Tok {
		case token.IMPORT:
			for _, s := range d.Specs {
				c.Imports = append(c.Imports, s.(*ast.ImportSpec))
			}
		case token.CONST:
			g := &Decl{Kind: token.CONST, Node: d, Pos: d.Pos(), End: d.End()}
			for _, s := range d.Specs {
				for _, id := range s.(*ast.ValueSpec).Names {
					g.Names = append(g.Names, id.Name)
				}
			}
			if len(g.Names) > 0 {
				c.Decls = append(c.Decls, g)
			}
		case token.TYPE:
			for _, s := range d.Specs {
				t := s.(*ast.TypeSpec)
				c.Decls = append(c.Decls, &Decl{Kind: token.TYPE, Names: []string{t.Name.Name}, Pos: s.Pos(), End: s.End(),
					Node: &ast.GenDecl{Tok: token.TYPE, TokPos: s.Pos(), Specs: []ast.Spec{s}}, Fixed: t.TypeParams != nil})
			}
		case token.VAR:
			for _, s := range d.Specs {
				spec := s.(*ast.ValueSpec)
				step := &Step{Var: spec}
				step.embeds(d.Doc)
				step.embeds(spec.Doc)
				c.addStep(fset, step, s.Pos(), at)
			}
		}
	}
}

// embeds notes the //go:embed directives of a comment.
func (s *Step) embeds(doc *ast.CommentGroup) {
	if doc == nil {
		return
	}
	var lines []string
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			lines = append(lines, c.Text)
			s.EmbedPos = c.Pos()
		}
	}
	s.Embed += strings.Join(lines, "\n")
}

// receiver returns the name of a method's receiver type and whether the type is generic.
func receiver(t ast.Expr) (name string, generic bool) {
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t, generic = x.X, true
		case *ast.IndexListExpr:
			t, generic = x.X, true
		case *ast.Ident:
			return x.Name, generic
		default:
			return "", generic
		}
	}
}

func fixed(d *ast.FuncDecl) bool {
	if d.Type.TypeParams != nil || d.Body == nil {
		return true
	}
	if d.Doc != nil {
		for _, c := range d.Doc.List {
			if strings.HasPrefix(c.Text, "//go:uintpt") || strings.HasPrefix(c.Text, "//go:nosplit") {
				return true
			}
		}
	}
	found := false
	ast.Inspect(d.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "recover" {
				found = true
			}
		}
		return !found
	})
	return found
}

// definitions turns every "x, y := v" into the specification of a variable.
func (c *Cell) definitions(fset *token.FileSet) error {
	seen := map[string]bool{}
	for _, s := range c.Steps {
		if s.Define == nil {
			if s.Var != nil {
				for _, id := range s.Var.Names {
					seen[id.Name] = true
				}
			}
			continue
		}
		spec := &ast.ValueSpec{Values: s.Define.Rhs}
		for _, l := range s.Define.Lhs {
			id, ok := l.(*ast.Ident)
			if !ok {
				line, col := c.Position(fset.File(l.Pos()), l.Pos())
				return Errors{{Cell: c, Line: line, Column: col, Message: "non-name on left side of :=", Hint: "a field or an element is assigned with =; := defines variables"}}
			}
			if id.Name != "_" && seen[id.Name] {
				temp := fmt.Sprintf("%s%d", Temporary, c.Offset(fset.File(id.NamePos), id.NamePos))
				s.Again = append(s.Again, &ast.AssignStmt{Lhs: []ast.Expr{id}, Tok: token.ASSIGN, TokPos: id.NamePos,
					Rhs: []ast.Expr{&ast.Ident{NamePos: id.NamePos, Name: temp}}})
				id = &ast.Ident{NamePos: id.NamePos, Name: temp}
			} else if id.Name != "_" {
				seen[id.Name] = true
			}
			spec.Names = append(spec.Names, id)
		}
		s.Var = spec
	}
	return nil
}
