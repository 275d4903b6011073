package conformance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// errorCases makes the cases of mode errors: programs with mistakes, whose lines are marked with a
// regular expression for what the compiler should say.
func errorCases(t *Toolchain) ([]testCase, error) {
	programs, err := Programs(t.GOROOT, "// errorcheck")
	if err != nil {
		return nil, err
	}
	var cases []testCase
	for _, p := range programs {
		cases = append(cases, testCase{p.Name, func(ctx context.Context, s *Session) (Result, error) {
			remove, err := s.Fresh(ctx, "")
			if err != nil {
				return Result{}, err
			}
			defer remove()
			const kept, keeps = "conformanceKept := 41", "conformanceKept++\nprintln(conformanceKept)"
			if run := s.Run(ctx, []string{kept}); run.Failure != nil {
				return verdict(run.Failure.Error(), 1), nil
			}
			reason := errorsDiffer(s.Run(ctx, []string{p.Text}), errorMarks(p.Text))
			if reason == "" {
				if run := s.Run(ctx, []string{keeps}); run.Failure != nil || run.Stderr != "42\n" {
					reason = fmt.Sprintf("the session did not go on unharmed: %q, %v", run.Stderr, run.Failure)
				}
			}
			return verdict(reason, 1), nil
		}})
	}
	return cases, nil
}

// errorMark is a line on which the compiler reports something.
type errorMark struct {
	line int
	// maybe is set for marks that say that an error may also be reported on that line.
	maybe bool
}

// marked matches the comments as Go's test runner reads them. GCCGO_ERROR is for another compiler.
var marked = regexp.MustCompile(`// (?:GC_)?ERROR(AUTO)? `)

// errorMarks finds the marked lines of a program.
func errorMarks(text string) []errorMark {
	var marks []errorMark
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "////") { // a mark that is itself commented out
			continue
		}
		if m := marked.FindStringSubmatch(line); m != nil {
			marks = append(marks, errorMark{i + 1, m[1] != ""})
		}
	}
	return marks
}

// errorsDiffer compares the lines that a cell's errors name with the marks: each error must be on a
// marked line, and when all errors are shown, each mark must have one. Of mistakes in the grammar
// only the first is compared: where a parser finds its way again is its own affair.
func errorsDiffer(run Run, marks []errorMark) string {
	must := slices.DeleteFunc(slices.Clone(marks), func(m errorMark) bool { return m.maybe })
	switch {
	case run.TimedOut:
		return "did not end in time" + after(run)
	case run.Lame != "":
		return run.Lame
	case run.Failure == nil && len(must) == 0:
		return ""
	case run.Failure == nil:
		return fmt.Sprintf("no error, want one in line %d", must[0].line)
	case run.Failure.Name != exec.CompileError:
		return run.Failure.Error()
	}
	shown, more := shownErrors(run.Failure.Traceback)
	if len(shown) == 0 {
		return "the error names no line: " + run.Failure.Value
	}
	grammar := strings.HasPrefix(shown[0].message, "syntax error: ")
	if grammar {
		shown = shown[:1]
	}
	for _, e := range shown {
		if !slices.ContainsFunc(marks, func(m errorMark) bool { return m.line == e.line }) {
			return fmt.Sprintf("line %d holds no mistake, but is told of: %s", e.line, e.message)
		}
	}
	if more || grammar {
		return ""
	}
	for _, m := range must {
		if !slices.ContainsFunc(shown, func(e shownError) bool { return e.line == m.line }) {
			return fmt.Sprintf("no error in line %d; shown: %v", m.line, shown)
		}
	}
	return ""
}

// shownError is an error as the engine shows it.
type shownError struct {
	line    int
	message string
}

var (
	errorHead = regexp.MustCompile(`^line (\d+):\d+: (.*)`)
	errorMore = regexp.MustCompile(`^\.\.\. and \d+ more errors?`)
)

// shownErrors reads the errors of a traceback, and whether there are more.
func shownErrors(traceback []string) (list []shownError, more bool) {
	for _, line := range traceback {
		line = colours.ReplaceAllString(line, "")
		if m := errorHead.FindStringSubmatch(line); m != nil {
			n, err := strconv.Atoi(m[1])
			if err == nil {
				list = append(list, shownError{n, m[2]})
			}
		}
		more = more || errorMore.MatchString(line)
	}
	return list, more
}
