package editor

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/gonbml/gonbml/kernel/exec"
)

// complete lists what could stand at the cursor, from types alone.
func (cs *checkedSheet) complete(names map[string][]string) []exec.Completion {
	l := &list{cs: cs, prefix: cs.code[cs.ident:cs.cursor], seen: map[string]bool{}}
	path := cs.path(cs.pos)
	for _, n := range path {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Pos() <= cs.pos && cs.pos <= sel.Sel.End() {
			l.members(sel.X)
			return l.items
		}
	}
	if keysOnly := l.fields(path); keysOnly {
		return l.items
	}
	l.scope()
	if l.prefix != "" {
		l.keywords()
	}
	if len(l.prefix) >= 2 {
		l.packages(names)
	}
	return l.items
}

// list collects candidates that begin with a prefix; letters of either case are alike, but those
// that are the same come first.
type list struct {
	cs     *checkedSheet
	prefix string
	seen   map[string]bool
	items  []exec.Completion
}

func (l *list) fits(name string) bool {
	return name != "_" && !l.seen[name] && hasPrefixFold(name, l.prefix) && !generated(name)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// generated says whether a name is one of ours.
func generated(name string) bool {
	return strings.HasPrefix(name, "ɛ") || strings.HasPrefix(name, "Ɛ")
}

func (l *list) add(o types.Object) {
	if o == nil || !l.fits(o.Name()) {
		return
	}
	l.seen[o.Name()] = true
	kind, detail := describe(o, l.cs.qualifier)
	item := exec.Completion{Text: o.Name(), Kind: kind, Detail: detail}
	if d := l.cs.declared(o); d != nil {
		item.Doc = firstSentence(plainComment(d.Doc))
	}
	l.items = append(l.items, item)
}

// ordered sorts what was added since the items had a length: the same letters first, then by name.
func (l *list) ordered(from int) {
	slices.SortStableFunc(l.items[from:], func(a, b exec.Completion) int {
		if sa, sb := strings.HasPrefix(a.Text, l.prefix), strings.HasPrefix(b.Text, l.prefix); sa != sb {
			if sa {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Text, b.Text)
	})
}

// members adds what can be selected from an expression: of a package what it exports, else fields
// and methods.
func (l *list) members(x ast.Expr) {
	defer l.ordered(len(l.items))
	if id, ok := x.(*ast.Ident); ok {
		if name, ok := l.cs.info.Uses[id].(*types.PkgName); ok {
			scope := name.Imported().Scope()
			for _, n := range scope.Names() {
				if token.IsExported(n) {
					l.add(scope.Lookup(n))
				}
			}
			return
		}
	}
	tv, ok := l.cs.info.Types[x]
	if !ok || tv.Type == nil {
		return
	}
	for _, sel := range typeutil.IntuitiveMethodSet(tv.Type, nil) {
		l.member(sel.Obj())
	}
	if !tv.IsType() {
		for _, f := range fieldsOf(tv.Type, map[types.Type]bool{}) {
			l.member(f)
		}
	}
}

// member adds a field or method unless it is another package's own.
func (l *list) member(o types.Object) {
	if o.Exported() || o.Pkg() == l.cs.pkg {
		l.add(o)
	}
}

// fieldsOf lists a type's fields, then those of what it embeds.
func fieldsOf(t types.Type, seen map[types.Type]bool) (fields []*types.Var) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] {
		return nil
	}
	seen[t] = true
	var deeper []*types.Var
	for i := range s.NumFields() {
		f := s.Field(i)
		fields = append(fields, f)
		if f.Embedded() {
			deeper = append(deeper, fieldsOf(f.Type(), seen)...)
		}
	}
	return append(fields, deeper...)
}

// fields adds the keys of the struct literal in which the cursor is, if it is where a key can
// stand. It says whether nothing else can stand there: the literal has keys already.
func (l *list) fields(path []ast.Node) (only bool) {
	for _, n := range path {
		switch n := n.(type) {
		case *ast.Ident, *ast.BadExpr:
			continue
		case *ast.CompositeLit:
			if n.Lbrace >= l.cs.pos {
				return false
			}
			tv, ok := l.cs.info.Types[n]
			if !ok || tv.Type == nil {
				return false
			}
			if _, ok := tv.Type.Underlying().(*types.Struct); !ok {
				return false
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					only = true
					if id, ok := kv.Key.(*ast.Ident); ok {
						l.seen[id.Name] = true
					}
				}
			}
			s := tv.Type.Underlying().(*types.Struct)
			for i := range s.NumFields() {
				if f := s.Field(i); f.Exported() || f.Pkg() == l.cs.pkg {
					l.add(f)
				}
			}
			return only
		default:
			return false
		}
	}
	return false
}

// scope adds the names that mean something at the cursor, the nearest first.
func (l *list) scope() {
	if l.cs.pkg == nil {
		return
	}
	file := l.cs.info.Scopes[l.cs.files[l.cs.sheet.file]]
	at := l.cs.pkg.Scope().Innermost(l.cs.pos)
	if at == nil {
		at = file
	}
	for ; at != nil; at = at.Parent() {
		from := len(l.items)
		for _, n := range at.Names() {
			o := at.Lookup(n)
			if at != file && at != l.cs.pkg.Scope() && at != types.Universe && o.Pos() >= l.cs.pos {
				continue // it is declared further down
			}
			if _, isPkg := o.(*types.PkgName); isPkg && at != file {
				continue
			}
			l.add(o)
		}
		l.ordered(from)
	}
}

func (l *list) keywords() {
	for t := token.BREAK; t <= token.VAR; t++ {
		if t.IsKeyword() && strings.HasPrefix(t.String(), l.prefix) {
			l.items = append(l.items, exec.Completion{Text: t.String(), Kind: "keyword"})
		}
	}
}

// packages adds packages that are imported when a cell names them.
func (l *list) packages(names map[string][]string) {
	defer l.ordered(len(l.items))
	for n, paths := range names {
		if strings.HasPrefix(n, l.prefix) && l.fits(n) && len(paths) > 0 {
			l.seen[n] = true
			l.items = append(l.items, exec.Completion{Text: n, Kind: "module", Detail: "\"" + paths[0] + "\""})
		}
	}
}
