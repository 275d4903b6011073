package program

import (
	"go/ast"
	"go/token"
	"go/types"
)

// In a constant group an expression that is left out repeats the one above it, as syntax: in
//
//	const (
//		X = X + 1
//		Y
//	)
//
// within a function, X means an outer constant first and the new one then. The type checker notes one meaning for an
// identifier, the last.

// outerMeanings finds the identifiers of a group that mean, where they are written, a constant that the group then hides, and
// what they mean there.
func (ck *checked) outerMeanings(group *ast.GenDecl) map[*ast.Ident]types.Object {
	var outer map[*ast.Ident]types.Object
	if group.Tok != token.CONST {
		return nil
	}
	for _, s := range group.Specs {
		spec := s.(*ast.ValueSpec)
		for _, v := range spec.Values {
			ast.Inspect(v, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				if o, ok := ck.info.Uses[id].(*types.Const); ok && o.Parent() != nil && declares(spec, o) {
					if _, was := o.Parent().LookupParent(id.Name, id.Pos()); was != nil {
						if outer == nil {
							outer = map[*ast.Ident]types.Object{}
						}
						outer[id] = was
					}
				}
				return true
			})
		}
	}
	return outer
}

func declares(spec *ast.ValueSpec, o types.Object) bool {
	for _, id := range spec.Names {
		if id.Pos() == o.Pos() {
			return true
		}
	}
	return false
}

// repetitions writes out what a group repeats where the identifiers in it would otherwise be replaced by what they mean in the
// first place only.
func (e *emitter) repetitions(group *ast.GenDecl) {
	outer := e.ck.outerMeanings(group)
	if outer == nil {
		return
	}
	text := ""
	for _, s := range group.Specs {
		spec := s.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			e.ed.after(spec.Names[len(spec.Names)-1].End(), text)
			continue
		}
		from, to := spec.Values[0].Pos(), spec.Values[len(spec.Values)-1].End()
		text = " = "
		if spec.Type != nil {
			from, text = spec.Type.Pos(), " "
			e.rewrite(spec.Type)
			e.skip[spec.Type] = true
		}
		for _, v := range spec.Values {
			e.rewrite(v)
			e.skip[v] = true
		}
		text += e.ed.text(from, to)
		for id, o := range outer {
			if from <= id.Pos() && id.Pos() < to {
				e.replaceBy(id, o)
			}
		}
	}
}
