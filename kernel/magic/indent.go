package magic

import (
	"go/scanner"
	"go/token"
)

// indentAfter returns by how many tabs gofmt would indent the line that follows an unfinished text.
func indentAfter(src string) int {
	type bracket struct {
		tok    token.Token
		inside int  // indent of the lines within
		choice bool // it is the brace of a switch or a select
	}
	var open []bracket
	inside := func() int {
		if len(open) == 0 {
			return 0
		}
		return open[len(open)-1].inside
	}
	var sc scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src)+1)
	sc.Init(file, []byte(src+"\n"), nil, 0)
	choice := -1 // how many brackets are open around the switch or select whose brace is to come
	line, indent := 0, 0
	last := token.SEMICOLON
	for {
		pos, tok, _ := sc.Scan()
		if tok == token.EOF {
			break
		}
		first := file.Line(pos) != line && tok != token.SEMICOLON
		if first {
			line, indent = file.Line(pos), inside()
		}
		switch tok {
		case token.CASE, token.DEFAULT:
			if first {
				indent--
			}
		case token.SWITCH, token.SELECT:
			choice = len(open)
		case token.LPAREN, token.LBRACK, token.LBRACE:
			isChoice := tok == token.LBRACE && choice == len(open)
			if isChoice {
				choice = -1
			}
			open = append(open, bracket{tok, indent + 1, isChoice})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) > 0 {
				if first {
					indent = inside() - 1
				}
				open = open[:len(open)-1]
			}
		}
		last = tok
	}
	var inner bracket
	if len(open) > 0 {
		inner = open[len(open)-1]
	}
	switch {
	case inner.choice && last == token.LBRACE: // case stands under switch
		return inner.inside - 1
	case inner.tok != token.LPAREN && inner.tok != token.LBRACK && last != token.COMMA && !ends[last]:
		return inner.inside + 1 // the rest of an expression
	}
	return inner.inside
}
