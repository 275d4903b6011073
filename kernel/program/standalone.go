package program

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// Standalone says what part of the session to write as an ordinary Go program: to test it, or to compile it for another
// machine. Such a program starts from the beginning. It has the session's definitions, and none of its values: variables
// get what their definitions say.
type Standalone struct {
	// Cell, if not nil, is a cell that has not run. Its declarations hide those of the session, and its bare statements
	// are the body of main.
	Cell *cell.Cell
	// Roots are the names that the program is made for. It holds what they and the cell use.
	Roots []string
	// Split, if not nil, says of each function's name whether it belongs into the second file.
	Split func(function string) bool
	// All puts everything in that the session defines, and a main function if it defines none.
	All bool
	// Constants are further constants of type string.
	Constants map[string]string
}

// standalone is one such program being put together.
type standalone struct {
	*Program
	Standalone
	own     map[string]*cell.Decl // the cell's declarations
	imports map[string]string
	taken   map[string]bool // names and methods that are in the program
	queue   []string
	files   [2]strings.Builder
	extra   []string // import lines that are kept as they are
	ed      *edits
	musts   map[int]string // functions that take errors off, by the number of results besides
	err     error
}

// definition is where a variable got its value last.
type definition struct {
	cell *cell.Cell
	step *cell.Step
	// unread says that the step assigns an error which its cell does not look at.
	unread bool
}

// Standalone writes the program as one file, or as two with Split; the second is empty if nothing belongs into it. The
// files' lines are those of the cells, named cell_N.go by their numbers.
func (p *Program) Standalone(o Standalone) (first, second []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &standalone{Program: p, Standalone: o, own: map[string]*cell.Decl{}, imports: map[string]string{}, taken: map[string]bool{},
		ed: newEdits(p.fset, p.cells), musts: map[int]string{}}
	for name, path := range p.imports {
		s.imports[name] = path
	}
	for name, value := range o.Constants {
		s.taken[name] = true
		fmt.Fprintf(&s.files[0], "const %s = %q\n", name, value)
	}
	if o.Cell != nil {
		s.addCell(o.Cell)
	}
	s.queue = append(s.queue, o.Roots...)
	if o.All {
		for _, k := range p.inTextOrder() {
			if p.live[k].raw == nil {
				s.queue = append(s.queue, k)
			}
		}
		if p.live["main"] == nil {
			s.files[0].WriteString("func main() {}\n")
		}
	}
	var inits []string
	for _, k := range p.inTextOrder() {
		if d := p.live[k]; d.kind == token.FUNC && d.recv == "" && strings.HasPrefix(k, "init_") && d.sig == "func()" {
			inits = append(inits, k)
		}
	}
	s.queue = append(s.queue, inits...)
	for len(s.queue) > 0 {
		name := s.queue[0]
		s.queue = s.queue[1:]
		s.add(name)
	}
	for _, name := range inits {
		fmt.Fprintf(&s.files[0], "func init() { %s() }\n", name)
	}
	s.writeMusts()
	if s.err != nil {
		return nil, nil, s.err
	}
	if first, err = s.finish(s.files[0].String()); err != nil || s.files[1].Len() == 0 {
		return first, nil, err
	}
	second, err = s.finish(s.files[1].String())
	return first, second, err
}

// addCell adds all that the cell consists of.
func (s *standalone) addCell(c *cell.Cell) {
	for _, i := range c.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		switch {
		case i.Name != nil && (i.Name.Name == "_" || i.Name.Name == "."):
			s.extra = append(s.extra, i.Name.Name+" "+i.Path.Value)
		case i.Name != nil:
			s.imports[i.Name.Name] = path
		default:
			s.imports[s.packageName(path)] = path
		}
	}
	for _, d := range c.Decls {
		for _, n := range d.Names {
			if d.Recv == "" {
				s.own[n] = d
				s.taken[n] = true
			} else {
				s.taken[d.Key()] = true
			}
		}
	}
	s.hearCell(c)
	var body strings.Builder
	for _, st := range c.Steps {
		if st.Var != nil && st.Define == nil {
			for _, id := range st.Var.Names {
				s.taken[id.Name] = true
			}
		}
	}
	for _, d := range c.Decls {
		s.write(c, d.Kind, d.Names[0], d.Node, d.Pos, d.End)
		if d.Recv == "" && d.Kind == token.TYPE {
			s.methods(d.Names[0])
		}
	}
	for _, st := range c.Steps {
		switch {
		case st.Init != nil:
			s.write(c, token.FUNC, "init", st.Init, st.Init.Pos(), st.Init.End())
		case st.Call != nil:
			fmt.Fprintf(&s.files[0], "func init() { %s() }\n", st.Call.Name)
		case st.Var != nil && st.Define == nil:
			s.variable(definition{cell: c, step: st}, func(string) bool { return true })
		default:
			n := st.Node()
			body.WriteString(s.line(c, n.Pos()) + s.slice(n.Pos(), n.End()) + "\n")
			s.uses(n)
		}
	}
	switch {
	case s.own["main"] == nil:
		s.files[0].WriteString("func main() {\n" + body.String() + "}\n")
	case body.Len() > 0:
		s.files[0].WriteString("func init() {\n" + body.String() + "}\n")
	}
}

// packageName is the name of a package, which may be one for another machine and then can only be guessed.
func (s *standalone) packageName(path string) string {
	if s.lib.Need(path) == nil {
		if pkg, err := s.importer.Import(path); err == nil {
			return pkg.Name()
		}
	}
	return PackageName(path)
}

// PackageName guesses the name of a package from its path, for imports without a name: the last element that is no version.
func PackageName(path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = parts[len(parts)-2]
	}
	last, _, _ = strings.Cut(last, ".v")
	last = strings.TrimPrefix(last, "go-")
	return strings.NewReplacer("-", "_", ".", "_").Replace(last)
}

// add adds a name of the session, once.
func (s *standalone) add(name string) {
	d := s.live[name]
	if d == nil || s.taken[name] || d.recv != "" && s.taken[d.key()] {
		return
	}
	if d.raw != nil {
		s.err = fmt.Errorf("%s is C's: expected Go definitions only. Write the C code and what uses it to files with %%%%writefile", name)
		return
	}
	switch d.kind {
	case token.VAR:
		def := s.defs[name]
		if def.cell == nil {
			s.err = fmt.Errorf("the definition of %s is not known", name)
			return
		}
		for _, id := range def.step.Var.Names {
			if s.defs[id.Name] == def {
				s.taken[id.Name] = true
			}
		}
		s.variable(def, func(n string) bool { return s.defs[n] == def && s.live[n] != nil })
		return
	case token.CONST:
		for _, n := range d.names {
			if s.live[n] == d {
				s.taken[n] = true
			}
		}
		s.write(d.cell, d.kind, name, d.node, d.pos, d.end)
		return
	}
	s.taken[d.key()] = true
	s.write(d.cell, d.kind, d.names[0], d.node, d.pos, d.end)
	if d.kind == token.TYPE {
		s.methods(name)
	}
}

// methods adds the methods of a type that are not in the program yet.
func (s *standalone) methods(typeName string) {
	for _, k := range s.inTextOrder() {
		if d := s.live[k]; d.recv == typeName && !s.taken[k] {
			s.queue = append(s.queue, k)
		}
	}
}

// uses asks for every name of the session that occurs in a piece of syntax.
func (s *standalone) uses(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.live[id.Name] != nil && !s.taken[id.Name] {
			s.queue = append(s.queue, id.Name)
		}
		return true
	})
}

// write writes one declaration.
func (s *standalone) write(c *cell.Cell, kind token.Token, name string, node ast.Node, from, to token.Pos) {
	out := &s.files[0]
	if kind == token.FUNC && s.Split != nil && s.Split(name) {
		out = &s.files[1]
	}
	text := s.slice(from, to)
	switch kind {
	case token.TYPE:
		out.WriteString("type \n" + s.line(c, from) + text + "\n")
	case token.CONST:
		out.WriteString(s.line(c, from) + s.constants(c, node.(*ast.GenDecl), from, to) + "\n")
	default:
		out.WriteString(s.line(c, from) + text + "\n")
	}
	s.uses(node)
}

// constants writes a constant group, in which names that mean something else by now are blank.
func (s *standalone) constants(c *cell.Cell, g *ast.GenDecl, from, to token.Pos) string {
	text := s.slice(from, to)
	for _, spec := range slices.Backward(g.Specs) {
		for _, id := range slices.Backward(spec.(*ast.ValueSpec).Names) {
			if d := s.live[id.Name]; id.Name != "_" && c != s.Cell && (d == nil || d.node != ast.Decl(g)) {
				at := int(id.Pos() - from)
				text = text[:at] + "_" + text[at+len(id.Name):]
			}
		}
	}
	return text
}

// variable writes the definition of variables; names that are not current become blank.
func (s *standalone) variable(def definition, current func(string) bool) {
	c, st := def.cell, def.step
	spec := st.Var
	var names []string
	if st.Define != nil { // repeated names have stand-ins in the specification
		for _, x := range st.Define.Lhs {
			names = append(names, x.(*ast.Ident).Name)
		}
	} else {
		for _, id := range spec.Names {
			names = append(names, id.Name)
		}
	}
	for i, n := range names {
		if !current(n) {
			names[i] = "_"
		}
	}
	check := s.hearVariable(def, &names)
	text := "var " + strings.Join(names, ", ")
	if spec.Type != nil {
		text += " " + s.slice(spec.Type.Pos(), spec.Type.End())
		s.uses(spec.Type)
	}
	if len(spec.Values) > 0 {
		first, last := spec.Values[0], spec.Values[len(spec.Values)-1]
		text += " =\n" + s.line(c, first.Pos()) + s.slice(first.Pos(), last.End())
		for _, v := range spec.Values {
			s.uses(v)
		}
	}
	if st.Embed != "" {
		s.err = fmt.Errorf("%s embeds a file: expected definitions without //go:embed", names[0])
	}
	s.files[0].WriteString(text + "\n" + check)
}

func (s *standalone) slice(from, to token.Pos) string { return s.ed.text(from, to) }

func (s *standalone) line(c *cell.Cell, at token.Pos) string {
	line, column := c.Position(s.fset.File(at), at)
	return fmt.Sprintf("//line cell_%d.go:%d:%d\n", c.Number, line, column)
}

// finish puts the imports that the text uses before it.
func (s *standalone) finish(text string) ([]byte, error) {
	// Without SkipObjectResolution the parser lists what no scope of the file explains, package names among it.
	f, err := parser.ParseFile(token.NewFileSet(), "", packageClause+text, 0)
	if err != nil {
		return nil, fmt.Errorf("the session as a program does not parse: %w", err)
	}
	unresolved := map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		unresolved[id] = true
	}
	selected := map[string][]string{}
	bare := false
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && unresolved[id] && !s.taken[id.Name] {
				selected[id.Name] = append(selected[id.Name], sel.Sel.Name)
				delete(unresolved, id)
			}
		}
		return true
	})
	for id := range unresolved {
		bare = bare || id.IsExported() && !s.taken[id.Name]
	}
	head := packageClause
	for _, name := range sortedKeys(selected) {
		path := s.imports[name]
		if path == "" {
			path = s.packageWith(name, selected[name])
		}
		if path != "" {
			head += "import " + name + " " + strconv.Quote(path) + "\n"
		}
	}
	if bare {
		head, text = s.dotImports(f, head, text, unresolved)
	}
	for _, line := range s.extra {
		head += "import " + line + "\n"
	}
	return []byte(head + text), nil
}

// Functions returns the names of the session's functions, in the order of their definition.
func (p *Program) Functions() []string {
	var names []string
	for _, k := range p.inTextOrder() {
		if d := p.live[k]; d.kind == token.FUNC && d.recv == "" && d.raw == nil {
			names = append(names, k)
		}
	}
	return names
}
