package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// keeping is what %keep has chosen: variables whose values are written to files, as gob does it, at
// the end of each cell, and read again in a new worker. session.mu guards it.
type keeping struct {
	names  []string
	failed map[string]string // what was told about a variable that cannot be kept
	due    bool              // there is a new worker, which has not got the values yet
}

// keepCommand carries %keep out: it adds variables, or without names shows them.
func (s *session) keepCommand(ctx context.Context, l *lane, c magic.Command, out exec.Output) *exec.Failure {
	if f := s.awake(ctx, out); f != nil {
		return f
	}
	live := s.now().Variables()
	for _, n := range c.Args {
		if !slices.Contains(live, n) {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%keep: expected variables of the session. Got %s; %%whos shows them", c.Line, n))
		}
	}
	s.mu.Lock()
	for _, n := range c.Args {
		if !slices.Contains(s.keep.names, n) {
			s.keep.names = append(s.keep.names, n)
		}
	}
	names := slices.Clone(s.keep.names)
	s.mu.Unlock()
	if len(c.Args) == 0 {
		out.Stream("stdout", "kept over restarts of the worker: "+strings.Join(names, ", ")+"\n")
		return nil
	}
	s.saveKept(ctx, l, out)
	return nil
}

// saveKept writes the values of the variables that %keep has chosen. What cannot be written is told
// once.
func (s *session) saveKept(ctx context.Context, l *lane, out exec.Output) {
	s.mu.Lock()
	names := slices.Clone(s.keep.names)
	s.mu.Unlock()
	if len(names) == 0 {
		return
	}
	live := s.now().Variables()
	for _, n := range names {
		if !slices.Contains(live, n) || ctx.Err() != nil {
			continue
		}
		file := s.keptFile(n)
		f := s.quietly(ctx, l, fmt.Sprintf("func() error {\nf, err := keepos.Create(%q)\nif err != nil { return err }\n"+
			"if err = keepgob.NewEncoder(f).Encode(&%s); err != nil { f.Close(); return err }\n"+
			"if err = f.Close(); err != nil { return err }\nreturn keepos.Rename(%[1]q, %[3]q)\n}()", file+".new", n, file))
		s.keptSo(n, f, out)
	}
}

// restoreKept reads the values into a new worker, if there is one.
func (s *session) restoreKept(ctx context.Context, l *lane, out exec.Output) {
	s.mu.Lock()
	due := s.keep.due
	s.keep.due = false
	names := slices.Clone(s.keep.names)
	s.mu.Unlock()
	if !due {
		return
	}
	for _, n := range names {
		file := s.keptFile(n)
		if _, err := os.Stat(file); err != nil || !slices.Contains(s.now().Lost(), n) {
			continue
		}
		s.giveBack(n, true)
		f := s.quietly(ctx, l, fmt.Sprintf("func() error {\nf, err := keepos.Open(%q)\nif err != nil { return err }\ndefer f.Close()\n"+
			"return keepgob.NewDecoder(f).Decode(&%s)\n}()", file, n))
		if f != nil {
			s.giveBack(n, false)
			out.Stream("stderr", fmt.Sprintf("note: %%keep: %s is lost: %s\n", n, f.Value))
			continue
		}
		out.Stream("stderr", fmt.Sprintf("note: %%keep: %s has its value again\n", n))
	}
}

// restored gives a new worker the values that were kept, if a run has come upon one.
func (s *session) restored(ctx context.Context, r *run) bool {
	s.mu.Lock()
	due := s.keep.due
	s.mu.Unlock()
	if !due || r.req.Expression {
		return false
	}
	s.restoreKept(ctx, r.lane, r.out)
	return true
}

// giveBack notes that a lost variable has a value, or that it has none after all.
func (s *session) giveBack(name string, has bool) {
	s.joining.Lock()
	defer s.joining.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program = s.program.Found(name, has)
}

func (s *session) keptFile(name string) string { return filepath.Join(s.tempDir, "keep-"+name+".gob") }

// quietly evaluates an expression with the packages that keeping needs, and shows nothing.
func (s *session) quietly(ctx context.Context, l *lane, expression string) *exec.Failure {
	source := "import keepos \"os\"\nimport keepgob \"encoding/gob\"\n" + expression
	r := &run{session: s, lane: l, req: exec.Request{Code: source, Silent: true, Expression: true}, out: discard{}, source: source}
	return r.do(ctx)
}

// keptSo tells of a variable that cannot be written, once for each reason.
func (s *session) keptSo(name string, f *exec.Failure, out exec.Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keep.failed == nil {
		s.keep.failed = map[string]string{}
	}
	if f == nil {
		delete(s.keep.failed, name)
		return
	}
	if s.keep.failed[name] != f.Value {
		s.keep.failed[name] = f.Value
		out.Stream("stderr", fmt.Sprintf("note: %%keep: %s cannot be kept: %s\n", name, f.Value))
	}
}
