package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// TestSessions runs the notebooks in kernel/testdata/session. Each is a txtar file: "cell" sections are run in turn;
// "want" is all that the cell before it shows, a failure as "! Name: Value"; "trace" lists texts that its traceback
// holds in that order. "cell interrupt" is interrupted when it prints "interrupt me"; "cell unchanged" must not
// compile or load anything.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("../testdata/session/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			runNotebook(t, txtar.Parse(data))
		})
	}
}

// newEngine starts an engine on the sources of this checkout; the worker is built once and shared by all tests.
func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	return newEngineWith(t, engine.Options{})
}

// newEngineWith is newEngine with options of the test's own.
func newEngineWith(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	o.Source, o.WorkDir, o.Progress = os.DirFS("../.."), t.TempDir(), func(s string) { t.Log(s) }
	e, err := engine.New(context.Background(), o)
	if err != nil {
		t.Fatalf("starting the engine: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return e
}

func runNotebook(t *testing.T, a *txtar.Archive) {
	e := newEngine(t)
	for i, n := 0, 0; i < len(a.Files); {
		kind, text := a.Files[i].Name, string(a.Files[i].Data)
		i++
		n++
		var want, trace string
		for ; i < len(a.Files) && !strings.HasPrefix(a.Files[i].Name, "cell"); i++ {
			switch a.Files[i].Name {
			case "want":
				want = string(a.Files[i].Data)
			case "trace":
				trace = string(a.Files[i].Data)
			default:
				t.Fatalf("unknown section %q", a.Files[i].Name)
			}
		}
		out := &recorder{}
		if kind == "cell interrupt" {
			out.onText = func(s string) {
				if strings.Contains(s, "interrupt me") {
					e.Interrupt()
				}
			}
		}
		loads := e.Loads()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a cell that hangs must fail the test, not the suite
		f := e.Execute(ctx, exec.Request{Code: strings.TrimSuffix(text, "\n"), Count: n}, out)
		cancel()
		if kind == "cell unchanged" && e.Loads() != loads {
			t.Errorf("cell %d: loaded %d packages, want none", n, e.Loads()-loads)
		}
		got := out.text()
		if f != nil {
			got += "! " + f.Error() + "\n"
		}
		if strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("cell %d:\n%s\n--- got\n%s--- want\n%s", n, text, got, want)
			if f != nil {
				t.Logf("traceback:\n%s", strings.Join(f.Traceback, "\n"))
			}
		}
		checkTrace(t, n, f, trace)
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func checkTrace(t *testing.T, n int, f *exec.Failure, trace string) {
	t.Helper()
	if trace == "" {
		return
	}
	if f == nil {
		t.Errorf("cell %d did not fail", n)
		return
	}
	all := ansi.ReplaceAllString(strings.Join(f.Traceback, "\n"), "")
	rest := all
	for _, line := range strings.Split(strings.TrimSpace(trace), "\n") {
		_, after, found := strings.Cut(rest, strings.TrimSpace(line))
		if !found {
			t.Errorf("cell %d: traceback lacks %q (in this order):\n%s", n, line, all)
			return
		}
		rest = after
	}
}

// recorder is an exec.Output that keeps what a cell shows as text.
type recorder struct {
	onText func(string)

	mu sync.Mutex
	sb strings.Builder
}

func (r *recorder) add(s string) {
	r.mu.Lock()
	r.sb.WriteString(s)
	r.mu.Unlock()
	if r.onText != nil {
		r.onText(s)
	}
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sb.String()
}

func (r *recorder) Stream(_, text string) { r.add(text) }

func (r *recorder) Display(d exec.Display) {
	verb := "display"
	if d.Update {
		verb = "update"
	}
	r.add(fmt.Sprintf("[%s %s]\n", verb, bundleText(d.Data)))
}

func (r *recorder) ClearOutput(bool) { r.add("[clear]\n") }

func (r *recorder) Result(data exec.Bundle, _ map[string]any) { r.add(bundleText(data) + "\n") }

func (r *recorder) Input(context.Context, string, bool) (string, error) { return "", os.ErrInvalid }

func bundleText(b exec.Bundle) string {
	for _, mime := range []string{"text/plain", "text/html", "text/markdown", "image/svg+xml"} {
		if s, ok := b[mime].(string); ok {
			return s
		}
	}
	return fmt.Sprint(b)
}
