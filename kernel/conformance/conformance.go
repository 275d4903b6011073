// Package conformance measures how close cells come to Go. It takes programs that others wrote to
// test Go - those in the Go distribution's folder test, and the examples of the standard library -
// runs each in cells, and compares with what go run, the compiler and go test make of it. It owns
// the choice of programs, how they are cut into cells, and what counts as the same result; it knows
// the engine only through package exec's words and the text that it shows.
//
// The programs stay where the toolchain has them: nothing is copied into this repository. A list
// beside this file, known.txt, names those that fail, with the reason; a failure that it lacks is
// news, and so is an entry that passes.
package conformance

import (
	"fmt"
	"time"
)

// Mode is a way to turn a program into cells.
type Mode string

// The modes. Whole makes a program one cell. Split makes each of its declarations one, in an order
// in which each compiles. Errors runs programs with mistakes, each as one cell, and looks at the
// lines that the errors name. Examples runs the standard library's examples.
const (
	Whole    Mode = "whole"
	Split    Mode = "split"
	Errors   Mode = "errors"
	Examples Mode = "examples"
)

// Modes lists them all.
func Modes() []Mode { return []Mode{Whole, Split, Errors, Examples} }

// ParseMode finds a mode by its name.
func ParseMode(name string) (Mode, error) {
	for _, m := range Modes() {
		if string(m) == name {
			return m, nil
		}
	}
	return "", fmt.Errorf("expected a mode of %v; got %q", Modes(), name)
}

// Verdict says how a case ended.
type Verdict string

// The verdicts. Skip is for a case that says nothing about the engine, because the reference itself
// could not be made.
const (
	Pass Verdict = "PASS"
	Fail Verdict = "FAIL"
	Skip Verdict = "SKIP"
)

// Result is what came of one case.
type Result struct {
	Mode    Mode
	Name    string
	Verdict Verdict
	// Reason says what differs, or why the case was skipped; empty for a pass.
	Reason string
	// Cells is the number of cells that the case was cut into.
	Cells int
	Took  time.Duration
}

// String is the line that tells of the result.
func (r Result) String() string {
	s := fmt.Sprintf("%s %s %s (%d cells, %.1fs)", r.Verdict, r.Mode, r.Name, r.Cells, r.Took.Seconds())
	if r.Reason != "" {
		s += ": " + r.Reason
	}
	return s
}
