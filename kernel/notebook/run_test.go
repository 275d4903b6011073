package notebook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// scripted is an engine whose cells are functions, found by the cell's source.
type scripted struct {
	cells       map[string]func(ctx context.Context, out exec.Output) *exec.Failure
	interrupted chan struct{}
	requests    []exec.Request
}

func (s *scripted) Execute(ctx context.Context, req exec.Request, out exec.Output) *exec.Failure {
	s.requests = append(s.requests, req)
	f := s.cells[req.Code]
	if f == nil {
		return &exec.Failure{Name: "CompileError", Value: "line 2:1: unknown cell " + req.Code, Traceback: []string{"\x1b[31mbad\x1b[0m"}}
	}
	return f(ctx, out)
}
func (s *scripted) Interrupt()                                             { close(s.interrupted) }
func (s *scripted) IsComplete(string) exec.Completeness                    { return exec.Completeness{Status: "unknown"} }
func (s *scripted) Complete(context.Context, string, int) exec.Completions { return exec.Completions{} }
func (s *scripted) Inspect(context.Context, string, int, int) exec.Inspection {
	return exec.Inspection{}
}
func (s *scripted) Close() error { return nil }

// show is a cell that only produces output.
func show(f func(out exec.Output)) func(context.Context, exec.Output) *exec.Failure {
	return func(_ context.Context, out exec.Output) *exec.Failure {
		f(out)
		return nil
	}
}

func book(sources ...string) *Notebook {
	nb := &Notebook{Minor: 5}
	for _, s := range sources {
		nb.Cells = append(nb.Cells, &Cell{Type: CodeCell, Source: s, Metadata: map[string]any{}})
	}
	return nb
}

func tag(c *Cell, tags ...any) { c.Metadata["tags"] = tags }

// outputs writes a cell's outputs in one line each.
func outputs(c *Cell) string {
	var b strings.Builder
	for _, o := range c.Outputs {
		switch o.Type {
		case StreamOutput:
			fmt.Fprintf(&b, "%s %q\n", o.Name, o.Text)
		case ErrorOutput:
			fmt.Fprintf(&b, "error %s %s %q\n", o.EName, o.EValue, o.Traceback)
		default:
			fmt.Fprintf(&b, "%s %v %v", o.Type, o.Data, o.Metadata)
			if o.Type == ResultOutput {
				fmt.Fprintf(&b, " [%d]", o.Count)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func text(s string) exec.Bundle { return exec.Bundle{"text/plain": s} }

func TestRunStoresWhatJupyterStores(t *testing.T) {
	var late exec.Output
	eng := &scripted{cells: map[string]func(context.Context, exec.Output) *exec.Failure{
		"streams": show(func(out exec.Output) {
			late = out
			out.Stream("stdout", "a\n")
			out.Stream("stdout", "b")
			out.Stream("stderr", "c")
			out.Stream("stdout", "d")
		}),
		"progress": show(func(out exec.Output) {
			out.Stream("stdout", "10%\r50%\r")
			out.Stream("stdout", "100%\r\nnext\r")
		}),
		"displays": show(func(out exec.Output) {
			out.Display(exec.Display{Data: text("plain")})
			out.Display(exec.Display{Data: text("first"), ID: "x"})
			out.Display(exec.Display{Data: text("second"), Metadata: map[string]any{"m": 1}, ID: "x", Update: true})
			out.Display(exec.Display{Data: text("nowhere"), ID: "y", Update: true})
			out.Result(text("42"), nil)
		}),
		"update of an earlier cell": show(func(out exec.Output) {
			out.Display(exec.Display{Data: text("third"), ID: "x", Update: true})
			late.Stream("stdout", "late")
		}),
		"clear": show(func(out exec.Output) {
			out.Stream("stdout", "gone")
			out.ClearOutput(false)
			out.Stream("stdout", "gone too")
			out.ClearOutput(true)
			out.Stream("stdout", "kept")
			out.ClearOutput(true)
		}),
	}}
	nb := book("streams", "progress", "", "displays", "update of an earlier cell", "clear")
	nb.Cells[2].Outputs = []*Output{{Type: StreamOutput, Name: "stdout", Text: "from before"}}
	skipped := &Cell{Type: CodeCell, Source: "no such cell", Metadata: map[string]any{}, Count: 9}
	tag(skipped, "skip-execution")
	nb.Cells = append(nb.Cells, &Cell{Type: MarkdownCell, Source: "streams"}, skipped)
	if err := Run(t.Context(), nb, eng, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"stdout \"a\\nb\"\nstderr \"c\"\nstdout \"dlate\"\n",
		"stdout \"100%\\r\\nnext\\r\"\n",
		"stdout \"from before\"\n",
		"display_data map[text/plain:plain] map[]\ndisplay_data map[text/plain:third] map[]\nexecute_result map[text/plain:42] map[] [3]\n",
		"",
		"stdout \"kept\"\n",
	} {
		if got := outputs(nb.Cells[i]); got != want {
			t.Errorf("cell %d:\n%s\nwant:\n%s", i+1, got, want)
		}
	}
	for i, want := range []int{1, 2, 0, 3, 4, 5, 0, 9} {
		if nb.Cells[i].Count != want {
			t.Errorf("cell %d has count %d, want %d", i+1, nb.Cells[i].Count, want)
		}
	}
	late.Stream("stdout", "after the run")
	if got := outputs(nb.Cells[0]); strings.Contains(got, "after") {
		t.Errorf("output after the run was stored: %s", got)
	}
}

func TestRunAsksForNothing(t *testing.T) {
	eng := &scripted{cells: map[string]func(context.Context, exec.Output) *exec.Failure{
		"ask": func(ctx context.Context, out exec.Output) *exec.Failure {
			if _, err := out.Input(ctx, "name", false); err != nil {
				return &exec.Failure{Name: "Error", Value: err.Error()}
			}
			return nil
		},
	}}
	err := Run(t.Context(), book("ask"), eng, RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "cannot ask for input") {
		t.Errorf("error %v", err)
	}
	if eng.requests[0].AllowStdin || eng.requests[0].Silent || eng.requests[0].Count != 1 {
		t.Errorf("request %+v", eng.requests[0])
	}
}

func TestRunStopsAtTheFirstFailure(t *testing.T) {
	ok := show(func(exec.Output) {})
	eng := &scripted{cells: map[string]func(context.Context, exec.Output) *exec.Failure{"one": ok, "three": ok}}
	nb := book("one", "two\ntwo", "three")
	err := Run(t.Context(), nb, eng, RunOptions{})
	var cellErr *CellError
	if !errors.As(err, &cellErr) || err.Error() != "cell 2 of 3 failed: CompileError: line 2:1: unknown cell two\ntwo" {
		t.Fatalf("error %v", err)
	}
	if got := outputs(nb.Cells[1]); !strings.HasPrefix(got, "error CompileError line 2:1") {
		t.Errorf("stored %s", got)
	}
	if nb.Cells[2].Count != 0 {
		t.Error("the third cell was run")
	}
	report := cellErr.Report(false)
	if !strings.Contains(report, "  1 | two\n> 2 | two\n") || !strings.HasSuffix(report, "\nbad\n") {
		t.Errorf("report:\n%s", report)
	}
	if !strings.Contains(cellErr.Report(true), "\x1b[31mbad") {
		t.Error("the coloured report has no colours")
	}

	tag(nb.Cells[1], "raises-exception")
	if err := Run(t.Context(), nb, eng, RunOptions{}); err != nil {
		t.Errorf("with raises-exception: %v", err)
	}
	if nb.Cells[2].Count != 3 {
		t.Error("the third cell was not run")
	}
}

func TestRunRefusesOtherLanguages(t *testing.T) {
	nb := book("x")
	nb.Metadata = map[string]any{"kernelspec": map[string]any{"name": "python3", "language": "python"}}
	eng := &scripted{}
	err := Run(t.Context(), nb, eng, RunOptions{})
	if err == nil || err.Error() != "expected a notebook in Go. Got one in python" || len(eng.requests) > 0 {
		t.Errorf("error %v, %d cells run", err, len(eng.requests))
	}
}

// waiting is an engine with a cell that waits until it is interrupted.
func waiting() (*scripted, chan struct{}) {
	started := make(chan struct{})
	eng := &scripted{interrupted: make(chan struct{})}
	eng.cells = map[string]func(context.Context, exec.Output) *exec.Failure{
		"wait": func(ctx context.Context, out exec.Output) *exec.Failure {
			out.Stream("stdout", "so far")
			close(started)
			<-eng.interrupted
			return &exec.Failure{Name: "Interrupted", Value: "stopped"}
		},
	}
	return eng, started
}

func TestRunTimeout(t *testing.T) {
	eng, _ := waiting()
	nb := book("wait", "wait")
	err := Run(t.Context(), nb, eng, RunOptions{Timeout: 10 * time.Millisecond})
	if !errors.Is(err, ErrTimeout) || err.Error() != "cell 1 of 2: the cell took too long: more than 10ms" {
		t.Errorf("error %v", err)
	}
	if got := outputs(nb.Cells[0]); got != "stdout \"so far\"\nerror Interrupted stopped []\n" {
		t.Errorf("stored %s", got)
	}
}

func TestRunCancelled(t *testing.T) {
	eng, started := waiting()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	nb := book("wait", "wait")
	tag(nb.Cells[0], "raises-exception") // does not excuse an interrupt
	err := Run(ctx, nb, eng, RunOptions{})
	var cellErr *CellError
	if !errors.As(err, &cellErr) || !errors.Is(err, context.Canceled) || cellErr.Number != 1 {
		t.Errorf("error %v", err)
	}
	if err := Run(ctx, nb, eng, RunOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("run of an ended context: %v", err)
	}
}

func terminalRun(t *testing.T, width int) (stdout, both string) {
	t.Helper()
	eng := &scripted{cells: map[string]func(context.Context, exec.Output) *exec.Failure{
		"// quiet\nquiet := 1": show(func(exec.Output) {}),
		"print": show(func(out exec.Output) {
			out.Stream("stdout", "no newline")
			out.Result(exec.Bundle{"text/html": "<b>", "text/plain": "42"}, nil)
			out.Display(exec.Display{Data: exec.Bundle{"image/png": "AAAA"}})
		}),
		"fit": show(func(out exec.Output) {
			out.Display(exec.Display{Data: text("epoch 1\nloss 3"), ID: "f"})
			out.Display(exec.Display{Data: text("epoch 2\nloss 2"), ID: "f", Update: true})
			out.Display(exec.Display{Data: text("epoch 3\nloss 1 and a text that is longer than the window is wide"), ID: "f", Update: true})
		}),
	}}
	var out, all bytes.Buffer
	nb := book("// quiet\nquiet := 1", "print", "fit")
	if err := Run(t.Context(), nb, eng, RunOptions{Stdout: writers{&out, &all}, Stderr: &all, Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String(), all.String()
}

type writers []*bytes.Buffer

func (w writers) Write(b []byte) (int, error) {
	for _, x := range w {
		x.Write(b)
	}
	return len(b), nil
}

func TestTerminalPlain(t *testing.T) {
	stdout, both := terminalRun(t, 0)
	if want := "no newline\n42\n<image/png, 0.0 kB>\nepoch 1\nloss 3\nepoch 3\nloss 1 and a text that is longer than the window is wide\n"; stdout != want {
		t.Errorf("standard output:\n%s\nwant:\n%s", stdout, want)
	}
	for _, want := range []string{"[1/3] quiet := 1  (", "[2/3] print\nno newline", "\n[2/3] ", "[3/3] fit\nepoch 1"} {
		if !strings.Contains(both, want) {
			t.Errorf("no %q in:\n%s", want, both)
		}
	}
	if strings.Contains(both, "\x1b") {
		t.Errorf("escape sequences in %q", both)
	}
}

func TestTerminalRedrawsInPlace(t *testing.T) {
	stdout, _ := terminalRun(t, 20)
	want := "epoch 1\nloss 3\n\x1b[2A\r\x1b[Jepoch 2\nloss 2\n\x1b[2A\r\x1b[Jepoch 3\nloss 1 and a text t…\n"
	if !strings.HasSuffix(stdout, want) {
		t.Errorf("standard output %q\nwant the end %q", stdout, want)
	}
}

func TestAPanicOfTheEngineFailsItsCell(t *testing.T) {
	eng := &scripted{cells: map[string]func(context.Context, exec.Output) *exec.Failure{
		"good": show(func(out exec.Output) { out.Stream("stdout", "shown\n") }),
		"bad":  func(context.Context, exec.Output) *exec.Failure { panic("a fault") },
	}}
	nb := book("good", "bad", "good")
	var cellErr *CellError
	if err := Run(t.Context(), nb, eng, RunOptions{}); !errors.As(err, &cellErr) || cellErr.Number != 2 || !strings.Contains(cellErr.Failure.Value, "a fault") {
		t.Errorf("got %v", err)
	}
	if got := outputs(nb.Cells[0]); got != "stdout \"shown\\n\"\n" {
		t.Errorf("the cell before shows %s", got)
	}
	if got := outputs(nb.Cells[1]); !strings.Contains(got, "error EngineError") {
		t.Errorf("the cell shows %s", got)
	}
}
