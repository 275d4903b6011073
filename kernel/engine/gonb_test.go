package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// inOrder fails the test unless the texts occur in that order.
func inOrder(t *testing.T, text string, wants ...string) {
	t.Helper()
	rest := text
	for _, w := range wants {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Errorf("got\n%s\nwant %q in it, after what was asked for before", text, w)
			return
		}
		rest = after
	}
}

func TestTestsOfTheSession(t *testing.T) {
	n := newNotebook(t)
	n.run("const limit = 10\ntype stack struct{ items []int }\nfunc (s *stack) push(i int) { s.items = append(s.items, i) }\nvar calls int")
	n.run("import str \"strings\"\nfunc upper(s string) string { calls++; return str.ToUpper(s) }\nx := 3\nx = 5")
	n.run("x := 4; y, z := x, limit")
	// The cell's own tests, with definitions of earlier cells; main does not run.
	out := n.run("%test\nimport \"testing\"\n" +
		"func TestUpper(t *testing.T) { if upper(\"a\") != \"A\" || calls != 1 { t.Fatal(calls) } }\n" +
		"func TestStack(t *testing.T) { var s stack; s.push(limit); if len(s.items) != 1 || z != 10 { t.Fatal() } }\n" +
		"func BenchmarkUpper(b *testing.B) { for b.Loop() { upper(\"b\") } }\n" +
		"func main() { panic(\"main ran\") }")
	inOrder(t, out, "=== RUN   TestUpper", "--- PASS: TestUpper", "--- PASS: TestStack", "BenchmarkUpper", "PASS")
	// All tests of the session where the cell has none, and only those that flags ask for.
	inOrder(t, n.run("%test"), "--- PASS: TestUpper", "--- PASS: TestStack", "PASS")
	if out := n.run("%test -test.run=Stack -test.v"); strings.Contains(out, "TestUpper") || !strings.Contains(out, "PASS: TestStack") {
		t.Errorf("got %s", out)
	}
	if out := n.run("%test \"\""); strings.TrimSpace(out) != "PASS" {
		t.Errorf("got %q, want PASS alone", out)
	}
	out, f := n.try("%test\nfunc TestBad(t *testing.T) { t.Error(\"wrong\", x) }")
	if f == nil || f.Name != "CommandError" || !strings.Contains(out, "cell_8.go:2: wrong 4") || !strings.Contains(out, "FAIL: TestBad") {
		t.Errorf("got %q and %v", out, f)
	}
	// A test that ends its process ends nothing else; values of the session are untouched.
	n.run("import \"os\"\nfunc TestBad(t *testing.T) { }")
	if _, f := n.try("%test\nfunc TestExit(t *testing.T) { os.Exit(7) }"); f == nil || !strings.Contains(f.Value, "7") {
		t.Errorf("got %v, want the exit status", f)
	}
	n.want("x", "4")
}

func TestNoTests(t *testing.T) {
	n := newNotebook(t)
	n.wantFailure("%test\nx := 1", "CommandError", "line 1: %test: expected a function TestX(t *testing.T)")
	n.want("x", "1")
	n.wantFailure("%test\nfunc TestX(t *testing.T) { undefinedName() }", "CompileError", "undefinedName")
}

func TestCoverage(t *testing.T) {
	n := newNotebook(t)
	out := n.run("%goflags --cover --covermode=set")
	inOrder(t, out, "note: coverage is counted by %test", `%goflags=["-cover" "-covermode=set"]`)
	n.want("%goflags", `%goflags=["-cover" "-covermode=set"]`)
	out = n.run("import \"testing\"\nfunc half(n int) int { if n < 0 { return 0 }; return n / 2 }\nfunc TestHalf(t *testing.T) { half(4) }\n%test")
	inOrder(t, out, "PASS", "coverage: 66.7% of statements")
}

func TestWebAssembly(t *testing.T) {
	root := t.TempDir()
	n := &notebook{t: t, e: newEngineWith(t, engine.Options{Root: root})}
	n.run("func double(n int) int { return 2 * n }\nvar factor = double(4)")
	shown := ""
	out := &recorder{}
	page := &pages{Output: out}
	f := n.e.Execute(context.Background(), exec.Request{Count: 9, Code: "%wasm\n!echo $GONB_WASM_URL\nimport \"syscall/js\"\nvar n = flag.Int(\"n\", 0, \"\")\n%% -n=7\n" +
		"js.Global().Get(\"document\").Call(\"getElementById\", GonbWasmDivId).Set(\"innerText\", fmt.Sprint(*n * factor, GonbWasmUrl))"}, page)
	if f != nil {
		t.Fatalf("%v\n%s", f, strings.Join(f.Traceback, "\n"))
	}
	shown = page.html
	m := regexp.MustCompile(`"URL":"(/files/jupyter_files/[a-z0-9]+)/(gonb_cell_[a-z0-9]+\.wasm)"`).FindStringSubmatch(shown)
	if m == nil || !strings.Contains(out.text(), m[1]) {
		t.Fatalf("got the page\n%s\nand the text %q", shown, out.text())
	}
	dir := filepath.Join(root, strings.TrimPrefix(m[1], "/files/"))
	data, err := os.ReadFile(filepath.Join(dir, m[2]))
	if err != nil || !strings.HasPrefix(string(data), "\x00asm") {
		t.Errorf("the program: %d bytes, %v", len(data), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "wasm_exec.js")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(shown, `"Args":["js","-n=7"]`) {
		t.Errorf("no arguments in\n%s", shown)
	}
	n.want("!echo $GONB_WASM_DIR", dir)
	n.want("import \"os\"\nos.Getenv(\"GONB_WASM_DIR\")", dir)
	n.wantFailure("%wasm\nnoSuchThing()", "CompileError", "cell [4] line 2: undefined: noSuchThing")
}

// pages keeps the HTML that is shown.
type pages struct {
	exec.Output
	html string
}

func (p *pages) Display(d exec.Display) {
	if html, ok := d.Data["text/html"].(string); ok {
		p.html = html
	}
	p.Output.Display(d)
}

func TestGoWorkAndTracking(t *testing.T) {
	n := newNotebook(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module a.test/pkg\n\ngo 1.24\n", "pkg.go": "package pkg\n\nfunc A() string { return \"A\" }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.wantFailure("%goworkfix", "CommandError", "expected a go.work in")
	n.want("%track", "No files or directory being tracked yet")
	n.run("!*rm -f go.work && go work init && go work use . " + dir)
	n.want("%goworkfix", `Added replace rule for module "a.test/pkg" to local directory "`+dir+`".`)
	n.want("import \"a.test/pkg\"\npkg.A()", "A")
	inOrder(t, n.run("%track"), "List of files/directories being tracked", dir)
	// A change in the folder is noticed without more ado.
	if err := os.WriteFile(filepath.Join(dir, "pkg.go"), []byte("package pkg\n\nfunc A() string { return \"changed\" }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := n.run("pkg.A()"); !strings.HasSuffix(strings.TrimSpace(out), "changed") {
		t.Errorf("got %q", out)
	}
	file := filepath.Join(dir, "pkg.go")
	n.want("%track "+file, `Tracking "`+file+`"`)
	inOrder(t, n.run("%track"), file, dir+" (a module")
	n.want("%untrack "+dir+"/p...", `Untracked "`+dir+`/p..."`)
	if out := n.run("%untrack"); strings.Contains(out, file) {
		t.Errorf("got %q", out)
	}
	n.wantFailure("%track /no/such/folder", "CommandError", "no such file")
	n.wantFailure("%untrack /no/such/folder", "CommandError", "expected one of the paths that %track shows")
	n.run("!*rm -f go.work")
	n.run("!*go mod edit -dropreplace=a.test/pkg -droprequire=a.test/pkg")
	n.want("%track", "No files or directory being tracked yet")
}

func TestCellsKnowWhereTheyRun(t *testing.T) {
	n := newNotebook(t)
	dir := t.TempDir()
	n.run("%cd " + dir)
	n.want("!*pwd", strings.TrimSpace(n.run("!echo $GONB_TMP_DIR")))
	n.want("import \"os\"\nos.Getenv(\"GONB_DIR\")", dir)
	n.want("os.Getenv(\"GONB_TMP_DIR\")", strings.TrimSpace(n.run("!*pwd")))
}

func TestTheSessionAsMainGo(t *testing.T) {
	n := newNotebook(t)
	n.run("type point struct{ x, y float64 }\nfunc (p *point) sum() float64 { return p.x + p.y }\nfunc main() { p := point{3, 4}; fmt.Println(p.sum()) }")
	n.want("!*go run main.go", "7")
	if out := n.run("!*go build -gcflags=-m -o /dev/null main.go 2>&1"); !strings.Contains(out, "can inline (*point).sum") {
		t.Errorf("got %q", out)
	}
}
