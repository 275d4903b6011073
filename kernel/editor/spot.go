package editor

import (
	"go/scanner"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

func isIdent(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// identStart returns where the identifier begins that ends at an offset; the offset itself if there
// is none.
func identStart(text string, offset int) int {
	start := offset
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if !isIdent(r) {
			break
		}
		start -= size
	}
	if r, _ := utf8.DecodeRuneInString(text[start:]); unicode.IsDigit(r) {
		return offset
	}
	return start
}

// identEnd returns where the identifier ends that an offset lies in or before.
func identEnd(text string, offset int) int {
	for offset < len(text) {
		r, size := utf8.DecodeRuneInString(text[offset:])
		if !isIdent(r) {
			break
		}
		offset += size
	}
	return offset
}

// spot is what kind of text the cursor is in.
type spot int

const (
	inCode spot = iota
	inText      // a string, a comment or a number
	inImport
)

// spotAt says what the cursor of a Go text is in, and, in the string of an import, where that
// string's content begins.
func spotAt(text string, cursor int) (where spot, start int) {
	var sc scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(text))
	sc.Init(f, []byte(text), nil, scanner.ScanComments)
	imports, depth := false, 0
	for {
		pos, tok, lit := sc.Scan()
		from := f.Offset(pos)
		if tok == token.EOF || from >= cursor {
			return inCode, 0
		}
		end := from + len(lit)
		switch tok {
		case token.IMPORT:
			imports = true
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		case token.SEMICOLON:
			imports = imports && depth > 0
		case token.COMMENT:
			open := strings.HasPrefix(lit, "//") || len(lit) < 4 || !strings.HasSuffix(lit, "*/")
			if cursor < end || open && cursor == end {
				return inText, 0
			}
		case token.STRING, token.CHAR:
			open := len(lit) < 2 || lit[0] != lit[len(lit)-1]
			if cursor < end || open && cursor == end {
				if imports && tok == token.STRING {
					return inImport, from + 1
				}
				return inText, 0
			}
		case token.INT, token.FLOAT, token.IMAG:
			if cursor <= end {
				return inText, 0
			}
		}
	}
}
