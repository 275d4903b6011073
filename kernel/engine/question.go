package engine

import (
	"context"
	"fmt"
	"go/parser"
	"strings"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
)

// question takes a cell that asks about something apart: "strings.Cut?" and "?strings.Cut" ask what it is, with two marks
// also for its source. What is asked about is an expression, so that no Go code is mistaken for a question.
func question(code string) (about string, detail int, is bool) {
	about = strings.TrimSpace(code)
	rest := strings.TrimSuffix(strings.TrimPrefix(about, "?"), "?")
	marks := len(about) - len(rest)
	if marks == 1 { // The second of two marks on the same side.
		again := strings.TrimSuffix(strings.TrimPrefix(rest, "?"), "?")
		marks, rest = marks+len(rest)-len(again), again
	}
	rest = strings.TrimSpace(rest)
	if marks < 1 || marks > 2 || strings.Contains(rest, "\n") || strings.HasPrefix(rest, "!") { // "!ls" is an expression, too
		return "", 0, false
	}
	if _, err := parser.ParseExpr(rest); err != nil {
		return "", 0, false
	}
	return rest, marks - 1, true
}

// answer shows what an editor would tell of an expression's end.
func (e *editing) answer(ctx context.Context, about string, detail int, out exec.Output) *exec.Failure {
	found := e.inspect(ctx, about, utf8.RuneCountInString(about), detail)
	if !found.Found {
		return words.Failure(exec.CommandError, fmt.Sprintf("%s? Nothing is known of it. Expected the name of something in this session or in a package", about))
	}
	if pager, ok := out.(exec.Pager); ok {
		pager.Page(found.Data)
	} else {
		out.Display(exec.Display{Data: found.Data})
	}
	return nil
}
