package magic

import (
	"go/token"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/exec"
)

// IsComplete says whether a console may run the text as it stands or must wait for more lines. Text
// that no further line can turn into a correct cell is "invalid"; it should be run, so that the
// user sees the error.
func IsComplete(code string) exec.Completeness {
	complete, invalid := exec.Completeness{Status: "complete"}, exec.Completeness{Status: "invalid"}
	t, err := cut(code)
	if err != nil {
		return invalid
	}
	if t.continued {
		return incomplete(0)
	}
	if t.Whole != nil || t.Question != nil {
		return complete
	}
	src := strings.TrimRight(t.Go, " \t\r\n")
	s := state{}.after(src + "\n")
	switch {
	case s.mismatch:
		return invalid
	case s.literal != "":
		return incomplete(0)
	}
	indent := len(s.brackets)
	if t.openMain {
		if indent == 0 {
			return invalid // a closing brace too many has ended main
		}
		indent-- // the brace of %% is not the user's
	}
	owed := indent > 0 || s.operand
	// What is open is closed by force, so that the parser sees errors that stand before the end.
	var tail strings.Builder
	for _, b := range slices.Backward(s.brackets) {
		tail.WriteString(map[token.Token]string{token.LPAREN: ")", token.LBRACK: "]", token.LBRACE: "}"}[b])
	}
	sep := "\n"
	if n := len(s.brackets); n > 0 && s.brackets[n-1] != token.LBRACE {
		sep = "" // a newline before ")" would call for a comma
	}
	if _, err := cell.Parse(token.NewFileSet(), 1, src+sep+tail.String()); err != nil {
		if !owed || before(err, src) {
			return invalid
		}
	}
	if owed {
		from := 0
		if t.openMain { // the line of %% holds the brace of main
			from = len(strings.Join(strings.SplitAfter(src, "\n")[:t.MainLine], ""))
		}
		return incomplete(indentAfter(src[min(from, len(src)):]))
	}
	if t.openMain && strings.Count(src, "\n") == t.MainLine-1 {
		return incomplete(0) // nothing but %% so far
	}
	return complete
}

func incomplete(indent int) exec.Completeness {
	return exec.Completeness{Status: "incomplete", Indent: strings.Repeat("\t", indent)}
}

// before says whether the first complaint lies before the end of src.
func before(err error, src string) bool {
	es, ok := err.(cell.Errors)
	if !ok || len(es) == 0 {
		return false
	}
	lines := strings.Split(src, "\n")
	e := es[0]
	return e.Line < len(lines) || e.Line == len(lines) && e.Column <= len(lines[len(lines)-1])
}
