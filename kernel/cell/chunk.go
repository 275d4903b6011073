package cell

import (
	"go/scanner"
	"go/token"
)

// chunk is a piece of text between two semicolons (written or implied) outside all brackets.
type chunk struct {
	start, end int
	kind       chunkKind
	isImport   bool
	closed     bool // all its brackets are
}

type chunkKind int

const (
	statement chunkKind = iota
	declaration
	packageClause
)

// chunks cuts the text at its top level. semicolon says whether the text ends with a written
// semicolon.
func chunks(src string) (all []chunk, semicolon bool) {
	var s scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(f, []byte(src), func(token.Position, string) {}, 0)
	var toks []token.Token
	depth, start := 0, -1
	flush := func(end int) {
		if start >= 0 {
			all = append(all, chunk{start, end, kindOf(toks), toks[0] == token.IMPORT, depth <= 0})
		}
		start, toks = -1, nil
	}
	for {
		pos, t, lit := s.Scan()
		switch {
		case t == token.EOF:
			flush(len(src))
			return all, semicolon
		case t == token.SEMICOLON && depth == 0:
			end := f.Offset(pos)
			if lit == ";" {
				if start < 0 { // an empty statement, or a part of a for's head that is left out
					start, toks = end, append(toks, t)
				}
				end++
				semicolon = true
			}
			flush(end)
			continue
		}
		semicolon = false
		if start < 0 {
			start = f.Offset(pos)
		}
		toks = append(toks, t)
		switch t {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
	}
}

func kindOf(toks []token.Token) chunkKind {
	switch toks[0] {
	case token.PACKAGE:
		return packageClause
	case token.IMPORT, token.TYPE, token.VAR, token.CONST:
		return declaration
	case token.FUNC:
		if len(toks) > 1 && toks[1] == token.IDENT || startsMethod(toks) {
			return declaration
		}
	}
	return statement
}

// startsMethod tells "func (r T) name(" from a function literal "func(a T) R {".
func startsMethod(toks []token.Token) bool {
	depth := 0
	for i := 1; i < len(toks); i++ {
		switch toks[i] {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			if depth--; depth == 0 {
				return i+2 < len(toks) && toks[i+1] == token.IDENT && toks[i+2] == token.LPAREN
			}
		}
	}
	return false
}

// blank returns the text with every byte outside the chunks of the given kind, newlines excepted,
// turned into a space.
func blank(src string, all []chunk, keep chunkKind) string {
	b := []byte(src)
	for _, c := range all {
		if c.kind == keep {
			continue
		}
		for i := c.start; i < c.end; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	return string(b)
}

// Part is a piece of a cell's text at the top level: a statement, or a declaration (or import) that
// may stand outside functions.
type Part struct {
	Start, End  int // offsets of the first byte and of the byte after the last
	Declaration bool
	Import      bool
	// Closed says that all brackets that the part opens are closed. Only the last part can be open.
	Closed bool
}

// Parts cuts a text into its parts without parsing them, so they may be wrong or unfinished. A
// package clause is not a part.
func Parts(source string) (parts []Part) {
	all, _ := chunks(source)
	for _, c := range all {
		if c.kind == packageClause {
			continue
		}
		parts = append(parts, Part{Start: c.start, End: c.end, Declaration: c.kind == declaration, Import: c.isImport, Closed: c.closed})
	}
	return parts
}
