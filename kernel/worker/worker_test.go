package worker_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
	"github.com/gonbml/gonbml/kernel/worker"
)

// recorder is a Handler that writes down what it is told, one line each; text is kept together.
type recorder struct {
	mu     sync.Mutex
	events []string
	text   strings.Builder // of stream, not yet an event
	stream string
	bytes  int
	input  func(ctx context.Context, prompt string) (string, error)
	panics []worker.Panic
}

func (r *recorder) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endText()
	r.events = append(r.events, fmt.Sprintf(format, args...))
}

func (r *recorder) endText() {
	if r.text.Len() > 0 {
		r.events = append(r.events, r.stream+" "+r.text.String())
		r.text.Reset()
	}
}

func (r *recorder) Stream(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream != name {
		r.endText()
		r.stream = name
	}
	r.bytes += len(text)
	if r.bytes < 1<<20 {
		r.text.WriteString(text)
	}
}

func (r *recorder) Display(exec int64, data, _ map[string]any, id string, update bool) {
	for _, mime := range []string{"text/html", "image/png", "text/plain"} {
		if v, ok := data[mime]; ok {
			word := "display"
			if update {
				word = "update"
			}
			if id != "" {
				word += "(" + id + ")"
			}
			r.add("%s %d %s %v", word, exec, mime, v)
			return
		}
	}
	r.add("display %v", data)
}

func (r *recorder) Result(exec int64, data, _ map[string]any) {
	r.add("result %d %v", exec, data["text/plain"])
}
func (r *recorder) Clear(exec int64, wait bool)           { r.add("clear %d %v", exec, wait) }
func (r *recorder) Quiet(int64)                           {}
func (r *recorder) Front(int64)                           {}
func (r *recorder) LateStream(_ int64, name, text string) { r.Stream(name, text) }

func (r *recorder) GoroutinePanic(exec int64, p worker.Panic) {
	r.panics = append(r.panics, p)
	r.add("goroutine panic %d %s", exec, p.Value)
}

func (r *recorder) Input(ctx context.Context, _ int64, prompt string, _ bool) (string, error) {
	if r.input == nil {
		return "", errors.New("nobody is there")
	}
	return r.input(ctx, prompt)
}

// take returns the events so far and forgets them.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endText()
	events := r.events
	r.events = nil
	return events
}

// session runs cells written by hand.
type session struct {
	*recorder
	t *testing.T
	b *build.Builder
	p *worker.Process
	n int64
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{recorder: &recorder{}, t: t, b: buildtest.New(t, t.TempDir())}
	p, err := worker.Start(t.Context(), worker.Spec{Path: s.b.WorkerPath(), Dir: t.TempDir(), TempDir: t.TempDir()}, s)
	if err != nil {
		t.Fatal(err)
	}
	s.p = p
	t.Cleanup(func() { p.Close() })
	return s
}

// cell compiles and opens a cell. decls goes to package level, stmts into its entry point.
func (s *session) cell(imports []string, decls, stmts string) (path string) {
	s.t.Helper()
	var src strings.Builder
	src.WriteString("package main\n\nimport ɛrt \"github.com/gonbml/gonbml/session/rt\"\n")
	all := []string{"github.com/gonbml/gonbml/session/rt"}
	for _, imp := range imports {
		name, p, named := strings.Cut(imp, "=")
		if !named {
			name, p = "", imp
		}
		fmt.Fprintf(&src, "import %s %q\n", name, p)
		all = append(all, p)
	}
	fmt.Fprintf(&src, "func main() {}\nfunc init() { ɛrt.Register(\"PATH\", run) }\n//line /cell/1:1\n%s\nfunc run() {\n//line /cell/1:100\n%s\n}\n", decls, stmts)
	sum := sha256.Sum256([]byte(s.b.Salt() + src.String()))
	path = fmt.Sprintf("nb/c%x", sum[:8])
	o, err := s.b.Compile(s.t.Context(), build.Unit{Path: path, Source: []byte(strings.Replace(src.String(), "PATH", path, 1)), Imports: all})
	if err != nil {
		s.t.Fatalf("compile: %v", err)
	}
	if err := s.p.Open(s.t.Context(), 0, path, o.SO); err != nil {
		s.t.Fatalf("open: %v", err)
	}
	return path
}

// run runs a cell to its end.
func (s *session) run(path string) worker.Outcome {
	s.t.Helper()
	s.n++
	o, err := s.p.Run(s.t.Context(), s.n, path, nil)
	if err != nil {
		s.t.Fatalf("run: %v", err)
	}
	return o
}

// interruptAfter interrupts the run that comes next: again and again, since on a busy machine it
// may begin late.
func (s *session) interruptAfter(d time.Duration) {
	id, ctx := s.n+1, s.t.Context()
	go func() {
		for ; ctx.Err() == nil; d = 50 * time.Millisecond {
			time.Sleep(d)
			s.p.Interrupt(id) // does nothing when the run has ended
		}
	}()
}

// expect compares the events since the last call.
func (s *session) expect(want ...string) {
	s.t.Helper()
	got := s.take()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("events:\n got %q\nwant %q", got, want)
	}
}

func TestStateStaysBetweenCells(t *testing.T) {
	s := newSession(t)
	first := s.cell([]string{"fmt"}, `
		var count int
		type names struct{}
		func (names) Count() *int { return &count }
		const zero = 0
		type Exported = names`, `count++; fmt.Println("count is", count)`)
	s.run(first)
	s.run(first)
	s.expect("stdout count is 1\ncount is 2\n")
	second := s.cell([]string{"fmt", "c1=" + first}, ``, `p := c1.Exported{}.Count(); *p *= 10; fmt.Println(*p)`)
	s.run(second)
	s.run(first)
	s.expect("stdout 20\ncount is 21\n")
	if !s.p.Opened(second) || s.p.Opened("nb/other") {
		t.Error("Opened is wrong")
	}
}

func TestOrderOfOutput(t *testing.T) {
	s := newSession(t)
	path := s.cell([]string{"fmt", "os", "github.com/gonbml/gonbml/display", "github.com/janpfeifer/gonb/gonbui"}, ``, `
		for i := range 3 {
			fmt.Print("before ", i, "\n")
			display.Publish(display.HTML(fmt.Sprint(i), ""))
			fmt.Fprint(os.Stderr, "err ", i, "\n")
			gonbui.DisplayHTML("<b>gonbui</b>")
			fmt.Print("after ", i, "\n")
			ɛrt.Show(i)
		}
		gonbui.UpdateHTML("id", "one")
		gonbui.UpdateHTML("id", "two")
		gonbui.DisplayPNG([]byte("png"))
		gonbui.Sync()
		display.Clear(true)`)
	if o := s.run(path); o.Panic != nil {
		t.Fatal(o.Panic)
	}
	var want []string
	for i := range 3 {
		want = append(want, fmt.Sprintf("stdout before %d\n", i), fmt.Sprintf("display 1 text/html %d", i),
			fmt.Sprintf("stderr err %d\n", i), "display 1 text/html <b>gonbui</b>", fmt.Sprintf("stdout after %d\n", i), fmt.Sprintf("result 1 %d", i))
	}
	s.expect(append(want, "display(id) 1 text/html one", "update(id) 1 text/html two", "display 1 image/png cG5n", "clear 1 true")...)
}

func TestPanicReport(t *testing.T) {
	s := newSession(t)
	tests := []struct {
		name, decls, stmts, value, typ string
		line                           int
		runtime                        bool
	}{
		{"index", "", "var s []int; i := 5\n_ = s[i]", "runtime error: index out of range [5] with length 0", "runtime.boundsError", 101, true},
		{"nil", "", "var p *int\n*p = 1", "runtime error: invalid memory address or nil pointer dereference", "runtime.errorString", 101, true},
		{"text", "", "panic(\"no\")", "no", "string", 100, false},
		{"error", "", "panic(fmt.Errorf(\"bad %d\", 1))", "bad 1", "*errors.errorString", 100, false},
		{"again", "", "defer func() {\nrecover()\npanic(\"second\")\n}()\npanic(\"first\")", "second", "string", 102, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.t = t
			o := s.run(s.cell([]string{"fmt"}, "var _ = fmt.Sprint\n"+test.decls, test.stmts))
			if o.Panic == nil {
				t.Fatal("no panic")
			}
			if o.Panic.Value != test.value || o.Panic.Type != test.typ || o.Panic.Runtime != test.runtime {
				t.Errorf("got %q %s %v", o.Panic.Value, o.Panic.Type, o.Panic.Runtime)
			}
			if f := o.Panic.Frames; len(f) == 0 || f[0].File != "/cell/1" || f[0].Line != test.line {
				t.Errorf("frames %+v, want /cell/1:%d\n%s", f, test.line, o.Panic.Stack)
			}
		})
	}
}

func TestFailureAndGoexit(t *testing.T) {
	s := newSession(t)
	o := s.run(s.cell([]string{"errors"}, "", `ɛrt.ShowOrFail(1, errors.New("broken"))`))
	if o.Failure == nil || o.Panic != nil || o.Failure.Value != "broken" || o.Failure.Type != "*errors.errorString" {
		t.Errorf("got %+v", o)
	}
	o = s.run(s.cell([]string{"runtime"}, "", "runtime.Goexit()"))
	if o.Panic == nil || !o.Panic.Goexit {
		t.Errorf("got %+v", o)
	}
	s.run(s.cell(nil, "", `ɛrt.ShowOrFail(1, nil)`))
	s.expect("result 3 1")
}

func TestGoroutinePanicEndsOnlyTheGoroutine(t *testing.T) {
	s := newSession(t)
	s.run(s.cell([]string{"fmt"}, "", `
		done := make(chan bool)
		go func(g ɛrt.Started) { defer close(done); defer g.Enter().Leave(); panic("inside") }(ɛrt.Go())
		<-done
		fmt.Println("lives")`))
	s.expect("goroutine panic 1 inside", "stdout lives\n")
	if len(s.panics) != 1 || len(s.panics[0].Frames) == 0 || s.panics[0].Frames[0].Line != 102 {
		t.Errorf("got %+v", s.panics)
	}
}

func TestInterruptStopsALoop(t *testing.T) {
	s := newSession(t)
	path := s.cell([]string{"fmt"}, "var n int", `fmt.Println("on"); for { ɛrt.Check(); n++ }`)
	again := s.cell(nil, "", `for i := 0; i < 1000; i++ { ɛrt.Check() }`)
	for range 3 {
		s.interruptAfter(100 * time.Millisecond)
		o := s.run(path)
		if !o.Interrupted || o.Abandoned != "" { // it would be abandoned after two seconds
			t.Errorf("got %+v", o)
		}
		if o := s.run(again); o.Interrupted || o.Panic != nil {
			t.Errorf("the next cell: %+v", o)
		}
	}
}

func TestInterruptEndsContext(t *testing.T) {
	s := newSession(t)
	path := s.cell([]string{"github.com/gonbml/gonbml/session"}, "", `<-session.Context().Done(); ɛrt.ShowOrFail(session.Context().Err())`)
	s.interruptAfter(50 * time.Millisecond)
	if o := s.run(path); !o.Interrupted || o.Failure != nil || o.Abandoned != "" {
		t.Errorf("got %+v", o)
	}
}

func TestBlockedCellIsLeftBehind(t *testing.T) {
	s := newSession(t)
	path := s.cell([]string{"fmt"}, "var c = make(chan int)", `fmt.Println("waits")
	fmt.Println("got", <-c)`)
	s.interruptAfter(50 * time.Millisecond)
	o := s.run(path)
	if !o.Interrupted || !strings.Contains(o.Abandoned, "chan receive") || o.Duration < 2*time.Second || o.Duration > 10*time.Second {
		t.Errorf("got %+v", o)
	}
	if len(o.AbandonedAt) == 0 || o.AbandonedAt[0].Line != 101 {
		t.Errorf("frames %+v\n%s", o.AbandonedAt, o.Abandoned)
	}
	s.run(s.cell(nil, "", `ɛrt.Show("next")`))
	s.expect("stdout waits\n", "result 2 next")
}

func TestEndOfTheProcess(t *testing.T) {
	tests := []struct {
		name, imp, stmts, cause, printed string
	}{
		{"exit", "os", `print("bye"); os.Exit(3)`, "the cell called os.Exit(3)", "stderr bye"},
		{"kill", "syscall", `print("bye"); syscall.Kill(syscall.Getpid(), syscall.SIGKILL)`, "killed by signal 9 (out of memory?)", "stderr bye"},
		{"map", "sync", `m := map[int]int{}
			var wg sync.WaitGroup
			for range 8 { wg.Go(func() { for i := range 10_000_000 { m[i] = i } }) }
			wg.Wait()`, "fatal error: concurrent map writes", ""},
		{"library goroutine", "time", `time.AfterFunc(0, func() { panic("late") }); select {}`, `panic: late (in a goroutine that no cell started, where it cannot be caught)`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSession(t)
			_, err := s.p.Run(t.Context(), 1, s.cell([]string{test.imp}, "", test.stmts), nil)
			var exit *worker.ExitError
			if !errors.As(err, &exit) || exit.Cause != test.cause {
				t.Fatalf("got %v, want %s", err, test.cause)
			}
			if test.printed != "" {
				s.expect(test.printed)
			}
			<-s.p.Done()
			if s.p.Err() == nil {
				t.Error("Err is nil")
			}
			if _, err := s.p.Run(t.Context(), 2, "nb/x", nil); !errors.As(err, &exit) {
				t.Errorf("a run after the end: %v", err)
			}
		})
	}
}

func TestStackOverflow(t *testing.T) {
	s := newSession(t)
	_, err := s.p.Run(t.Context(), 1, s.cell(nil, "func f(n int) int { return f(n+1) + 1 }", "println(f(0))"), nil)
	var exit *worker.ExitError
	if !errors.As(err, &exit) || !strings.Contains(exit.Cause, "stack overflow") {
		t.Fatalf("got %v", err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	for name, end := range map[string]func(*worker.Process){"Close": func(p *worker.Process) { p.Close() }, "Kill": (*worker.Process).Kill} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			s.run(s.cell([]string{"fmt", "os", "os/exec"}, "", `c := exec.Command("sleep", "1000"); c.Stdout = os.Stdout; c.Start(); fmt.Print(c.Process.Pid); go func() { for {} }()`))
			var child int
			if _, err := fmt.Sscanf(s.take()[0], "stdout %d", &child); err != nil {
				t.Fatal(err)
			}
			end(s.p)
			if s.p.Err() == nil {
				t.Error("it has not ended")
			}
			for _, pid := range []int{child, s.p.PID()} {
				gone(t, pid)
			}
			if err := s.p.Open(t.Context(), 0, "nb/x", "/x"); err == nil {
				t.Error("Open works after the end")
			}
		})
	}
}

// gone waits until a process that was killed is no longer there. It may be seen running until it is
// scheduled for the last time, and is then nobody's zombie for a moment.
func gone(t *testing.T, pid int) {
	t.Helper()
	testlimit.Until(t, fmt.Sprintf("the end of process %d", pid), func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}

func TestOpenErrors(t *testing.T) {
	s := newSession(t)
	if err := s.p.Open(t.Context(), 0, "nb/x", "/no/such.so"); err == nil || s.p.Opened("nb/x") {
		t.Errorf("got %v", err)
	}
	o, err := s.b.Compile(t.Context(), build.Unit{Path: "nb/cpanics", Source: []byte("package main\n\nfunc init() { panic(\"at once\") }\n\nfunc main() {}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.p.Open(t.Context(), 0, "nb/cpanics", o.SO); err == nil || !strings.Contains(err.Error(), "at once") {
		t.Errorf("got %v", err)
	}
	s.run(s.cell(nil, "", `ɛrt.Show("lives")`))
	s.expect("result 1 lives")
}

func BenchmarkRunAgain(b *testing.B) {
	s := &session{recorder: &recorder{}, t: &testing.T{}, b: buildtest.New(b, b.TempDir())}
	start := time.Now()
	p, err := worker.Start(b.Context(), worker.Spec{Path: s.b.WorkerPath(), Dir: b.TempDir(), TempDir: b.TempDir()}, s)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	started := time.Since(start)
	o, err := s.b.Compile(b.Context(), build.Unit{
		Path: "nb/cbench", Imports: []string{"github.com/gonbml/gonbml/session/rt"},
		Source: []byte("package main\n\nimport \"github.com/gonbml/gonbml/session/rt\"\n\nfunc init() { rt.Register(\"nb/cbench\", func() { println(1) }) }\n\nfunc main() {}\n"),
	})
	if err != nil {
		b.Fatal(err)
	}
	start = time.Now()
	if err := p.Open(b.Context(), 0, "nb/cbench", o.SO); err != nil {
		b.Fatal(err)
	}
	opened := time.Since(start)
	n := int64(0)
	for b.Loop() {
		n++
		if _, err := p.Run(b.Context(), n, "nb/cbench", nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(started.Seconds()*1000, "ms-start")
	b.ReportMetric(opened.Seconds()*1000, "ms-open")
}

func TestFlood(t *testing.T) {
	s := newSession(t)
	const size = 100 << 20
	path := s.cell([]string{"os", "bytes"}, "", `line := bytes.Repeat([]byte("x"), 1<<16)
		for range 1600 { os.Stdout.Write(line) }
		ɛrt.Show("end")`)
	s.run(path)
	if s.bytes != size {
		t.Errorf("got %d bytes, want %d", s.bytes, size)
	}
	if events := s.take(); events[len(events)-1] != "result 1 end" {
		t.Error("the end is missing")
	}
}

func TestTextIsValidUTF8(t *testing.T) {
	s := newSession(t)
	s.run(s.cell([]string{"os", "time"}, "", `
		for _, b := range []byte("äß€😀") { os.Stdout.Write([]byte{b}); time.Sleep(15*time.Millisecond) }
		os.Stdout.Write([]byte("a\xffb\xe2\x82"))`))
	s.expect("stdout äß€😀a\uFFFDb\uFFFD")
}

func TestCellClosesItsOutput(t *testing.T) {
	s := newSession(t)
	s.run(s.cell([]string{"os", "fmt"}, "", `fmt.Print("a"); ɛrt.Show(1); os.Stdout.Close(); os.Stderr.Close(); ɛrt.Show(2)`))
	s.run(s.cell([]string{"os", "fmt"}, "", `os.Stdout = os.NewFile(99, "x"); fmt.Print("lost"); ɛrt.Show(3)`))
	s.expect("stdout a", "result 1 1", "result 1 2", "result 2 3")
}

func TestStandardInput(t *testing.T) {
	s := newSession(t)
	var prompts []string
	s.input = func(_ context.Context, prompt string) (string, error) {
		prompts = append(prompts, prompt)
		return fmt.Sprintf("line%d", len(prompts)), nil
	}
	path := s.cell([]string{"fmt", "github.com/gonbml/gonbml/session", "github.com/janpfeifer/gonb/gonbui"}, "", `
		a, err := session.Input("first? ")
		var b, c string
		gonbui.RequestInput("second? ", false)
		fmt.Scanln(&b)
		fmt.Scanln(&c)
		fmt.Println(a, b, c, err)`)
	s.run(path)
	s.expect("stdout line1 line2 line3 <nil>\n")
	if got := strings.Join(prompts, ","); got != "first? ,second? ," {
		t.Errorf("prompts %q", got)
	}
	s.input = nil
	path = s.cell([]string{"fmt", "github.com/gonbml/gonbml/session"}, "", `
		_, err := session.Input("x")
		var b string
		_, err2 := fmt.Scanln(&b)
		_, err3 := fmt.Scanln(&b)
		fmt.Println(err, "|", err2, "|", err3)`)
	s.run(path)
	s.expect("stdout nobody is there | EOF | EOF\n")
}

func TestInterruptEndsQuestions(t *testing.T) {
	s := newSession(t)
	s.input = func(ctx context.Context, _ string) (string, error) {
		go s.p.Interrupt(s.n)
		<-ctx.Done()
		return "", ctx.Err()
	}
	o := s.run(s.cell([]string{"github.com/gonbml/gonbml/session"}, "", `_, err := session.Input("x"); ɛrt.ShowOrFail(err)`))
	if !o.Interrupted || o.Abandoned != "" { // it would be abandoned after two seconds
		t.Errorf("got %+v", o)
	}
}

func TestCPrints(t *testing.T) {
	s := newSession(t)
	source := []byte(`package main

/*
#include <stdio.h>
static void say(int n) { printf("line %d\nno end", n); }
*/
import "C"

import (
	"fmt"

	ɛrt "github.com/gonbml/gonbml/session/rt"
)

func init() { ɛrt.Register("nb/cgo", run) }

func run() {
	C.say(1)
	fmt.Println(" by Go")
}

func main() {}
`)
	c, err := s.b.Cgo(t.Context(), "1", source)
	if err != nil {
		t.Fatal(err)
	}
	path := "nb/c" + c.Hash
	o, err := s.b.Compile(t.Context(), build.Unit{
		Path: path, Source: []byte(strings.Replace(string(c.GoSource), "nb/cgo", path, 1)), Cgo: c,
		Imports: []string{"fmt", "unsafe", "syscall", "runtime/cgo", "github.com/gonbml/gonbml/session/rt"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.p.Open(t.Context(), 0, path, o.SO); err != nil {
		t.Fatal(err)
	}
	s.run(path)
	s.expect("stdout line 1\n by Go\nno end")
}

func TestEnvironment(t *testing.T) {
	s := newSession(t)
	ctx := t.Context()
	dir := t.TempDir()
	if err := errors.Join(s.p.Setenv(ctx, "A_B", "c d"), s.p.Chdir(ctx, dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.p.Chdir(ctx, "/no/such"); err == nil {
		t.Error("no error from a folder that does not exist")
	}
	path := s.cell([]string{"os", "fmt"}, "", `d, _ := os.Getwd(); fmt.Println(os.Getenv("A_B"), d, os.Args[1:])`)
	if _, err := s.p.Run(ctx, 1, path, []string{"-x", "1"}); err != nil {
		t.Fatal(err)
	}
	s.expect("stdout c d " + dir + " [-x 1]\n")
}
