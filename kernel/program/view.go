package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"
)

// View is the live program as text, for editors: what the user has written, without what functions do, and each variable
// with its type. It does not change; the program may go on meanwhile.
type View struct {
	// Version is the language version, as "go1.26".
	Version string
	// Heeds says that errors of cells' statements are heard (see Program.Heeds).
	Heeds bool
	// Imports holds the paths that cells have imported, by local name; Dots those whose names they use without one.
	Imports map[string]string
	Dots    map[string]bool
	// Decls are the declarations in the order in which they were made; C's are not among them.
	Decls []Declared
}

// Declared is one live declaration.
type Declared struct {
	// Names are the names it declares; several only in a constant group. Recv is a method's receiver type.
	Names []string
	Recv  string
	Kind  token.Token // CONST, TYPE, FUNC or VAR
	// Text is Go that declares the same: functions have a body that does nothing, blank constants stand for overridden ones.
	// Doc is the comment above it, with its line ends.
	Text, Doc string
	// Imports are what the text of a variable's type needs, by local name.
	Imports map[string]string
	// Source is the declaration as the user wrote it.
	Source string
	// Cell and Line say where it stands.
	Cell, Line int
}

// View returns the program as it is now.
func (p *Program) View() *View {
	v := &View{Version: p.version, Heeds: p.Heeds(), Imports: maps.Clone(p.imports), Dots: maps.Clone(p.dots)}
	done := map[*Decl]bool{}
	for _, k := range p.inTextOrder() {
		d := p.live[k]
		if d.raw != nil || done[d] || d.cell == nil || d.lost {
			continue
		}
		done[d] = true
		f := p.fset.File(d.pos)
		start := d.cell.Offset(f, d.pos)
		line, _ := d.cell.Position(f, d.pos)
		out := Declared{Names: d.names, Recv: d.recv, Kind: d.kind, Cell: d.cell.Number, Line: line}
		switch d.kind {
		case token.VAR:
			if d.typ == nil || d.typeExpr == nil && d.witness == nil {
				continue
			}
			out.Imports = map[string]string{}
			if d.witness != nil {
				out.Text = "var " + k + " = *" + witness(nil, d.typ, func(path string) string {
					out.Imports[importAlias(path)] = path
					return importAlias(path)
				})
				out.Source = lineAt(d.cell.Source, start)
				break
			}
			out.Text = "var " + k + " " + types.TypeString(d.typ, func(q *types.Package) string {
				if q.Path() == "main" {
					return ""
				}
				name := q.Name()
				if path, taken := p.imports[name]; p.live[name] != nil || taken && path != q.Path() {
					name = importAlias(q.Path())
				}
				out.Imports[name] = q.Path()
				return name
			})
			out.Source = lineAt(d.cell.Source, start)
		case token.FUNC:
			out.Source = d.cell.Source[start : start+int(d.end-d.pos)]
			fd := d.node.(*ast.FuncDecl)
			from := fd.Pos()
			head := d.cell.Offset(f, from)
			out.Doc = strings.TrimSpace(d.cell.Source[start:head])
			if out.Text = d.cell.Source[head : head+int(d.end-from)]; fd.Body != nil {
				out.Text = d.cell.Source[head:head+int(fd.Body.Lbrace-from)] + "{ panic(0) }"
			}
			out.Line, _ = d.cell.Position(f, fd.Name.Pos())
		case token.TYPE:
			out.Source = "type " + d.cell.Source[start:start+int(d.end-d.pos)]
			out.Text = out.Source
		case token.CONST:
			out.Source = d.cell.Source[start : start+int(d.end-d.pos)]
			out.Text = p.constText(d, start)
		}
		if out.Doc == "" {
			out.Doc = commentAbove(d.cell.Source, start)
		} else {
			out.Doc += "\n"
		}
		v.Decls = append(v.Decls, out)
	}
	return v
}

// constText is a constant group's text, in which names that mean something else by now are blank.
func (p *Program) constText(d *Decl, start int) string {
	text := []byte(d.cell.Source[start : start+int(d.end-d.pos)])
	var out []byte
	at := 0
	for _, s := range d.node.(*ast.GenDecl).Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if p.live[id.Name] == d {
				continue
			}
			from := int(id.Pos() - d.pos)
			out = append(append(out, text[at:from]...), '_')
			at = from + len(id.Name)
		}
	}
	return string(append(out, text[at:]...))
}

// lineAt returns the line of the text in which an offset lies.
func lineAt(source string, offset int) string {
	start := strings.LastIndexByte(source[:offset], '\n') + 1
	line, _, _ := strings.Cut(source[start:], "\n")
	return strings.TrimSpace(line)
}

// commentAbove returns the lines that start with // right above the line of an offset, if only blanks or a keyword
// stand between.
func commentAbove(source string, offset int) string {
	rest := source[:strings.LastIndexByte(source[:offset], '\n')+1]
	doc := ""
	for rest != "" {
		start := strings.LastIndexByte(rest[:len(rest)-1], '\n') + 1
		line := strings.TrimSpace(rest[start:])
		if !strings.HasPrefix(line, "//") || strings.HasPrefix(line, "//gonb:") {
			break
		}
		doc = line + "\n" + doc
		rest = rest[:start]
	}
	return doc
}
