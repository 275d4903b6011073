package program

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/script"
)

// RuntimePath is the package that generated code calls.
const RuntimePath = "github.com/gonbml/gonbml/session/rt"

// writer collects the sections of a cell package.
type writer struct {
	*Plan
	e *emitter
	// assigned are the errors that the cell's statements assign to variables, if they are a script.
	assigned []script.Assigned

	aliases strings.Builder // types of other packages, under their own names
	exports strings.Builder // how other packages reach this one
	body    strings.Builder // the user's declarations
	inits   strings.Builder // registration of functions
	carry   strings.Builder // values of variables that move here
	run     strings.Builder
}

// noLine starts text that no line of the user's stands for.
const noLine = "//line /gen:1:1\n"

// line starts text that stands at a position of a cell. The file's name ends as it does because that is what package log
// and runtime.Caller show.
func (w *writer) line(p token.Pos) string {
	f := w.p.fset.File(p)
	c := w.p.cells[f]
	line, col := c.Position(f, p)
	return fmt.Sprintf("//line /cell/%s/cell.go:%d:%d\n", c.ID, line, col)
}

// emit writes the package and names it after its text.
func (pl *Plan) emit(blank map[string]bool) error {
	w := &writer{Plan: pl, e: pl.e}
	emitted := append(append([]*Decl(nil), pl.place.fresh...), pl.place.again...)
	for _, d := range emitted {
		w.e.own(d.node)
	}
	for _, s := range pl.cell.Steps {
		w.e.own(s.Node())
	}
	for _, d := range emitted {
		w.declaration(d)
	}
	if f := pl.p.foreignC[pl.cell]; f != nil {
		w.foreignC(f)
	}
	w.variables()
	pl.steps = pl.e.ck.inInitOrder(pl.cell.Steps)
	w.script()
	for i, s := range pl.steps {
		w.e.ran = i
		w.step(i, s)
	}
	if pl.cell.Main {
		w.run.WriteString(noLine + w.call("main") + "\n")
	}
	var structs strings.Builder
	for _, t := range w.e.structDefs {
		structs.WriteString("type " + w.e.structDef(t) + "\n")
	}
	w.foreignTypes()
	if w.e.err != nil {
		return w.e.err
	}
	text := w.assemble(structs.String())
	return w.finish(text, blank)
}

// call calls a function of the program that has an unexported name and no parameters.
func (w *writer) call(name string) string {
	h := w.e.homeOf(name)
	if h == w.e.cur {
		return name + "()"
	}
	return w.e.reference(w.e.ck.pkg.Scope().Lookup(name), name, h) + "()"
}

// assemble joins the sections, all but the imports.
func (w *writer) assemble(structs string) string {
	var out strings.Builder
	out.WriteString(w.aliases.String() + structs)
	out.WriteString("type ƐƐT ƐƐR.B_int\nconst ƐƐN ƐƐT = 0\nconst ƐƐpath = \"" + PathPrefix + pathMark + "\"\n")
	out.WriteString(w.exports.String())
	out.WriteString(w.body.String())
	for _, n := range sortedKeys(w.e.pointers) {
		out.WriteString(noLine + "var ɛv_" + n + " = " + w.e.pointers[n] + "\n")
	}
	if d := w.place.live["main"]; d == nil {
		out.WriteString(noLine + "func main() {}\n")
	}
	out.WriteString(noLine + "func init() {\nƐƐR.Register(ƐƐpath, ɛrun)\n" + w.inits.String() + "}\n")
	if w.carry.Len() > 0 {
		out.WriteString("var ɛcarried ƐƐR.B_bool\nfunc ɛcarry() { if !ɛcarried { ɛcarried = 1 == 1\n" + w.carry.String() + "} }\n")
	}
	out.WriteString("func ɛrun() {\n")
	if w.carry.Len() > 0 {
		out.WriteString("ɛcarry()\n")
	}
	for _, key := range w.e.cur.activate {
		fmt.Fprintf(&out, "ƐƐR.Activate(%q, ƐƐpath)\n", key)
	}
	out.WriteString(w.run.String() + "\n" + noLine + "}\n")
	return out.String()
}

// pathMark stands for the package's own path in its text until the path, a hash of the text, is known.
const pathMark = "@PATH@"

// finish adds the imports and derives the path.
func (w *writer) finish(text string, blank map[string]bool) error {
	imports := []importLine{{"ƐƐR", RuntimePath}, {"ƐƐu", "unsafe"}}
	for _, n := range sortedKeys(w.e.imports) {
		imports = append(imports, importLine{n, w.e.imports[n]})
	}
	for _, path := range sortedKeys(w.e.spelled) {
		imports = append(imports, importLine{importAlias(path), path})
	}
	for _, path := range sortedKeys(blank) {
		imports = append(imports, importLine{"_", path})
	}
	if w.Embeds {
		imports = append(imports, importLine{"_", "embed"})
	}
	byPath := map[string]*Package{}
	for h := range w.e.cells {
		byPath[h.Path] = h
	}
	for _, path := range sortedKeys(byPath) {
		imports = append(imports, importLine{byPath[path].alias(), path})
	}
	used, err := selectedNames(text)
	if err != nil {
		return fmt.Errorf("the rewritten cell does not parse: %w\n%s", err, text)
	}
	h := sha256.New()
	fmt.Fprintln(h, w.p.salt, w.p.version, namesVersion)
	head := "package main\n"
	for _, i := range w.p.pruneImports(imports, used) {
		w.Imports = append(w.Imports, i.path)
		head += "import " + i.name + " " + strconv.Quote(i.path) + "\n"
		fmt.Fprintln(h, i.path, w.p.lib.ArchiveID(i.path))
	}
	text = head + text
	h.Write([]byte(text + w.embedded))
	if f := w.p.foreignC[w.cell]; f != nil {
		h.Write([]byte(f.Types + f.Hash))
	}
	id := "c" + hex.EncodeToString(h.Sum(nil))[:16]
	w.Source = []byte(strings.Replace(text, pathMark, id, 1))
	w.Package = w.p.packages[PathPrefix+id]
	if w.Package == nil {
		w.e.cur.Path = PathPrefix + id
		w.Package = w.e.cur
	}
	return nil
}

// selectedNames returns the identifiers that something is selected from: the imports that the text uses.
func selectedNames(text string) (map[string]bool, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	return used, nil
}

// foreignTypes gives each type of another package that the text names its local alias. Spelling a constraint may bring
// further types in.
func (w *writer) foreignTypes() {
	for done := map[string]bool{}; len(done) < len(w.e.foreign); {
		for _, n := range sortedKeys(w.e.foreign) {
			if done[n] {
				continue
			}
			done[n] = true
			if h := w.e.homeOf(n); h != w.e.cur {
				params, args := w.e.spellTypeParams(typeParams(w.e.ck.pkg.Scope().Lookup(n).(*types.TypeName)))
				fmt.Fprintf(&w.aliases, "type %s%s = %sƐ%s%s\n", n, params, w.e.qualifier(h), n, args)
			}
		}
	}
}

// inInitOrder puts runs of var declarations into Go's initialisation order, and init functions after them.
func (ck *checked) inInitOrder(steps []*cell.Step) []*cell.Step {
	byValue := map[ast.Expr]*cell.Step{}
	for _, s := range steps {
		if s.Var != nil && s.Define == nil {
			for _, v := range s.Var.Values {
				byValue[v] = s
			}
		}
	}
	declared := func(s *cell.Step) bool { return s.Init != nil || s.Call != nil || s.Var != nil && s.Define == nil }
	var out []*cell.Step
	for len(steps) > 0 {
		n := 0
		for n < len(steps) && declared(steps[n]) {
			n++
		}
		if n == 0 {
			out, steps = append(out, steps[0]), steps[1:]
			continue
		}
		out = append(out, ck.sortRun(steps[:n], byValue)...)
		steps = steps[n:]
	}
	return out
}

func (ck *checked) sortRun(run []*cell.Step, byValue map[ast.Expr]*cell.Step) (out []*cell.Step) {
	done := map[*cell.Step]bool{}
	take := func(s *cell.Step) {
		if s != nil && !done[s] {
			done[s] = true
			out = append(out, s)
		}
	}
	inRun := map[*cell.Step]bool{}
	for _, s := range run {
		inRun[s] = true
		if s.Var != nil && len(s.Var.Values) == 0 {
			take(s)
		}
	}
	for _, i := range ck.initOrder {
		if s := byValue[i.Rhs]; inRun[s] {
			take(s)
		}
	}
	for _, s := range run {
		if s.Init == nil && s.Call == nil {
			take(s)
		}
	}
	for _, s := range run {
		take(s)
	}
	return out
}
