package program

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// An unexported field belongs to the package in whose text its struct type stands. A named struct type therefore has
// the owner of its declaration; an unnamed one, which several cells may write alike and mean the same type by, gets
// the first cell that writes it as its owner, and is an alias of the owner's type everywhere else.

// hasUnexported says whether a struct type has fields whose names belong to a package.
func (e *emitter) hasUnexported(t *types.Struct) bool {
	for i := range t.NumFields() {
		if f := t.Field(i); f.Pkg() == e.ck.pkg && !f.Exported() && f.Name() != "_" {
			return true
		}
	}
	return false
}

// structKey names an unnamed struct type by its field names and tags only: one generic alias then serves all field
// types, so that struct{a T} in a generic function and struct{a int} elsewhere stay identical.
func (e *emitter) structKey(t *types.Struct) string {
	var sb strings.Builder
	for i := range t.NumFields() {
		f := t.Field(i)
		if f.Embedded() {
			return types.TypeString(t, func(p *types.Package) string {
				if p == e.ck.pkg {
					return ""
				}
				return p.Path()
			})
		}
		fmt.Fprintf(&sb, "%s %q;", f.Name(), t.Tag(i))
	}
	return sb.String()
}

func (e *emitter) structAlias(t *types.Struct) string {
	h := sha256.Sum256([]byte(e.structKey(t)))
	return "ƐƐs_" + hex.EncodeToString(h[:6])
}

func hasEmbedded(t *types.Struct) bool {
	for i := range t.NumFields() {
		if t.Field(i).Embedded() {
			return true
		}
	}
	return false
}

// structUse writes a use of an unnamed struct type's alias.
func (e *emitter) structUse(t *types.Struct) string {
	if hasEmbedded(t) {
		return e.structAlias(t)
	}
	var as []string
	for i := range t.NumFields() {
		as = append(as, e.spell(t.Field(i).Type()))
	}
	return e.structAlias(t) + "[" + strings.Join(as, ", ") + "]"
}

// structDef writes the declaration of an unnamed struct type's alias, without the keyword.
func (e *emitter) structDef(t *types.Struct) string {
	if hasEmbedded(t) {
		return e.structAlias(t) + " = " + e.spellStruct(t, false)
	}
	var params, fields []string
	for i := range t.NumFields() {
		params = append(params, fmt.Sprintf("ɛt%d ƐƐR.B_any", i))
		f := fmt.Sprintf("%s ɛt%d", t.Field(i).Name(), i)
		if t.Tag(i) != "" {
			f += fmt.Sprintf(" %q", t.Tag(i))
		}
		fields = append(fields, f)
	}
	return e.structAlias(t) + "[" + strings.Join(params, ", ") + "] = struct{" + strings.Join(fields, "; ") + "}"
}

// structOwner returns the package whose names the unexported fields of a struct type are.
func (e *emitter) structOwner(t *types.Struct) *Package {
	for i := range t.NumFields() {
		pos := t.Field(i).Pos()
		if o := e.owners[pos]; o != nil {
			return o
		}
		if o := e.p.owners[pos]; o != nil {
			return o
		}
	}
	k := e.structKey(t)
	if o := e.structs[k]; o != nil {
		return o
	}
	if o := e.p.structPackage(k); o != nil {
		return o
	}
	return e.cur
}

// outOfReach says whether a field's name belongs to another package.
func (e *emitter) outOfReach(t *types.Struct, f *types.Var) bool {
	return f.Pkg() == e.ck.pkg && !f.Exported() && e.structOwner(t) != e.cur
}

// own records the struct types that a node of the package writes as the package's own.
func (e *emitter) own(root ast.Node) {
	e.eachStruct(root, func(st *ast.StructType, t *types.Struct, named bool) *Package {
		if named || !e.hasUnexported(t) || !nameable(e.ck.pkg, t, map[types.Type]bool{}) && !mentionsTypeParam(t) {
			return e.cur // one that mentions a type local to a function is a type of that function alone
		}
		k := e.structKey(t)
		if o := e.p.structPackage(k); o != nil {
			e.canonical[st] = e.qualifier(o) + e.structUse(t)
			return o
		}
		if e.structs[k] == nil {
			e.structs[k] = e.cur
			e.structDefs = append(e.structDefs, t)
		}
		return e.cur
	})
}

// ownAs records the struct types of an unchanged declaration as those of the package that already holds it.
func (e *emitter) ownAs(root ast.Node, p *Package) {
	e.eachStruct(root, func(_ *ast.StructType, t *types.Struct, named bool) *Package {
		if o := e.p.structPackage(e.structKey(t)); o != nil && !named {
			return o
		}
		return p
	})
}

func (e *emitter) eachStruct(root ast.Node, owner func(st *ast.StructType, t *types.Struct, named bool) *Package) {
	named := map[ast.Expr]bool{}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if n.Assign == token.NoPos {
				named[ast.Unparen(n.Type)] = true
			}
		case *ast.StructType:
			if t, ok := e.ck.info.Types[n].Type.(*types.Struct); ok {
				o := owner(n, t, named[n])
				for i := range t.NumFields() {
					e.owners[t.Field(i).Pos()] = o
				}
			}
		}
		return true
	})
}

func mentionsTypeParam(t types.Type) (yes bool) {
	eachPart(t, map[types.Type]bool{}, func(t types.Type) {
		yes = yes || isTypeParam(t)
	})
	return yes
}
