package cell

import (
	"fmt"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// habit is a piece of another language, or of another notebook, that does not parse in Go.
type habit struct {
	// line matches the line of the complaint, message the complaint; either may be nil.
	line, message *regexp.Regexp
	// hint may use the groups of line, as $1.
	hint string
}

// habits are tried in turn; the first that fits counts.
var habits = []habit{
	{line: re(`^\s*import\s+(?:numpy|pandas|matplotlib|scipy|sklearn|torch|tensorflow|keras|jax)\b`),
		hint: "that is a package of Python. In Go: tensors and automatic differentiation are in github.com/gomlx/gomlx, training is in github.com/gonbml/gonbml/ml, charts are in its ml/plot"},
	{line: re(`^\s*from\s+[\w.]+\s+import\b`), hint: `Go imports whole packages, by quoted paths: import "strings", and then strings.ToUpper(s)`},
	{line: re(`^\s*import\s+([A-Za-z_][\w./]*)(?:\s+as\s+(\w+))?\s*;?$`), hint: `an import path stands in quotes: import $2 "$1"`},
	{line: re(`^\s*def\s+(\w+)\s*\(`), hint: "a function is written func $1(a int, b string) float64 { ... }"},
	{line: re(`^\s*class\s+(\w+)`), hint: "a type is written type $1 struct { ... }, its methods func (x *$1) name() { ... } outside of it"},
	{line: re(`^\s*while\b`), hint: "Go's only loop is for: for condition { ... }"},
	{line: re(`^\s*elif\b|\}\s*elif\b`), hint: "write } else if condition {"},
	{line: re(`^\s*for\s+(\w+)\s+in\s+range\s*\((.+)\)\s*:?`), hint: "write for $1 := range $2 { ... }"},
	{line: re(`^\s*for\s+(\w+)\s+in\s+([^:{]+?)\s*[:{]?\s*$`), hint: "write for _, $1 := range $2 { ... }"},
	{line: re(`^\s*(?:try|except|finally|catch)\b`), hint: "Go has no exceptions: functions return an error as their last result, if err != nil { ... }"},
	{line: re(`^\s*(?:with|raise|assert|del|pass|yield|async|await|global|nonlocal)\b`), hint: "that is a statement of Python"},
	{line: re(`^\s*(?:if|for|else|func)\b.*:\s*$`), hint: "a block stands in braces: if condition { ... }"},
	{line: re(`^\s*else\b`), message: re(`else`), hint: "else stands in the line of the } before it: } else {"},
	{line: re(`^\s*(?:let|var|const)\s+(\w+)\s*:\s*(\w+)`), hint: "the type follows the name without a colon: var $1 $2"},
	{line: re(`^\s*let\s+(\w+)`), hint: "a variable is defined by $1 := value"},
	{line: re(`^\s*#`), hint: "a comment begins with //"},
	{line: re(`^\s*(pip|pip3|conda|apt|apt-get|cd|cat|git|curl|wget|go)\s+[\w./-]`), hint: "a shell line begins with !, a command of the notebook with %"},
	{line: re(`^\s*\??[\w.]+\?{1,2}\s*$`), hint: "Shift-Tab on a name, or Tab behind a dot, shows what it is"},
	{line: re(`\blambda\b`), hint: "a function without a name is written func(x float64) float64 { return ... }"},
	{line: re(`\b[fr]"`), hint: `text is formatted by fmt.Sprintf("%v and %v", a, b)`},
	{line: re(`\s(and|or|not)\s`), hint: "write && for and, || for or, ! for not"},
	{line: re(`\*\*`), hint: "powers are computed by math.Pow(x, y)"},
	{line: re(`(?:==|[<>=]|\w)\s*\?[^?]*:`), hint: "Go has no conditional expression: use if and else"},
	{message: re(`unexpected semicolon or newline before \{|found newline.*expected .*\{|expected '\{', found newline|unexpected newline, expecting \{`), hint: "the { stands in the line of the if, for or switch that it belongs to"},
	{line: re(`^\s*const\s+(\w+)\s*:=\s*(.*)`), hint: "write const $1 = $2"},
	{line: re(`^\s*var\s+(\w+)\s*:=\s*(.*)`), hint: "write $1 := $2, or var $1 = $2"},
	{message: re(`string literal not terminated`), hint: "the closing quote is missing; text of several lines stands between ` and `"},
	{message: re(`found ':'`), hint: "a block stands in braces: if condition { ... }"},
	{message: re(`expected declaration, found '\}'|unexpected \}`), hint: "there is a } too many"},
	{message: re(`unexpected comma; expecting \]`), hint: "a slice is written []int{1, 2, 3}, with the type of its elements"},
	{line: re(`(?:=|\(|return)\s*\{\s*["\w]+\s*:`), hint: "a map is written map[string]int{\"a\": 1}, with the types of its keys and values"},
	{message: re(`illegal rune literal|more than one character in rune literal`), hint: "text stands in double quotes; single quotes hold one character"},
	{line: re(`^\s*((?:fmt\.)?[Pp]rint(?:ln|f)?|len|append|panic|range|display\.\w+)\s+([^\s=:(].*?)\s*;?$`), hint: "the arguments of a call stand in parentheses: $1($2)"},
	{line: re(`^\s*[\w.]+\s+["\w]`), message: re(`expected (?:';'|1 expression|newline)|at end of statement`), hint: "the arguments of a call stand in parentheses; statements in one line are separated by ;"},
	{message: re(`expected boolean expression, found (?:simple statement|assignment)|assignment .* as value`), hint: "comparison is written =="},
	{line: re(`\+\+|--`), message: re(`expected operand|found '(?:\+\+|--)'`), hint: "x++ and x-- are statements: they stand in a line of their own, after the variable"},
}

func re(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// syntaxHint says what may be meant by text that does not parse.
func syntaxHint(source string, e Error) string {
	lines := strings.Split(source, "\n")
	if e.Line < 1 || e.Line > len(lines) {
		return ""
	}
	// The parser often complains in the line after the one that is wrong.
	for _, n := range []int{e.Line, e.Line - 1} {
		if n < 1 || n < e.Line && strings.TrimSpace(lines[e.Line-1]) != "" && e.Column > 1+len(lines[e.Line-1])-len(strings.TrimLeft(lines[e.Line-1], " \t")) {
			continue
		}
		line := lines[n-1]
		for _, h := range habits {
			if h.message != nil && !h.message.MatchString(e.Message) {
				continue
			}
			if h.line == nil {
				return h.hint
			}
			if m := h.line.FindStringSubmatchIndex(line); m != nil {
				return strings.Join(strings.Fields(string(h.line.ExpandString(nil, h.hint, line, m))), " ")
			}
		}
	}
	atEnd := e.Line == len(lines) && e.Column > len(lines[e.Line-1])
	if atEnd || strings.Contains(e.Message, "the end of the cell") {
		if open, line := lastOpen(source); open != "" {
			return fmt.Sprintf("the %s in line %d is not closed", open, line)
		}
	}
	return ""
}

// lastOpen returns the innermost bracket that a text leaves open, and its line.
func lastOpen(source string) (bracket string, line int) {
	type at struct {
		tok  token.Token
		line int
	}
	var open []at
	var sc scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(source))
	sc.Init(f, []byte(source), nil, 0)
	for {
		pos, tok, _ := sc.Scan()
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, at{tok, f.Line(pos)})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case token.EOF:
			if len(open) == 0 {
				return "", 0
			}
			last := open[len(open)-1]
			return last.tok.String(), last.line
		}
	}
}
