package magic

import (
	"go/parser"
	"strings"
)

// Question is a cell that asks about something: "strings.Cut?" and "?strings.Cut" ask what it is,
// with two marks also for its source.
type Question struct {
	// About is what is asked about: an expression, so that no Go code is mistaken for a question.
	About string
	// Detail is 1 if its source is asked for, too, and else 0.
	Detail int
}

// question reads a cell that is a question; nil for any other.
func question(code string) *Question {
	about := strings.TrimSpace(code)
	rest := strings.TrimSuffix(strings.TrimPrefix(about, "?"), "?")
	marks := len(about) - len(rest)
	if marks == 1 { // the second of two on the same side
		again := strings.TrimSuffix(strings.TrimPrefix(rest, "?"), "?")
		marks, rest = marks+len(rest)-len(again), again
	}
	rest = strings.TrimSpace(rest)
	if marks < 1 || marks > 2 || strings.Contains(rest, "\n") || strings.HasPrefix(rest, "!") { // "!ls" is an expression, too
		return nil
	}
	if _, err := parser.ParseExpr(rest); err != nil {
		return nil
	}
	return &Question{rest, marks - 1}
}
