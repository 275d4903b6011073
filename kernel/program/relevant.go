package program

import (
	"go/ast"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// A check takes in what the cell can reach, not the whole program: cell 500 is checked as fast as cell 5.

// remember notes what later checks need to know of the declaration.
func (d *Decl) remember(ck *checked) {
	d.uses = ck.namesIn(d.node)
	fd, ok := d.node.(*ast.FuncDecl)
	if !ok || fd.Body == nil || fd.Type.TypeParams != nil {
		return
	}
	stub := *fd
	stub.Body = nil
	d.stub, d.shape = &stub, ck.namesIn(fd.Type)
	if fd.Recv != nil {
		for n := range ck.namesIn(fd.Recv) {
			d.shape[n] = true
		}
	}
}

// dependants returns the live declarations that use, directly or through others, one of the given names. A method
// counts as a part of its type.
func (p *Program) dependants(names map[string]bool) map[*Decl]bool {
	hit := map[string]bool{}
	for k := range names {
		recv, _, isMethod := strings.Cut(k, ".")
		if p.live[k] != nil || isMethod {
			hit[recv] = true
		}
	}
	found := map[*Decl]bool{}
	for grew := len(hit) > 0; grew; {
		grew = false
		for k, d := range p.live {
			if found[d] || !hit[k] && !hit[d.recv] && !overlap(d.uses, hit) {
				continue
			}
			found[d], grew = true, true
			for _, n := range d.names {
				hit[n] = hit[n] || d.recv == ""
			}
			if d.recv != "" {
				hit[d.recv] = true
			}
		}
	}
	return found
}

func overlap(a, b map[string]bool) bool {
	for n := range a {
		if b[n] {
			return true
		}
	}
	return false
}

// relevant returns the live declarations that the cell or one of the changed declarations can reach.
func (p *Program) relevant(c *cell.Cell, changed map[*Decl]bool) map[*Decl]bool {
	methods := map[string][]*Decl{}
	for _, d := range p.live {
		if d.recv != "" {
			methods[d.recv] = append(methods[d.recv], d)
		}
	}
	found := map[*Decl]bool{}
	var reach func(names map[string]bool)
	add := func(d *Decl) {
		if d == nil || found[d] {
			return
		}
		found[d] = true
		if d.stub != nil && !changed[d] {
			reach(d.shape)
		} else {
			reach(d.uses)
		}
		if d.recv != "" {
			reach(map[string]bool{d.recv: true})
		}
		for _, n := range d.names {
			if d.recv == "" {
				for _, m := range methods[n] {
					reach(map[string]bool{m.key(): true})
				}
			}
		}
	}
	reach = func(names map[string]bool) {
		for n := range names {
			add(p.live[n])
		}
	}
	for d := range changed {
		add(d)
	}
	reach(identifiers(c))
	return found
}

// identifiers returns everything in the cell that could be a name of the program.
func identifiers(c *cell.Cell) map[string]bool {
	names := map[string]bool{}
	visit := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names[strings.TrimPrefix(id.Name, oldPrefix)] = true
			}
			return true
		})
	}
	for _, d := range c.Decls {
		visit(d.Node)
		names[d.Recv] = true
	}
	for _, s := range c.Steps {
		visit(s.Node())
	}
	return names
}
