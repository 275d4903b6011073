package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// SplitProgram cuts a program into cells: its imports; then each declaration, after those that it
// needs; then the functions called init; and last the declaration of main, which the engine then
// calls. Declarations that need one another share a cell. A method has a cell of its own after its
// type's where the program compiles that way, and otherwise shares it.
//
// Package variables come in the order in which Go initialises them.
func SplitProgram(p Program, lib *Library) ([]string, error) {
	var firstErr error
	for _, apart := range []bool{true, false} {
		g, err := readDeclarations(p, lib)
		if err != nil {
			return nil, fmt.Errorf("split %s: %w", p.Name, err)
		}
		g.link(apart)
		cells := g.cells()
		if err := g.compileInOrder(cells, lib); err == nil {
			return g.texts(cells), nil
		} else if firstErr == nil {
			firstErr = err
		}
	}
	return nil, fmt.Errorf("split %s: %w", p.Name, firstErr)
}

// declaration is a piece of a program that can be a cell.
type declaration struct {
	text  string
	node  ast.Node
	order int // place in the file
	recv  *declaration
	needs map[*declaration]bool
	// methods are those of a type.
	methods []*declaration
}

func (d *declaration) isType() bool { _, ok := d.node.(*ast.TypeSpec); return ok }

// declarations is a program taken apart.
type declarations struct {
	pkg  *types.Package
	info *types.Info
	// imports is the text of the import declarations.
	imports string
	all     []*declaration // all but the init functions and main
	inits   []*declaration
	main    *declaration
	// byObject finds the declaration of a name at the top level, or of a method.
	byObject map[types.Object]*declaration
}

func readDeclarations(p Program, lib *Library) (*declarations, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, p.Path, p.Text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	g := &declarations{byObject: map[types.Object]*declaration{}, info: &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
	conf := types.Config{Importer: lib, GoVersion: lib.version, Sizes: types.SizesFor("gc", "amd64")}
	if g.pkg, err = conf.Check(f.Name.Name, fset, []*ast.File{f}, g.info); err != nil {
		return nil, err
	}
	text := func(from, to token.Pos) string {
		return p.Text[fset.Position(from).Offset:fset.Position(to).Offset]
	}
	add := func(s string, n ast.Node, names ...*ast.Ident) *declaration {
		d := &declaration{text: s, node: n, order: len(g.all), needs: map[*declaration]bool{}}
		g.all = append(g.all, d)
		for _, id := range names {
			if o := g.info.Defs[id]; o != nil {
				g.byObject[o] = d
			}
		}
		return d
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			g.addGroup(d, text, add)
		case *ast.FuncDecl:
			from := d.Pos()
			if d.Doc != nil {
				from = d.Doc.Pos() // it may hold directives
			}
			g.addFunc(d, text(from, d.End()), add)
		}
	}
	for _, d := range g.all {
		if fn, ok := d.node.(*ast.FuncDecl); ok && fn.Recv != nil {
			if d.recv = g.byObject[receiver(g.info, fn)]; d.recv != nil {
				d.recv.methods = append(d.recv.methods, d)
			}
		}
	}
	if g.main == nil {
		return nil, fmt.Errorf("expected a function main; got none")
	}
	return g, nil
}

// addGroup adds the parts of a declaration that can be in parentheses. Constants stay together, for
// the sake of iota.
func (g *declarations) addGroup(d *ast.GenDecl, text func(from, to token.Pos) string, add func(string, ast.Node, ...*ast.Ident) *declaration) {
	switch d.Tok {
	case token.IMPORT:
		g.imports += text(d.Pos(), d.End()) + "\n"
	case token.CONST:
		var names []*ast.Ident
		for _, s := range d.Specs {
			names = append(names, s.(*ast.ValueSpec).Names...)
		}
		add(text(d.Pos(), d.End()), d, names...)
	default:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				add("type "+text(s.Pos(), s.End()), s, s.Name)
			case *ast.ValueSpec:
				add("var "+text(s.Pos(), s.End()), s, s.Names...)
			}
		}
	}
}

func (g *declarations) addFunc(d *ast.FuncDecl, text string, add func(string, ast.Node, ...*ast.Ident) *declaration) {
	x := add(text, d, d.Name)
	if d.Recv != nil {
		return
	}
	switch d.Name.Name {
	case "init":
		g.inits = append(g.inits, x)
		g.all = g.all[:len(g.all)-1]
	case "main":
		g.main = x
		g.all = g.all[:len(g.all)-1]
	}
}

// receiver is the type that a method belongs to.
func receiver(info *types.Info, fn *ast.FuncDecl) types.Object {
	o, ok := info.Defs[fn.Name].(*types.Func)
	if !ok {
		return nil
	}
	t := types.Unalias(o.Signature().Recv().Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Origin().Obj()
	}
	return nil
}

// texts joins the declarations of each cell.
func (g *declarations) texts(cells [][]*declaration) []string {
	var out []string
	if g.imports != "" {
		out = append(out, g.imports)
	}
	for _, c := range cells {
		var parts []string
		for _, d := range c {
			parts = append(parts, d.text)
		}
		out = append(out, strings.Join(parts, "\n\n"))
	}
	return out
}

// compileInOrder checks that what the first cells declare compiles without those after them, for
// every number of cells.
func (g *declarations) compileInOrder(cells [][]*declaration, lib *Library) error {
	var soFar strings.Builder
	soFar.WriteString("package main\n" + g.imports)
	for i, c := range cells {
		for _, d := range c {
			soFar.WriteString("\n" + d.text + "\n")
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "cells.go", soFar.String(), 0)
		if err != nil {
			return err
		}
		var wrong error
		conf := types.Config{Importer: lib, GoVersion: lib.version, Sizes: types.SizesFor("gc", "amd64"), Error: func(err error) {
			if wrong == nil && !strings.Contains(err.Error(), "imported and not used") && !strings.Contains(err.Error(), "imported as ") {
				wrong = err
			}
		}}
		// The error that it returns is the first of those that Error saw.
		conf.Check("main", fset, []*ast.File{f}, nil)
		if wrong != nil {
			return fmt.Errorf("cell %d of %d: %w", i+1, len(cells), wrong)
		}
	}
	return nil
}

// cells orders the declarations, those that need one another in one cell.
func (g *declarations) cells() [][]*declaration {
	cells := components(g.all, func(d *declaration) []*declaration {
		var list []*declaration
		for n := range d.needs {
			list = append(list, n)
		}
		slices.SortFunc(list, byOrder)
		return list
	})
	for _, c := range cells {
		slices.SortFunc(c, byOrder)
	}
	for _, d := range g.inits {
		cells = append(cells, []*declaration{d})
	}
	return append(cells, []*declaration{g.main})
}

func byOrder(a, b *declaration) int { return a.order - b.order }
