package engine_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// notebook runs cells on one engine.
type notebook struct {
	t testing.TB
	e *engine.Engine
	n int
}

func newNotebook(t testing.TB) *notebook { return &notebook{t: t, e: newEngine(t)} }

// run runs a cell that must end well, and returns what it shows.
func (n *notebook) run(code string) string {
	n.t.Helper()
	out, f := n.try(code)
	if f != nil {
		n.t.Fatalf("cell %d failed: %s\n%s", n.n, f, strings.Join(f.Traceback, "\n"))
	}
	return out
}

func (n *notebook) try(code string) (string, *exec.Failure) {
	return n.watch(code, nil)
}

// watch runs a cell and hands every piece of output to onText.
func (n *notebook) watch(code string, onText func(string)) (string, *exec.Failure) {
	n.n++
	out := &recorder{onText: onText}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f := n.e.Execute(ctx, exec.Request{Code: code, Count: n.n}, out)
	return out.text(), f
}

func (n *notebook) want(code, want string) {
	n.t.Helper()
	if got := strings.TrimSpace(n.run(code)); got != want {
		n.t.Errorf("%s: got %q, want %q", code, got, want)
	}
}

// wantFailure runs a cell that must fail so, and returns the whole text for the user.
func (n *notebook) wantFailure(code string, name exec.Kind, value string) string {
	n.t.Helper()
	_, f := n.try(code)
	if f == nil {
		n.t.Fatalf("%s: did not fail, want %s", code, name)
		return ""
	}
	all := ansi.ReplaceAllString(strings.Join(f.Traceback, "\n"), "")
	if f.Name != name || !strings.Contains(f.Value, value) {
		n.t.Fatalf("%s: failed with %s, want %s: ...%s...\n%s", code, f, name, value, all)
	}
	return all
}

func TestTheWorkersDeathIsToldAndSurvived(t *testing.T) {
	tests := []struct{ name, code, cause string }{
		{"os.Exit", `import "os"; os.Exit(3)`, "os.Exit(3)"},
		{"fatal error", "m := map[int]int{}\ngo func() { for { m[1]++ } }()\nfor { m[2]++ }", "concurrent map"},
		{"stack overflow", "func down(n int) int { return down(n+1) + 1 }\ndown(0)", "stack overflow"},
		{"killed", "import (\"os\"; \"syscall\")\nsyscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", "killed by signal 9"},
		{"a panic in a library's goroutine", "import (\"context\"; \"time\")\ncontext.AfterFunc(ctx, func() { panic(\"boom\") })\ncancel()\ntime.Sleep(time.Minute)", "boom"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := newNotebook(t)
			n.run("import \"context\"\nkept := 1\nctx, cancel := context.WithCancel(context.Background())")
			all := n.wantFailure(tt.code, "WorkerExit", tt.cause)
			if !strings.Contains(all, "kept") {
				t.Errorf("the text does not say that kept is lost:\n%s", all)
			}
			n.want("x := 2\nx", "2")
			n.wantFailure("kept", "CompileError", "undefined: kept")
		})
	}
}

func TestAWorkerThatDiesBetweenCells(t *testing.T) {
	n := newNotebook(t)
	pid := strings.TrimSpace(n.run("import \"os\"\nv := 1\nos.Getpid()"))
	n.run(fmt.Sprintf("!kill -9 %s && while kill -0 %s 2>/dev/null; do sleep 0.01; done", pid, pid))
	out, f := n.try("w := 1\nw")
	if f != nil || !strings.HasSuffix(strings.TrimSpace(out), "1") || !strings.Contains(out, "Lost: the variables v") {
		t.Errorf("got %q and failure %v, want the death told, what is lost, and 1", out, f)
	}
}

func TestAGoroutinesPanicLosesNothing(t *testing.T) {
	n := newNotebook(t)
	told := make(chan string, 1)
	n.run("kept := 5\nstart := make(chan bool)")
	_, f := n.watch("go func() {\n\t<-start\n\tvar m map[string]int\n\tm[\"x\"] = 1\n}()", func(s string) { told <- s })
	if f != nil {
		t.Fatal(f)
	}
	n.run("close(start)")
	select {
	case s := <-told: // under the cell that started the goroutine
		s = ansi.ReplaceAllString(s, "")
		if !strings.Contains(s, "panic in a goroutine: assignment to entry in nil map") || !strings.Contains(s, "at cell [2] line 4") {
			t.Errorf("got %q", s)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was told")
	}
	n.want("kept", "5")
}

func TestInterrupts(t *testing.T) {
	tests := []struct {
		name, code string
		within     time.Duration
		told       string
	}{
		{"loop", "println(\"go\")\nfor { n++ }", 300 * time.Millisecond, "cell was interrupted"},
		{"recursion", "func deep(k int) int { if k == 0 { return 0 }; return deep(k-1) + deep(k-1) }\nprintln(\"go\")\ndeep(60)", 300 * time.Millisecond, "cell was interrupted"},
		{"goroutines of the cell", "import \"sync\"\nvar wg sync.WaitGroup\nfor range 2 {\n\twg.Add(1)\n\tgo func() { defer wg.Done(); for { } }()\n}\nprintln(\"go\")\nwg.Wait()", 2500 * time.Millisecond, "cell was interrupted"},
		{"context", "println(\"go\")\n<-session.Context().Done()", 300 * time.Millisecond, ""},
		{"shell", "!echo go; sleep 60", time.Second, "cell was interrupted"},
		{"sleep", "import \"time\"\nprintln(\"go\")\ntime.Sleep(time.Minute)", 2500 * time.Millisecond, "at cell [2] line 3"},
		{"system call", "import \"syscall\"\nvar pipe [2]int\nsyscall.Pipe(pipe[:])\nprintln(\"go\")\nsyscall.Read(pipe[0], make([]byte, 1))", 2500 * time.Millisecond, "at cell [2] line 5"},
		{"GoMLX", "%env GOMLX_BACKEND go\nimport (\"github.com/gomlx/compute\"; \"github.com/gomlx/gomlx/core/graph\")\nexec := graph.MustNewExec(compute.MustNew(), func(x *graph.Node) *graph.Node { return graph.Mul(x, x) })\nprintln(\"go\")\nfor {\n\texec.MustExec([]float32{1, 2, 3})\n}", 500 * time.Millisecond, "cell was interrupted"},
		{"blocked", "println(\"go\")\n<-make(chan int)", 2500 * time.Millisecond, "at cell [2] line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f *exec.Failure
			var n *notebook
			for try := 1; ; try++ { // the promise is that of a machine that does nothing else: the tests' own may be busy
				n = newNotebook(t)
				n.run("n := 7")
				var begun time.Time
				_, f = n.watch(tt.code, func(s string) {
					if begun.IsZero() && strings.Contains(s, "go") {
						begun = time.Now()
						n.e.Interrupt()
					}
				})
				took := time.Since(begun)
				if begun.IsZero() {
					t.Fatalf("the cell did not begin: %v", f)
				}
				if took <= tt.within {
					break
				}
				if try == 5 {
					t.Fatalf("stopped after %v in the last of %d tries, want within %v", took, try, tt.within)
				}
			}
			if tt.told != "" {
				if f == nil || f.Name != "Interrupted" {
					t.Fatalf("got %v, want Interrupted", f)
				}
				if all := ansi.ReplaceAllString(strings.Join(f.Traceback, "\n"), ""); !strings.Contains(all, tt.told) {
					t.Errorf("got:\n%s\nwant it to hold %q", all, tt.told)
				}
			}
			n.want("n >= 7", "true")
		})
	}
}

func TestASecondInterruptEndsTheWorker(t *testing.T) {
	n := newNotebook(t)
	n.run("v := 1")
	begun := make(chan bool)
	done := make(chan *exec.Failure)
	go func() {
		_, f := n.watch("println(\"go\")\n<-make(chan int)", func(string) { close(begun) })
		done <- f
	}()
	<-begun
	n.e.Interrupt()
	time.Sleep(700 * time.Millisecond) // a second press, not a double click
	n.e.Interrupt()
	f := <-done
	if f == nil || f.Name != "WorkerExit" || !strings.Contains(strings.Join(f.Traceback, "\n"), "Lost: the variables v") {
		t.Fatalf("got %v", f)
	}
	n.want("1 + 1", "2")
}

func TestAHundredCells(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\ntotal := 0\ntype item struct{ n int }\nvar items []item")
	for i := range 100 {
		n.run(fmt.Sprintf("func f%d() int { return %d }\nitems = append(items, item{f%d()})\ntotal += f%d()", i, i, i, i))
	}
	n.want("fmt.Println(total, len(items), items[99].n, f7()+f99())", "4950 100 99 106")
}

func TestASecondSessionCompilesNothing(t *testing.T) {
	cells := []string{"import \"fmt\"\ntype pair struct{ a, b int }\np := pair{1, 2}", "p.a += 10", "fmt.Println(p)", "func (q pair) sum() int { return q.a + q.b }", "p.sum()"}
	first := newNotebook(t)
	for _, c := range cells {
		first.run(c)
	}
	second := newNotebook(t)
	for _, c := range cells {
		second.run(c)
	}
	if got := second.e.Compiled(); got != 0 {
		t.Errorf("the second session compiled %d packages, want none", got)
	}
}

func TestChangingTheFolder(t *testing.T) {
	n := newNotebook(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/here.txt", []byte("found"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.run("%cd " + dir)
	n.want("data, err := os.ReadFile(\"here.txt\")\nstring(data)", "found")
	n.want("!cat here.txt", "found")
	n.wantFailure("%cd nowhere", "CommandError", "not a folder")
}

func TestEmbeddedFiles(t *testing.T) {
	n := newNotebook(t)
	n.run("!printf first > a.txt; mkdir d; printf 1 > d/1.txt; printf 2 > d/2.txt")
	n.run("import \"embed\"\n//go:embed d\nvar folder embed.FS")
	text := "//go:embed a.txt\nvar text string\ntext"
	n.want(text, "first")
	n.run("!printf second > a.txt")
	n.want(text, "second")
	n.want("entries, err := folder.ReadDir(\"d\")\nlen(entries)", "2")
	n.wantFailure("//go:embed no.txt\nvar none []byte", "CompileError", "no.txt")
}

func TestModulesThatCannotBeFetched(t *testing.T) {
	n := newNotebook(t)
	begun := time.Now()
	all := n.wantFailure("import \"example.invalid/no/such/module\"", "CompileError", "example.invalid/no/such/module could not be fetched")
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
	if !strings.Contains(all, "1 | import") {
		t.Errorf("the place is not shown:\n%s", all)
	}
	n.want("1", "1")
}

func TestModules(t *testing.T) {
	n := newNotebook(t)
	n.run("kept := 1")
	out, f := n.try("import \"github.com/google/uuid\"\nuuid.NameSpaceDNS.String()[:8]")
	if f != nil || !strings.Contains(out, "6ba7b810") {
		t.Fatalf("a module that was not asked for before: %v, %q", f, out)
	}
	n.want("kept", "1")
	// gonbui logs through logr, so the worker contains it: another version means another worker.
	out, f = n.try("!*go get github.com/go-logr/logr@v1.4.4")
	if f != nil || !strings.Contains(out, "restarting the worker") || !strings.Contains(out, "Lost: the variables kept") {
		t.Fatalf("another version of a loaded module: failure %v, %q; want the restart and what it loses told", f, out)
	}
	n.wantFailure("kept", "CompileError", "undefined: kept")
	n.want("import \"github.com/janpfeifer/gonb/gonbui\"\ngonbui.IsNotebook", "true")
	n.run("%reset go.mod")
	n.want("2 * 3", "6")
}

func TestTextOfAGoroutineAppearsUnderItsCell(t *testing.T) {
	n := newNotebook(t)
	n.run("import (\"fmt\"; \"log\"; \"github.com/gonbml/gonbml/display\")\nstart, done := make(chan bool), make(chan bool)\nlog.SetFlags(0)")
	var mu sync.Mutex
	var first strings.Builder
	n.watch("go func() {\n\t<-start\n\tfmt.Println(\"printed\", 1)\n\tlog.Print(\"logged\")\n\tdisplay.Show(\"shown\")\n\tdone <- true\n}()", func(s string) {
		mu.Lock()
		defer mu.Unlock()
		first.WriteString(s)
	})
	second := n.run("close(start)\n<-done\nfmt.Println(\"second\")")
	if strings.TrimSpace(second) != "second" {
		t.Errorf("the second cell shows %q, want its own text alone", second)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := first.String(); !strings.Contains(got, "printed 1\n") || !strings.Contains(got, "logged") || !strings.Contains(got, "shown") {
		t.Errorf("the first cell shows %q", got)
	}
}

func TestReplay(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\ntype acc struct{ n int }\na := acc{1}")
	n.run("func (x *acc) add(k int) { x.n += k }")
	n.run("a.add(10)")
	n.wantFailure("panic(\"not replayed\")", "Panic", "not replayed")
	n.wantFailure("import \"os\"\nos.Exit(1)", "WorkerExit", "os.Exit(1)")
	compiled := n.e.Compiled()
	if out := n.run("%replay"); !strings.Contains(out, "replayed 3 cells") {
		t.Errorf("got %q", out)
	}
	if n.e.Compiled() != compiled {
		t.Errorf("the replay compiled %d packages, want none", n.e.Compiled()-compiled)
	}
	n.want("fmt.Sprint(a)", "{11}")
	out := n.run("%compact")
	if !strings.Contains(out, "replayed 4 cells") || !strings.Contains(out, "worker after:") {
		t.Errorf("got %q", out)
	}
	n.want("fmt.Sprint(a)", "{11}")
}

func TestMemAndGoroutines(t *testing.T) {
	n := newNotebook(t)
	if out := n.run("%goroutines"); !strings.Contains(out, "no goroutine of a cell is alive") {
		t.Errorf("got %q", out)
	}
	n.run("stop := make(chan bool)\nfunc wait() {\n\t<-stop\n}\ngo wait()")
	var out string
	for end := time.Now().Add(30 * time.Second); !strings.Contains(out, "chan receive") && time.Now().Before(end); {
		out = ansi.ReplaceAllString(n.run("%goroutines"), "") // the goroutine may not have come to wait yet
	}
	for _, want := range []string{"chan receive", "at cell [2] line 3", "<-stop", "started at cell [2] line 5"} {
		if !strings.Contains(out, want) {
			t.Errorf("%%goroutines lacks %q:\n%s", want, out)
		}
	}
	n.run("close(stop)")
	if out := n.run("%mem"); !strings.Contains(out, "MB resident") || !strings.Contains(out, "2 compiled cells loaded") {
		t.Errorf("got %q", out)
	}
}
