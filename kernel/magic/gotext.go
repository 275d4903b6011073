package magic

import (
	"go/scanner"
	"go/token"
	"strings"
)

// goText tells which lines of a cell are commands, and which only look like one because they lie in
// a raw string, a comment or an expression that goes on over several lines. It scans the Go text up
// to each line that might be a command, and leaves out those that are: they hold quotes and
// brackets of their own.
type goText struct {
	src    string
	starts []int // offset of each line
	from   int   // offset after the last command: what lies before it is accounted for in state
	state  state
	inside int // offset before which everything is in one raw string or comment
}

// state is where in Go's syntax a point of the text lies.
type state struct {
	brackets []token.Token // those open, outermost first
	operand  bool          // an operator, a comma or the like waits for what follows
	mismatch bool          // a closing bracket had no partner
	literal  string        // what would end the raw string or comment that is open here; else empty
	at       int           // offset of that raw string or comment
}

func newGoText(src string) *goText {
	g := &goText{src: src}
	for at := 0; ; {
		g.starts = append(g.starts, at)
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			return g
		}
		at += i + 1
	}
}

// command returns the text of line i without its end and its "//gonb:", and whether it is a
// command.
func (g *goText) command(i int) (string, bool) {
	start := g.starts[i]
	end := len(g.src)
	if i+1 < len(g.starts) {
		end = g.starts[i+1]
	}
	written := strings.TrimRight(g.src[start:end], "\r\n")
	line := uncomment(written)
	if line == "" || line[0] != '%' && line[0] != '!' || start < g.inside {
		return "", false
	}
	s := g.state.after(g.src[g.from:start])
	if s.literal != "" {
		// Everything up to the end of the literal is Go; without an end, all the rest.
		from := g.from + s.at + len(s.literal)
		g.inside = len(g.src) + 1
		if i := strings.Index(g.src[from:], s.literal); i >= 0 {
			g.inside = from + i + len(s.literal)
		}
		return "", false
	}
	if line == written && s.wants(line[0]) {
		return "", false
	}
	g.state = s
	g.from = start
	return line, true
}

// wants says whether a line that starts with c continues the Go text before it. No Go statement
// starts with either sign, and no line can start with the operator %: the newline has ended the
// statement before. But the operator ! may start a line within brackets or after an operator.
func (s state) wants(c byte) bool {
	if s.operand {
		return true
	}
	if n := len(s.brackets); n > 0 {
		return c == '!' || s.brackets[n-1] != token.LBRACE
	}
	return false
}

// skip goes on after a command, at the start of line i.
func (g *goText) skip(i int) {
	g.from = len(g.src)
	if i < len(g.starts) {
		g.from = g.starts[i]
	}
}

// after returns the state at the end of src, which follows the text that led to s.
func (s state) after(src string) state {
	s.brackets = append([]token.Token(nil), s.brackets...)
	var sc scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	sc.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := sc.Scan()
		switch tok {
		case token.EOF:
			return s
		case token.COMMENT:
			if strings.HasPrefix(lit, "/*") && (len(lit) < 4 || !strings.HasSuffix(lit, "*/")) {
				s.literal, s.at = "*/", file.Offset(pos)
				return s
			}
			continue
		case token.STRING:
			if lit[0] == '`' && (len(lit) < 2 || !strings.HasSuffix(lit, "`")) {
				s.literal, s.at = "`", file.Offset(pos)
				return s
			}
		case token.LPAREN, token.LBRACK, token.LBRACE:
			s.brackets = append(s.brackets, tok)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if n := len(s.brackets); n > 0 && closes[tok] == s.brackets[n-1] {
				s.brackets = s.brackets[:n-1]
			} else {
				s.mismatch = true
			}
		}
		s.operand = !ends[tok]
	}
}

var closes = map[token.Token]token.Token{token.RPAREN: token.LPAREN, token.RBRACK: token.LBRACK, token.RBRACE: token.LBRACE}

// ends holds the tokens after which nothing is owed. After those that can end a statement the
// scanner has put a semicolon at the end of the line; the others are followed by a new statement,
// or by a first operand.
var ends = map[token.Token]bool{
	token.SEMICOLON: true, token.COLON: true, token.LBRACE: true, token.LPAREN: true, token.LBRACK: true,
	token.RBRACE: true, token.RPAREN: true, token.RBRACK: true, token.ILLEGAL: true,
}

// uncomment takes GoNB's comment form off a line: editors that know only Go accept "//gonb:%%".
func uncomment(line string) string { return strings.TrimPrefix(line, "//gonb:") }
