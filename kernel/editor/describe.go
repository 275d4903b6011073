package editor

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/program"
)

// qualifier names packages as the user does.
func (cs *checkedSheet) qualifier(p *types.Package) string {
	if p == cs.pkg {
		return ""
	}
	return p.Name()
}

// describe returns an object's kind, in exec.Completion's words, and its signature or type in one
// line.
func describe(o types.Object, qualifier types.Qualifier) (kind, detail string) {
	text := func(t types.Type) string { return types.TypeString(t, qualifier) }
	switch o := o.(type) {
	case *types.Func:
		if o.Signature().Recv() != nil {
			return "method", text(o.Type())
		}
		return "function", text(o.Type())
	case *types.Builtin:
		return "function", builtins[o.Name()]
	case *types.Var:
		if o.IsField() {
			return "property", text(o.Type())
		}
		return "instance", text(o.Type())
	case *types.Const:
		value := o.Val().String()
		return "constant", strings.TrimPrefix(text(o.Type()), "untyped ") + " = " + value
	case *types.TypeName:
		if o.IsAlias() {
			return "class", "= " + text(types.Unalias(o.Type()))
		}
		switch u := o.Type().Underlying().(type) {
		case *types.Struct:
			return "class", "struct"
		case *types.Interface:
			return "class", "interface"
		case *types.Basic:
			if o.Pkg() == nil {
				return "class", ""
			}
			return "class", u.Name()
		default:
			return "class", text(u)
		}
	case *types.PkgName:
		return "module", "\"" + o.Imported().Path() + "\""
	case *types.Nil:
		return "constant", ""
	}
	return "", ""
}

// builtins are the signatures of Go's own functions.
var builtins = map[string]string{
	"append": "func(slice []T, elems ...T) []T", "cap": "func(v T) int", "clear": "func(t T)", "close": "func(c chan<- T)",
	"complex": "func(r, i float64) complex128", "copy": "func(dst, src []T) int", "delete": "func(m map[K]V, key K)",
	"imag": "func(c complex128) float64", "len": "func(v T) int", "make": "func(t T, size ...int) T", "max": "func(x T, y ...T) T",
	"min": "func(x T, y ...T) T", "new": "func(T) *T", "panic": "func(v any)", "print": "func(args ...T)", "println": "func(args ...T)",
	"real": "func(c complex128) float64", "recover": "func() any",
}

// declared returns the session's declaration of an object; nil if it is not the session's, or is a
// part of a declaration only, as a field is.
func (cs *checkedSheet) declared(o types.Object) *program.Declared {
	if d := cs.within(o); d != nil && slices.Contains(d.Names, o.Name()) {
		return d
	}
	return nil
}

// within returns the session's declaration in which an object is declared.
func (cs *checkedSheet) within(o types.Object) *program.Declared {
	if o == nil || o.Pkg() != cs.pkg || !o.Pos().IsValid() {
		return nil
	}
	p := cs.fset.PositionFor(o.Pos(), false)
	if p.Filename != sessionFile {
		return nil
	}
	return cs.declaredAt(p.Line)
}

// inCell returns the line of the cell in which an object is declared; 0 if it is not.
func (cs *checkedSheet) inCell(o types.Object) int {
	if o == nil || !o.Pos().IsValid() {
		return 0
	}
	p := cs.fset.PositionFor(o.Pos(), false)
	begin, ok := cs.cursors[p.Filename]
	if at := p.Offset - begin; ok && at >= 0 && at <= len(cs.code) {
		return strings.Count(cs.code[:at], "\n") + 1
	}
	return 0
}

// declaration is an object as one would declare it.
func (cs *checkedSheet) declaration(o types.Object) string {
	switch o := o.(type) {
	case *types.Builtin:
		return strings.Replace(builtins[o.Name()], "func", "func "+o.Name(), 1)
	case *types.PkgName:
		return "package " + o.Imported().Name() + " // import \"" + o.Imported().Path() + "\""
	case *types.Nil:
		return "var nil T // T is a pointer, slice, map, channel, function or interface type"
	}
	if d := cs.declared(o); d != nil && d.Kind == token.TYPE {
		return d.Source
	}
	text := types.ObjectString(o, cs.qualifier)
	if c, ok := o.(*types.Const); ok {
		text += " = " + c.Val().String()
	}
	return text
}

// plainComment takes the signs of a comment off its text.
func plainComment(doc string) string {
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(doc), "\n") {
		line = strings.TrimSpace(line)
		line = strings.TrimSuffix(strings.TrimPrefix(line, "/*"), "*/")
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(line, "//"), " "))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// firstSentence returns a text up to its first full stop, in one line.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n\n")
	text = strings.Join(strings.Fields(text), " ")
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '.' && text[i+1] == ' ' {
			return text[:i+1]
		}
	}
	return text
}
