package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// isTest says whether a function is one that go test runs.
func isTest(name string) bool {
	return slices.ContainsFunc([]string{"Test", "Benchmark", "Example", "Fuzz"}, func(prefix string) bool {
		rest, ok := strings.CutPrefix(name, prefix)
		return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
	})
}

// test runs a cell with %test: its definitions join the session, its main function is not run, and then the tests run.
// They run as go test runs them, in a program of their own that is made of the session's definitions, so that a test
// that breaks off breaks nothing else; variables have there what their definitions say.
func (r *run) test(ctx context.Context, t magic.Test) *exec.Failure {
	var own []string
	if strings.TrimSpace(r.source) != "" {
		c, err := r.parse()
		if err != nil {
			return r.words().Text(err)
		}
		own = testsOf(c)
		if c.Main {
			r.source += "\n_ = 0" // with a statement of its own a cell does not run main
		}
		if f := r.do(ctx); f != nil {
			return f
		}
	}
	if f := r.session.awake(ctx, r.out); f != nil {
		return f
	}
	now := r.session.now()
	all := slices.DeleteFunc(now.Functions(), func(n string) bool { return !isTest(n) })
	if len(all) == 0 {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%test: expected a function TestX(t *testing.T) or BenchmarkX(b *testing.B) in this cell or an earlier one. Got none", t.Line))
	}
	first, second, err := now.Standalone(program.Standalone{Roots: all, Split: isTest})
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%test: %v", t.Line, err))
	}
	binary := filepath.Join(r.session.tempDir, "celltest-"+rand.Text())
	defer os.Remove(binary)
	f := r.session.prepare(ctx, func() *exec.Failure {
		dir := filepath.Join(r.session.builder.ModDir(), "celltest")
		defer os.RemoveAll(dir)
		if err := writeFiles(dir, map[string][]byte{"session.go": first, "session_test.go": second}); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%test: %v", t.Line, err))
		}
		args := append([]string{"test", "-c", "-o", binary}, build.CoverFlags(r.session.goFlags())...)
		return r.session.goBuild(ctx, "%test", append(args, "."), dir, nil)
	})
	if f != nil {
		return f
	}
	flags := t.Args
	if !t.Given {
		flags = testFlags(own)
	}
	place, env := r.session.place.surroundings()
	return runProgram(ctx, r.out, func(out exec.Output) error {
		return magic.RunProgram(ctx, "%test", append([]string{binary}, flags...), place, env, out)
	})
}

// testsOf lists the tests that a cell declares.
func testsOf(c *cell.Cell) (names []string) {
	for _, d := range c.Decls {
		if f, ok := d.Node.(*ast.FuncDecl); ok && f.Recv == nil && isTest(f.Name.Name) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// testFlags are the flags for a test program without any from the user: verbose, and what the cell has.
func testFlags(own []string) []string {
	flags := []string{"-test.v"}
	if len(own) == 0 {
		return flags
	}
	flags = append(flags, "-test.run=^("+strings.Join(own, "|")+")$")
	benchmarks := slices.DeleteFunc(slices.Clone(own), func(n string) bool { return !strings.HasPrefix(n, "Benchmark") })
	if len(benchmarks) > 0 {
		flags = append(flags, "-test.bench=^("+strings.Join(benchmarks, "|")+")$")
	}
	return flags
}
