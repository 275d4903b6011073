package engine

import (
	"context"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
)

// writeMain leaves the session's definitions as main.go in the module folder, for commands that run
// there. A session that cannot be a program of its own leaves none.
func (s *session) writeMain(p *program.Program) {
	name := filepath.Join(s.builder.ModDir(), "main.go")
	text, _, err := p.Standalone(program.Standalone{All: true})
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		os.Remove(name)
	}
}

// goBuild runs the go command in a folder of the session's module, for a program that is made of
// cells.
func (s *session) goBuild(ctx context.Context, what string, args []string, dir string, env []string) *exec.Failure {
	cmd := osexec.CommandContext(ctx, s.builder.GoCommand(), args...)
	cmd.Dir = dir
	_, ours := s.place.surroundings()
	cmd.Env = slices.Concat(ours, s.builder.Env(), env)
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return words.Interrupted("while " + what + " was being compiled")
	}
	text := strings.TrimSpace(inCells(string(out)))
	if text == "" {
		text = err.Error()
	}
	first, _, _ := strings.Cut(text, "\n")
	f := words.Failure(exec.CompileError, what+": "+first)
	f.Traceback = append([]string{what + ": the program that is made of the cells does not compile:"}, strings.Split(text, "\n")...)
	return f
}

var cellLine = regexp.MustCompile(`(?:\./|\S*/)?cell_(\d+)\.go:(\d+)(?::(\d+))?`)

// inCells puts cells in the place of the files that the compiler names.
func inCells(text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(l, "# ") {
			lines = append(lines, cellLine.ReplaceAllString(l, "cell [$1] line $2"))
		}
	}
	return strings.Join(lines, "")
}

// writeFiles makes a folder with files; those without content are left out.
func writeFiles(dir string, files map[string][]byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if len(data) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
