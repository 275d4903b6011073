package console

import (
	"context"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// script is an engine whose cells are lines of "verb operand".
type script struct {
	ran         []string
	interrupted int
}

func (s *script) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	s.ran = append(s.ran, req.Code)
	for line := range strings.Lines(req.Code) {
		verb, operand, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		operand = strings.ReplaceAll(operand, `\n`, "\n")
		switch verb {
		case "print":
			out.Stream("stdout", operand+"\n")
		case "begin":
			out.Stream("stdout", operand)
		case "warn":
			out.Stream("stderr", operand+"\n")
		case "value":
			out.Result(exec.Bundle{"text/plain": operand}, nil)
		case "show":
			out.Display(exec.Display{Data: exec.Bundle{"text/plain": operand}, ID: "d"})
		case "update":
			out.Display(exec.Display{Data: exec.Bundle{"text/plain": operand}, ID: "d", Update: true})
		case "clear":
			out.ClearOutput(operand == "wait")
		case "ask", "secret":
			answer, err := out.Input(ctx, operand, verb == "secret")
			if err != nil {
				return &exec.Failure{Name: "Error", Value: err.Error()}
			}
			out.Stream("stdout", "<"+answer+">\n")
		case "fail":
			return &exec.Failure{Name: "Error", Value: operand, Traceback: []string{"\x1b[31m" + operand + "\x1b[0m", "line 2"}}
		}
	}
	return nil
}

func (s *script) Interrupt() { s.interrupted++ }

// IsComplete counts braces, and calls for an indent of as many tabs as are open.
func (s *script) IsComplete(code string) exec.Completeness {
	if open := strings.Count(code, "{") - strings.Count(code, "}"); open > 0 {
		return exec.Completeness{Status: "incomplete", Indent: strings.Repeat("\t", open)}
	}
	return exec.Completeness{Status: "complete"}
}

// Complete completes words from a short list.
func (s *script) Complete(_ context.Context, code string, cursor int) exec.Completions {
	text := []rune(code)[:cursor]
	start := len(text)
	for start > 0 && isWord(text[start-1]) {
		start--
	}
	found := exec.Completions{Start: start, End: cursor}
	for _, word := range []string{"Print", "Printf", "Println", "größer"} {
		if strings.HasPrefix(word, string(text[start:])) {
			found.Items = append(found.Items, exec.Completion{Text: word, Detail: "func"})
		}
	}
	return found
}

func (s *script) Inspect(context.Context, string, int, int) exec.Inspection { return exec.Inspection{} }

func (s *script) Close() error { return nil }
