package command

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// echo is an engine that prints each cell's code and fails for "fail".
type echo struct{ dir string }

func (e echo) Execute(_ context.Context, req exec.Request, out exec.Output) *exec.Failure {
	if req.Code == "fail" {
		return &exec.Failure{Name: "Panic", Value: "it failed", Traceback: []string{"panic: it failed", "  at cell [2] line 1"}}
	}
	if req.Code == "fault" {
		panic("a fault of the engine")
	}
	out.Stream("stdout", "ran "+req.Code+"\n")
	return nil
}
func (echo) Interrupt()                                                {}
func (echo) IsComplete(string) exec.Completeness                       { return exec.Completeness{Status: "unknown"} }
func (echo) Complete(context.Context, string, int) exec.Completions    { return exec.Completions{} }
func (echo) Inspect(context.Context, string, int, int) exec.Inspection { return exec.Inspection{} }
func (echo) Close() error                                              { return nil }

// runWith runs the command line with the echo engine.
func runWith(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &environment{stdout: &out, stderr: &errs, newEngine: func(_ context.Context, dir string, _ func(string)) (exec.Engine, error) {
		if _, err := os.Stat(filepath.Join(dir, "no-engine")); err == nil {
			return nil, errors.New("expected a C compiler.\nGot none")
		}
		return echo{dir}, nil
	}}
	return run(args, env), out.String(), errs.String()
}

// write writes a notebook of code cells and returns its path.
func write(t *testing.T, dir string, sources ...string) string {
	t.Helper()
	var cells []string
	for i, s := range sources {
		tags := ""
		if i == 0 {
			tags = `"tags":["parameters"]`
		}
		cells = append(cells, `{"cell_type":"code","execution_count":null,"metadata":{`+tags+`},"outputs":[],"source":"`+s+`"}`)
	}
	path := filepath.Join(dir, "nb.ipynb")
	text := `{"cells":[` + strings.Join(cells, ",") + `],"metadata":{},"nbformat":4,"nbformat_minor":4}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	nb := write(t, dir, "n := 3", "two")
	before, _ := os.ReadFile(nb)
	status, stdout, stderr := runWith(t, "run", nb)
	if status != 0 || stdout != "ran n := 3\nran two\n" || !strings.Contains(stderr, "[2/2] two") {
		t.Errorf("status %d, printed %q and %q", status, stdout, stderr)
	}
	if after, _ := os.ReadFile(nb); !bytes.Equal(before, after) {
		t.Error("the notebook was written without -o")
	}
	page := filepath.Join(dir, "nb.html")
	status, _, stderr = runWith(t, "run", nb, "-o", nb, "--html", page, "-p", "n=5")
	if status != 0 || !strings.Contains(stderr, "Wrote "+nb+" and "+page) {
		t.Errorf("status %d, printed %q", status, stderr)
	}
	if after, _ := os.ReadFile(nb); !strings.Contains(string(after), `"ran two\n"`) || !strings.Contains(string(after), `"n := 5"`) {
		t.Errorf("the notebook holds %s", after)
	}
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), "ran two") {
		t.Errorf("the page: %v", err)
	}
}

func TestRunShowsTheFailingCell(t *testing.T) {
	dir := t.TempDir()
	nb, out := write(t, dir, "one", "fail", "three"), filepath.Join(dir, "out.ipynb")
	status, _, stderr := runWith(t, "run", nb, "-o", out)
	if status != 1 || !strings.Contains(stderr, "gonbml: cell 2 of 3 failed: Panic: it failed\n\n> 1 | fail\n\npanic: it failed\n") {
		t.Errorf("status %d, printed %q", status, stderr)
	}
	if b, _ := os.ReadFile(out); !strings.Contains(string(b), `"ran one\n"`) || !strings.Contains(string(b), `"evalue": "it failed"`) {
		t.Errorf("what ran was not written: %s", b)
	}
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	nb := write(t, dir, "n := 3")
	python := filepath.Join(dir, "python.ipynb")
	broken := filepath.Join(dir, "broken.ipynb")
	for path, text := range map[string]string{
		python: `{"cells":[],"metadata":{"kernelspec":{"name":"python3","language":"python"}},"nbformat":4,"nbformat_minor":4}`,
		broken: `{"cells":`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	noEngine := t.TempDir()
	if err := os.WriteFile(filepath.Join(noEngine, "no-engine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		stderr string
	}{
		{[]string{"run"}, 2, "NOTEBOOK.ipynb is missing"},
		{[]string{"run", nb, "x"}, 2, `unexpected argument "x"`},
		{[]string{"run", nb, "--timeout", "soon"}, 2, `invalid argument "soon"`},
		{[]string{"run", nb, "--timeout", "-1s"}, 2, "--timeout: expected a duration such as 90s or 10m, got -1s"},
		{[]string{"run", nb, "--nosuch"}, 2, "unknown flag: --nosuch"},
		{[]string{"run", nb, "-p", "m=1"}, 2, `there is no parameter "m". The notebook's parameters are: n int`},
		{[]string{"run", nb, "-p", "n=x"}, 2, `parameter n: expected a whole number (int). Got "x"`},
		{[]string{"run", filepath.Join(dir, "none.ipynb")}, 1, "none.ipynb: no such file or directory"},
		{[]string{"run", broken}, 1, "broken.ipynb: expected JSON. The file ends in the middle"},
		{[]string{"run", python}, 1, "python.ipynb: expected a notebook in Go. Got one in python"},
		{[]string{"run", nb, "-o", filepath.Join(dir, "no", "x.ipynb")}, 1, "there is no folder"},
		{[]string{"run", nb, "--html", filepath.Join(nb, "x.html")}, 1, "there is no folder"},
		{[]string{"run", write(t, noEngine, "x")}, 1, "expected a C compiler.; Got none"},
	} {
		status, stdout, stderr := runWith(t, tt.args...)
		if status != tt.status || !strings.Contains(stderr, tt.stderr) || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%q: status %d, printed %q; want status %d and one line with %q", tt.args, status, stderr, tt.status, tt.stderr)
		}
	}
}

func TestRunWritesWhatItHasWhenTheEngineFails(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.ipynb")
	status, _, stderr := runWith(t, "run", write(t, dir, "first", "fault", "last"), "-o", out)
	if status != exitFailure || !strings.Contains(stderr, "a fault of the engine") {
		t.Errorf("status %d, %s", status, stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "ran first") || !strings.Contains(string(text), "a fault of the engine") {
		t.Errorf("%v: %s", err, text)
	}
}
