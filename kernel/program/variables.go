package program

import (
	"go/token"
	"go/types"
)

// Variable is a live variable and where it is.
type Variable struct {
	Name string
	// Path is the path of the package that holds it.
	Path string
	// Type is its type as the user wrote it.
	Type string
}

// Located lists the live variables, sorted by name.
func (p *Program) Located() (list []Variable) {
	for _, k := range sortedKeys(p.live) {
		if d := p.live[k]; d.kind == token.VAR && d.home != nil && d.raw == nil && !d.lost {
			list = append(list, Variable{k, d.home.Path, types.TypeString(d.typ, func(q *types.Package) string {
				if q.Path() == "main" {
					return ""
				}
				return q.Name()
			})})
		}
	}
	return list
}
