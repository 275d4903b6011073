package program

import (
	"go/types"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/advice"
)

// advise adds hints to the errors of a cell.
func (p *Program) advise(ck *checked, c *cell.Cell, sc scope) {
	v := &advice.View{Fset: p.fset, Info: ck.info, Package: ck.pkg, Cell: c,
		Imports: sc.imports, Dots: sortedKeys(sc.dots), Importer: atHand{p}}
	for k, d := range p.live {
		if d.recv == "" {
			v.Names = append(v.Names, k)
		}
	}
	for i, pos := range ck.places {
		if ck.errs[i].Hint == "" {
			ck.errs[i].Hint = userText(v.Hint(ck.errs[i].Message, pos))
		}
	}
}

// atHand imports packages that the library knows.
type atHand struct{ p *Program }

func (a atHand) Import(path string) (*types.Package, error) {
	if err := a.p.lib.Need(path); err != nil {
		return nil, err
	}
	return a.p.importer.Import(path)
}

func (a atHand) Named(name string) []string { return a.p.lib.Named(name) }
func (a atHand) Below(path string) []string { return a.p.lib.Below(path) }
