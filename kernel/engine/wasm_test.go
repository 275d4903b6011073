package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

func TestWebAssembly(t *testing.T) {
	root := t.TempDir()
	n := &notebook{t: t, e: openEngine(t, engine.Options{WorkDir: t.TempDir(), Root: root})}
	n.run(`
func double(n int) int { return 2 * n }
var factor = double(4)`)
	shown := ""
	out := &recorder{}
	page := &pages{Output: out}
	f := n.e.Execute(testlimit.Context(t), exec.Request{Count: 9, Code: `%wasm
!echo $GONB_WASM_URL
import "syscall/js"
var n = flag.Int("n", 0, "")
%% -n=7
js.Global().Get("document").Call("getElementById", GonbWasmDivId).Set("innerText", fmt.Sprint(*n * factor, GonbWasmUrl))`}, page)
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
	n.want(`!echo $GONB_WASM_DIR`, dir)
	n.want(`os.Getenv("GONB_WASM_DIR")`, dir)
	n.wantFailure(`%wasm
noSuchThing()`, "CompileError", "cell [4] line 2: undefined: noSuchThing")
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
