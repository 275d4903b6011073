package program

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"runtime"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/script"
)

// checked is the result of type-checking the live program with one new cell as one package.
type checked struct {
	pkg       *types.Package
	info      *types.Info
	errs      cell.Errors
	places    map[int]token.Pos // of those of errs that are the cell's
	broken    map[string]string // live declarations that no longer compile, with the reason
	undefined []*ast.Ident      // names that may be packages nobody imported
	olds      map[string]bool   // variables of the cell that replace a live one; that one is called oldPrefix+name
	initOrder []*types.Initializer
}

// oldPrefix starts the name that a live variable has while a cell that defines its name again is checked.
const oldPrefix = "Ɛold_"

// scope is what a cell may name besides the program's declarations.
type scope struct {
	imports map[string]string
	dots    map[string]bool
}

// redeclared returns the keys that a cell declares.
func redeclared(c *cell.Cell) map[string]bool {
	keys := map[string]bool{}
	for _, d := range c.Decls {
		if d.Recv != "" {
			keys[d.Key()] = true
			continue
		}
		for _, n := range d.Names {
			keys[n] = true
		}
	}
	for _, s := range c.Steps {
		if s.Var != nil {
			for _, id := range s.Var.Names {
				keys[id.Name] = true
			}
		}
	}
	return keys
}

func (p *Program) check(c *cell.Cell, sc scope) *checked {
	ck := &checked{olds: map[string]bool{}, broken: map[string]string{}, places: map[int]token.Pos{}}
	files := p.programFiles(c, sc, ck)
	conf := types.Config{GoVersion: p.version, Importer: dotImporter{p.importer, p.declared(c)}, Sizes: types.SizesFor("gc", runtime.GOARCH)}
	var initCycle types.Error
	conf.Error = func(err error) {
		var e types.Error
		if !errors.As(err, &e) {
			ck.errs = append(ck.errs, cell.Error{Message: err.Error()})
			return
		}
		switch {
		case strings.HasPrefix(e.Msg, "initialization cycle:") && throughSteps(c, e.Msg):
			initCycle = e // steps run in text order: a function literal may well call its own variable
		case strings.Contains(e.Msg, "imported") && strings.Contains(e.Msg, "not used"):
		case strings.HasPrefix(e.Msg, "\t"): // says where else the thing of the error before is
		case c.Last != nil && e.Pos == c.Last.Pos() && strings.HasSuffix(e.Msg, "is not used"):
		default:
			p.complain(ck, c, e)
		}
	}
	ck.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{}}
	ck.pkg, _ = conf.Check("main", p.fset, files, ck.info)
	switch {
	case initCycle.Msg == "":
		ck.initOrder = ck.info.InitOrder
	case ck.invalidVars(c): // the cycle is in a type, not in values
		p.complain(ck, c, initCycle)
	}
	p.renameTemporaries(ck, c)
	p.undefinedPackages(ck, c)
	return ck
}

// throughSteps says whether a cycle that the type checker complains of goes through a variable defined by a :=.
func throughSteps(c *cell.Cell, msg string) bool {
	for _, s := range c.Steps {
		if s.Define == nil {
			continue
		}
		for _, id := range s.Var.Names {
			if strings.Contains(msg, id.Name+" refers to") {
				return true
			}
		}
	}
	return false
}

// invalidVars says whether the type of one of the cell's variables could not be found out.
func (ck *checked) invalidVars(c *cell.Cell) bool {
	for _, s := range c.Steps {
		if s.Var == nil {
			continue
		}
		for _, id := range s.Var.Names {
			if o := ck.info.Defs[id]; o != nil && strings.Contains(o.Type().String(), "invalid type") {
				return true
			}
		}
	}
	return false
}

// complain files an error under the new cell, or under the live declaration that it breaks.
func (p *Program) complain(ck *checked, c *cell.Cell, e types.Error) {
	f := p.fset.File(e.Pos)
	if name, ok := p.frozen[f]; ok {
		ck.broken[name] = e.Msg
		return
	}
	in := p.cells[f]
	if in == nil {
		ck.errs = append(ck.errs, cell.Error{Message: e.Msg})
		return
	}
	if in != c {
		for k, d := range p.live {
			if d.node != nil && d.pos <= e.Pos && e.Pos <= d.end {
				ck.broken[k] = e.Msg
			}
		}
		if len(ck.broken) > 0 {
			return
		}
	}
	line, col := in.Position(f, e.Pos)
	if in == c {
		ck.places[len(ck.errs)] = e.Pos
	}
	ck.errs = append(ck.errs, cell.Error{Cell: in, Line: line, Column: col, Message: userText(e.Msg)})
}

// userText takes generated prefixes out of a message.
func userText(s string) string {
	s = script.Plain(declaredAt.ReplaceAllString(s, ""))
	return strings.NewReplacer(oldPrefix, "", " in assignment to _ identifier", "").Replace(s)
}

// declaredAt is how the type checker names a place, in a file that the user does not know.
var declaredAt = regexp.MustCompile(` \(declared at /[^)]*\)`)

// programFiles lays the live program and the new cell out as the files of one package.
func (p *Program) programFiles(c *cell.Cell, sc scope, ck *checked) []*ast.File {
	isNew, hidden := redeclared(c), p.declared(c)
	byCell := map[*cell.Cell]*ast.File{}
	var files []*ast.File
	fileOf := func(c *cell.Cell) *ast.File {
		if byCell[c] == nil {
			byCell[c] = &ast.File{Name: ast.NewIdent("main"), Decls: []ast.Decl{importDecl(sc, hidden)}}
			files = append(files, byCell[c])
		}
		return byCell[c]
	}
	vars := &ast.File{Name: ast.NewIdent("main")}
	varImports := map[string]string{}
	addVar := func(name string, d *Decl) {
		for _, path := range d.typeImports {
			varImports[importAlias(path)] = path
		}
		spec := &ast.ValueSpec{Type: d.typeExpr}
		at := d.witness
		if d.typeExpr != nil {
			at = d.typeExpr
		} else {
			spec.Values = []ast.Expr{d.witness}
		}
		spec.Names = []*ast.Ident{{NamePos: at.Pos(), Name: name}}
		vars.Decls = append(vars.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{spec}})
	}
	changed := p.dependants(isNew)
	if p.reviving != nil {
		for k, d := range p.reviving.decls {
			if p.live[k] == d {
				changed[d] = true
			}
		}
	}
	relevant := p.relevant(c, changed)
	done := map[*Decl]bool{}
	raws := map[*ForeignC]bool{}
	if f := p.foreignC[c]; f != nil {
		raws[f] = true
	}
	for _, k := range p.inTextOrder() {
		d := p.live[k]
		if !relevant[d] {
			continue
		}
		switch {
		case d.raw != nil:
			raws[d.raw] = true
		case d.kind == token.VAR && isNew[k]:
			addVar(oldPrefix+k, d)
			ck.olds[k] = true
		case d.kind == token.VAR:
			addVar(k, d)
		case d.kind == token.CONST:
			if !done[d] {
				done[d] = true
				f := fileOf(d.cell)
				f.Decls = append(f.Decls, p.constGroup(d, isNew))
			}
		case !isNew[k]:
			f := fileOf(d.cell)
			if d.stub != nil && !changed[d] {
				f.Decls = append(f.Decls, d.stub)
			} else {
				f.Decls = append(f.Decls, d.node)
			}
		}
	}
	f := fileOf(c)
	for _, d := range c.Decls {
		f.Decls = append(f.Decls, d.Node)
	}
	f.Decls = append(f.Decls, runFunc(c, f)...)
	vars.Decls = append([]ast.Decl{importDecl(scope{imports: varImports}, nil)}, vars.Decls...)
	for f := range raws {
		files = append(files, f.file)
	}
	if p.isScript(c) {
		files = append(files, p.takersFile())
	}
	return append(files, vars)
}

// declared holds the names that mean something in the program with the cell, whatever is imported.
func (p *Program) declared(c *cell.Cell) map[string]bool {
	names := redeclared(c)
	for n := range p.live {
		names[n] = true
	}
	return names
}

// runFunc returns the declarations of the cell's variables and init functions, and a function with its statements.
func runFunc(c *cell.Cell, f *ast.File) (decls []ast.Decl) {
	body := &ast.BlockStmt{}
	for _, s := range c.Steps {
		switch {
		case s.Var != nil:
			decls = append(decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{s.Var}})
			body.List = append(body.List, s.Again...)
		case s.Init != nil:
			decls = append(decls, s.Init)
		case s.Call != nil: // the declaration is checked as such
		default:
			body.List = append(body.List, checkedStmt(c, s.Stmt))
		}
	}
	return append(decls, &ast.FuncDecl{Name: ast.NewIdent("ɛrun"), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: body})
}

// checkedStmt returns the statement, or "_ = x" for a last expression x that no statement may consist of. A call stays
// as it is, since it may have no result or several; check allows that its value is not used.
func checkedStmt(c *cell.Cell, s ast.Stmt) ast.Stmt {
	es, ok := s.(*ast.ExprStmt)
	if !ok || es.X != c.Last {
		return s
	}
	if _, call := ast.Unparen(es.X).(*ast.CallExpr); call {
		return s
	}
	return &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: es.Pos(), Name: "_"}}, Tok: token.ASSIGN, TokPos: es.Pos(), Rhs: []ast.Expr{es.X}}
}

// constGroup returns a constant group in which names that mean something else by now are blank; iota goes on counting.
func (p *Program) constGroup(d *Decl, isNew map[string]bool) ast.Decl {
	g := *d.node.(*ast.GenDecl)
	g.Specs = nil
	for _, s := range d.node.(*ast.GenDecl).Specs {
		v := *s.(*ast.ValueSpec)
		v.Names = nil
		for _, id := range s.(*ast.ValueSpec).Names {
			if p.live[id.Name] != d || isNew[id.Name] {
				id = &ast.Ident{NamePos: id.NamePos, Name: "_"}
			}
			v.Names = append(v.Names, id)
		}
		g.Specs = append(g.Specs, &v)
	}
	return &g
}

// importDecl imports everything in the scope under its local name; hidden names mean something else in the program.
func importDecl(sc scope, hidden map[string]bool) ast.Decl {
	// go/types wants a parenthesis position where there are several specs.
	g := &ast.GenDecl{Tok: token.IMPORT, Lparen: 1, Rparen: 1}
	add := func(name, path string) {
		g.Specs = append(g.Specs, &ast.ImportSpec{Name: ast.NewIdent(name), Path: &ast.BasicLit{Kind: token.STRING, Value: fmt.Sprintf("%q", path)}})
	}
	for _, n := range sortedKeys(sc.imports) {
		if !hidden[n] {
			add(n, sc.imports[n])
		}
	}
	for _, path := range sortedKeys(sc.dots) {
		add(".", path+dotSuffix)
	}
	return g
}

// importAlias is an import name that no user can have chosen.
func importAlias(path string) string {
	var sb strings.Builder
	sb.WriteString("ƐƐi_")
	for _, r := range path {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			sb.WriteRune(r)
		} else {
			fmt.Fprintf(&sb, "_%x", r)
		}
	}
	return sb.String()
}

// parseFrozen parses the text of a variable's type, once, into a file of its own.
func (p *Program) parseFrozen(name, text string) ast.Expr {
	x, err := parser.ParseExprFrom(p.fset, "/type", text, 0)
	if err != nil {
		return nil
	}
	p.frozen[p.fset.File(x.Pos())] = name
	return x
}
