package program

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// ForeignC is what go tool cgo made of a cell with import "C".
type ForeignC struct {
	// Cell is the cell's text with every C name replaced, Types the file that declares the replacements.
	Cell, Types string
	// Hash identifies the C code.
	Hash string

	file  *ast.File
	names []string // what Types declares at its top level
}

// Rename makes the names that Types declares those of one cell: cgo calls C's int _Ctype_int in every package, but the
// cells of a session are, to the type checker, one package. The C code's own symbols carry a hash already.
func (f *ForeignC) Rename(id string) error {
	declared, err := topLevel(f.Types)
	if err != nil {
		return fmt.Errorf("the file that cgo generated: %w", err)
	}
	suffix := map[string]string{}
	for _, n := range declared {
		if n != "_" && !strings.HasPrefix(n, "_cgo_") && !strings.HasPrefix(n, "__cgofn_") || n == "_cgo_runtime_cgocall" || n == "_cgo_cmalloc" {
			suffix[n] = n + "_" + id
		}
	}
	f.Types, f.Cell = renameIdents(f.Types, suffix), renameIdents(f.Cell, suffix)
	return nil
}

func topLevel(source string) (names []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	return names, nil
}

// renameIdents replaces identifiers in code and the local names in linkname directives.
func renameIdents(source string, to map[string]string) string {
	var s scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(f, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	var sb strings.Builder
	at := 0
	put := func(start int, old, text string) {
		sb.WriteString(source[at:start] + text)
		at = start + len(old)
	}
	for {
		pos, t, lit := s.Scan()
		switch t {
		case token.EOF:
			return sb.String() + source[at:]
		case token.IDENT:
			if n := to[lit]; n != "" {
				put(f.Offset(pos), lit, n)
			}
		case token.COMMENT:
			if words := strings.Fields(lit); len(words) == 3 && words[0] == "//go:linkname" && to[words[1]] != "" {
				put(f.Offset(pos), lit, words[0]+" "+to[words[1]]+" "+words[2])
			}
		}
	}
}

// ParseCgo parses a cell that went through cgo; source is the text as the user wrote it.
func (p *Program) ParseCgo(number int, source string, f *ForeignC) (*cell.Cell, error) {
	c, err := cell.Parse(p.fset, number, f.Cell)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(p.fset, "/gen", f.Types, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("the file that cgo generated: %w", err)
	}
	if f.names, err = topLevel(f.Types); err != nil {
		return nil, err
	}
	f.file = file
	c.ID = cell.ID(source)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addCell(c)
	p.foreignC[c] = f
	return c, nil
}

// foreignDecls returns declarations for what the file that cgo generated declares, so that they have a home.
func (f *ForeignC) foreignDecls(scope *types.Scope) map[string]*Decl {
	decls := map[string]*Decl{}
	for _, n := range f.names {
		d := &Decl{names: []string{n}, raw: f, fixed: true, pos: f.file.Pos(), end: f.file.End()}
		switch scope.Lookup(n).(type) {
		case *types.TypeName:
			d.kind = token.TYPE
		case *types.Func:
			d.kind = token.FUNC
		case *types.Const:
			d.kind = token.CONST
		default: // the addresses of C functions, which only the generated functions use
			continue
		}
		decls[n] = d
	}
	return decls
}

// foreignC exports what cgo declared, so that later cells can name C's types.
func (w *writer) foreignC(f *ForeignC) {
	scope := w.e.ck.pkg.Scope()
	for _, n := range f.names {
		switch o := scope.Lookup(n).(type) {
		case *types.TypeName:
			fmt.Fprintf(&w.exports, "type Ɛ%s = %s\n", n, n)
		case *types.Const:
			fmt.Fprintf(&w.exports, "const Ɛ%s = %s\n", n, n)
		case *types.Func:
			if strings.HasPrefix(n, "_C") {
				fmt.Fprintf(&w.exports, "func (ƐƐT) Ɛ%s() func%s { return %s }\n", n, w.e.spellSignature(o.Signature(), "", nil), n)
			}
		}
	}
}
