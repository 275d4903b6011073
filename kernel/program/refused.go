package program

import (
	"go/token"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// Refused is a cell that does not compile, with what could mend it.
type Refused struct {
	Errors cell.Errors
	// Lost are variables that the cell needs and that have no value since a worker ended.
	Lost []string
	// Packages are names that may be packages nobody has imported, with what is selected from them.
	Packages map[string][]string
}

func (r *Refused) Error() string { return r.Errors.Error() }

// Unwrap makes the errors known as such.
func (r *Refused) Unwrap() error { return r.Errors }

// refused makes the error for a cell with errors.
func (p *Program) refused(ck *checked, lost []string) error {
	r := &Refused{Errors: ck.errs, Lost: lost, Packages: map[string][]string{}}
	for i := 0; i < len(ck.undefined); i += 2 {
		id, member := ck.undefined[i], ck.undefined[i+1]
		if token.IsExported(member.Name) {
			r.Packages[id.Name] = append(r.Packages[id.Name], member.Name)
		}
	}
	return r
}

// Initialiser returns the var declaration that has given a variable its value; ok is false for one
// that came from another statement, or from files.
func (p *Program) Initialiser(name string) (source string, ok bool) {
	d := p.defs[name]
	if d.step == nil || d.step.Var == nil || d.step.Define != nil || d.step.Embed != "" {
		return "", false
	}
	n := d.step.Node()
	f := p.fset.File(n.Pos())
	start := d.cell.Offset(f, n.Pos())
	return "var " + strings.TrimSpace(d.cell.Source[start:start+int(n.End()-n.Pos())]), true
}
