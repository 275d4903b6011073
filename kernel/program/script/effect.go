package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// effect is what a statement does to the value of a variable.
type effect int

const (
	nothing effect = iota
	reads          // it may read the value
	writes         // it replaces the value, whichever way it takes, and has not read it
)

// effect says what a statement, or the specification of a variable, does to a variable.
func (c *reading) effect(n ast.Node, o types.Object) effect {
	switch s := n.(type) {
	case *ast.AssignStmt:
		for _, x := range s.Rhs {
			if c.mentions(x, o) {
				return reads
			}
		}
		written := nothing
		for _, x := range s.Lhs {
			id, ok := ast.Unparen(x).(*ast.Ident)
			switch {
			case ok && object(c.info, id) == o && (s.Tok == token.ASSIGN || s.Tok == token.DEFINE):
				written = writes
			case c.mentions(x, o):
				return reads
			}
		}
		return written
	case *ast.ValueSpec:
		written := nothing
		for _, id := range s.Names {
			if c.info.Defs[id] == o {
				written = writes
			}
		}
		for _, x := range s.Values {
			if c.mentions(x, o) {
				return reads
			}
		}
		return written
	case *ast.BlockStmt:
		return c.sequence(o, s.List)
	case *ast.IfStmt:
		return c.branches(s, o)
	case *ast.ForStmt:
		if s.Init != nil {
			if e := c.effect(s.Init, o); e != nothing {
				return e
			}
		}
		return c.anywhere(s, o)
	case *ast.LabeledStmt:
		if c.effect(s.Stmt, o) == reads || c.readIn(o, s) {
			return reads
		}
		return nothing
	}
	return c.anywhere(n, o)
}

// sequence is the effect of statements one after the other.
func (c *reading) sequence(o types.Object, list []ast.Stmt) effect {
	for i, s := range list {
		switch c.effect(s, o) {
		case reads:
			return reads
		case writes:
			for _, before := range list[:i] {
				if contains(before, isBranch) { // it may leave the sequence
					return c.either(o, list)
				}
			}
			return writes
		}
	}
	return nothing
}

// either is the effect of statements of which some may be left out.
func (c *reading) either(o types.Object, list []ast.Stmt) effect {
	for _, s := range list {
		if c.readIn(o, s) {
			return reads
		}
	}
	return nothing
}

func (c *reading) branches(s *ast.IfStmt, o types.Object) effect {
	if s.Init != nil {
		if e := c.effect(s.Init, o); e != nothing {
			return e
		}
	}
	if c.mentions(s.Cond, o) {
		return reads
	}
	then, other := c.effect(s.Body, o), nothing
	if s.Else != nil {
		other = c.effect(s.Else, o)
	}
	switch {
	case then == reads || other == reads:
		return reads
	case then == writes && other == writes:
		return writes
	}
	return nothing
}

// anywhere is the effect of a statement whose order is not looked at.
func (c *reading) anywhere(n ast.Node, o types.Object) effect {
	if c.readIn(o, n) {
		return reads
	}
	return nothing
}
