package console

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// plain reads cells from an input that is not a terminal.
type plain struct {
	in     *bufio.Reader
	engine exec.Engine
}

func newPlain(o Options) *plain { return &plain{bufio.NewReader(o.In), o.Engine} }

// cell implements reader: lines are added until the text can run as it stands. At the end of the
// input the text is run as it is, so that its error is seen.
func (p *plain) cell(int) (string, error) {
	var text strings.Builder
	for {
		line, err := p.in.ReadString('\n')
		text.WriteString(line)
		if errors.Is(err, io.EOF) && text.Len() > 0 {
			return text.String(), nil
		}
		if err != nil {
			return "", err
		}
		if p.engine.IsComplete(text.String()).Status != "incomplete" {
			return strings.TrimSuffix(text.String(), "\n"), nil
		}
	}
}

// ask implements reader: the next line is the answer.
func (p *plain) ask(string, bool) (string, error) {
	line, err := p.in.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimSuffix(line, "\n"), nil
}
