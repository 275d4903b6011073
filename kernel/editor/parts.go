package editor

import (
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program"
)

// This file looks at a cell's text by its tokens alone: it may be unfinished, or wrong anywhere.

var declarationLine = regexp.MustCompile(`(?m)^(func [\pL_(]|type [\pL_(]|var [\pL_(]|const [\pL_(]|import [\pL_("])`)

// parts cuts a text into its parts. A part with an open bracket takes in all the rest; what begins
// in the first column as only declarations do is taken out of it again.
func parts(text string) []cell.Part {
	var all []cell.Part
	for at := 0; ; {
		more := cell.Parts(text[at:])
		for i := range more {
			more[i].Start += at
			more[i].End += at
		}
		all = append(all, more...)
		if len(all) == 0 {
			return nil
		}
		last := &all[len(all)-1]
		if last.Closed || last.Start < at {
			return all
		}
		_, after, _ := strings.Cut(text[last.Start:], "\n")
		from := len(text) - len(after)
		m := declarationLine.FindStringIndex(after)
		if m == nil {
			return all
		}
		at = from + m[0]
		last.End = at
	}
}

// defined returns the names that a part defines with := or as a declaration, and where the values
// of a := begin.
func defined(text string, declaration bool) (names []string, values int) {
	var sc scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(text))
	sc.Init(f, []byte(text), nil, 0)
	_, tok, lit := sc.Scan()
	if !declaration {
		for tok == token.IDENT {
			names = append(names, lit)
			var pos token.Pos
			switch pos, tok, _ = sc.Scan(); tok {
			case token.DEFINE:
				return names, f.Offset(pos) + len(":=")
			case token.COMMA:
				_, tok, lit = sc.Scan()
			default:
				return nil, 0
			}
		}
		return nil, 0
	}
	kind := tok
	_, tok, lit = sc.Scan()
	if kind == token.FUNC {
		if tok == token.IDENT {
			return []string{lit}, 0
		}
		// "func (r *T[P]) m(": the first identifier after the star or the receiver's name.
		recv := ""
		for depth := 1; depth > 0 && tok != token.EOF; {
			_, tok, lit = sc.Scan()
			switch tok {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			case token.LBRACK:
				for tok != token.RBRACK && tok != token.EOF {
					_, tok, _ = sc.Scan()
				}
			case token.IDENT:
				recv = lit
			}
		}
		if _, tok, lit = sc.Scan(); tok == token.IDENT {
			return []string{recv + "." + lit}, 0
		}
		return nil, 0
	}
	if tok != token.LPAREN {
		for tok == token.IDENT {
			names = append(names, lit)
			if _, tok, _ = sc.Scan(); tok != token.COMMA || kind == token.TYPE {
				break
			}
			_, tok, lit = sc.Scan()
		}
		return names, 0
	}
	// A group: the identifiers that begin its lines, and those that follow them behind commas.
	depth, name, listed := 1, true, false
	for depth > 0 && tok != token.EOF {
		_, tok, lit = sc.Scan()
		switch tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		switch {
		case tok == token.SEMICOLON:
			name, listed = depth == 1, false
		case tok == token.IDENT && name && depth == 1:
			names = append(names, lit)
			name, listed = false, true
		default:
			name = tok == token.COMMA && listed
			listed = listed && name
		}
	}
	return names, 0
}

// closers returns the brackets that close what a text leaves open.
func closers(text string) string {
	var open []token.Token
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	for {
		_, tok, _ := sc.Scan()
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, tok)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case token.EOF:
			var sb strings.Builder
			for _, o := range slices.Backward(open) {
				sb.WriteString(map[token.Token]string{token.LPAREN: ")", token.LBRACK: "]", token.LBRACE: "\n}"}[o])
			}
			return sb.String()
		}
	}
}

// importsIn returns the imports in the text of an import declaration: paths by name.
func importsIn(text string) map[string]string {
	found := map[string]string{}
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	name := ""
	for {
		_, tok, lit := sc.Scan()
		switch tok {
		case token.EOF:
			return found
		case token.IDENT:
			name = lit
		case token.PERIOD:
			name = "."
		case token.STRING:
			path, err := strconv.Unquote(lit)
			if err == nil && path != "" && path != "C" {
				if name == "" {
					name = program.PackageName(path)
				}
				found[name] = path
			}
			name = ""
		}
	}
}

// selectedFrom returns the identifiers that something is selected from and that follow no dot
// themselves.
func selectedFrom(text string) (names []string) {
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	before, name := token.ILLEGAL, ""
	for {
		_, tok, lit := sc.Scan()
		switch {
		case tok == token.EOF:
			return names
		case tok == token.IDENT && before != token.PERIOD:
			name = lit
		case tok == token.PERIOD && name != "" && !slices.Contains(names, name):
			names = append(names, name)
			name = ""
		default:
			name = ""
		}
		before = tok
	}
}
