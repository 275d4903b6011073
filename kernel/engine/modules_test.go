package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gonbml/gonbml/kernel/engine"
)

// project writes the files of a txtar text into a folder and returns a notebook in its folder "book".
func project(t *testing.T, files string, env ...string) (n *notebook, dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range txtar.Parse([]byte(files)).Files {
		writeFile(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	if err := os.MkdirAll(filepath.Join(dir, "book"), 0o700); err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(context.Background(), engine.Options{Source: os.DirFS("../.."), WorkDir: filepath.Join(dir, "book"), Env: env,
		Progress: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &notebook{t: t, e: e}, dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const greeting = `
-- go.mod --
module example.test/mine

go 1.26

require example.test/other/v2 v2.1.0

replace example.test/other/v2 => ./elsewhere
-- words/words.go --
package words

import "example.test/other/v2"

func Hello() string { return "hello " + other.Name }
-- inner/internal/secret/secret.go --
package secret

const Number = 42
-- elsewhere/go.mod --
module example.test/other/v2

go 1.26
-- elsewhere/other.go --
package other

var Name = "world"
`

func TestTheNotebooksOwnModule(t *testing.T) {
	t.Parallel()
	n, dir := project(t, greeting, "GOPROXY=off")
	n.want("import \"example.test/mine/words\"\nwords.Hello()", "hello world")
	n.want("import \"example.test/other/v2\"\nother.Name", "world")
	n.run("kept := 1")
	n.run("func greet() string { return words.Hello() }")
	n.want("greet()", "hello world")

	// Cells that do not lead to what has changed go on; the others get the new code.
	writeFile(t, filepath.Join(dir, "elsewhere/other.go"), "package other\n\nvar Name = \"moon\"\n")
	n.want("kept + 1", "2")
	out := n.run("import \"example.test/mine/words\"\nwords.Hello()")
	for _, want := range []string{"hello moon", "restarting the worker", "example.test/other/v2", "changed on disk", "kept"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}

	// An unchanged cell meets changed code, too.
	cell := "words.Hello() + \"!\""
	n.want(cell, "hello moon!")
	writeFile(t, filepath.Join(dir, "words/words.go"), "package words\n\nfunc Hello() string { return \"bye\" }\n\nfunc More() int { return 3 }\n")
	if out := n.run("import \"example.test/mine/words\"\nwords.More()"); !strings.HasSuffix(strings.TrimSpace(out), "3") || !strings.Contains(out, "restarting the worker") {
		t.Errorf("a function that is new on disk: got %q", out)
	}
	n.want(cell, "bye!")

	// What cannot be built is told, and nothing is lost.
	n.run("kept := 5")
	writeFile(t, filepath.Join(dir, "words/words.go"), "package words\n\nfunc Hello() int { return \"bye\" }\n")
	n.wantFailure(cell, "CompileError", "cannot be built now")
	n.want("kept", "5")
	writeFile(t, filepath.Join(dir, "words/words.go"), "package words\n\nfunc Hello() string { return \"back\" }\n")
	if out := n.run(cell + "\n"); !strings.Contains(out, "back!") {
		t.Errorf("after mending it: %q", out)
	}
}

func TestAModuleAddedToTheNotebooksOwn(t *testing.T) {
	t.Parallel()
	n, dir := project(t, "-- go.mod --\nmodule example.test/mine\n\ngo 1.26\n", "GOPROXY=off")
	n.wantFailure("import \"example.test/late\"", "CompileError", "example.test/late")
	writeFile(t, filepath.Join(dir, "late/go.mod"), "module example.test/late\n\ngo 1.26\n")
	writeFile(t, filepath.Join(dir, "late/late.go"), "package late\n\nconst X = 7\n")
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.test/mine\n\ngo 1.26\n\nrequire example.test/late v0.0.0\n\nreplace example.test/late => ./late\n")
	n.want("import \"example.test/late\"\nlate.X", "7")
}

func TestABrokenModuleBesideTheNotebook(t *testing.T) {
	t.Parallel()
	n, dir := project(t, "-- go.mod --\nmodule example.test/mine\n\nrequire example.test/none\n", "GOPROXY=off")
	if out := n.run("kept := 2\nkept"); !strings.Contains(out, "does without the notebook's own module") || !strings.Contains(out, "go.mod:3") {
		t.Errorf("got %q, want it told", out)
	}
	n.want("kept", "2") // told once
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.test/mine\n")
	writeFile(t, filepath.Join(dir, "a/a.go"), "package a\n\nconst A = 1\n")
	n.want("import \"example.test/mine/a\"\na.A + kept", "3")
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	n, _ := project(t, `
-- go.work --
go 1.26

use (
	./one
	./two
)

replace example.test/three => ./third
-- one/go.mod --
module example.test/one

go 1.26

require example.test/three v1.0.0
-- one/one.go --
package one

import "example.test/two"

const One = two.Two - 1
-- two/go.mod --
module example.test/two

go 1.26
-- two/two.go --
package two

const Two = 2
-- third/go.mod --
module example.test/three

go 1.26
-- third/three.go --
package three

const Three = 3
`, "GOPROXY=off")
	n.want("import (\n\"example.test/one\"\n\"example.test/two\"\n\"example.test/three\"\n)\none.One + two.Two + three.Three", "6")
}

func TestWithoutNetwork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ proxy, want string }{{"off", "GOPROXY=off"}, {"http://127.0.0.1:1", "cannot be reached"}} {
		n, _ := project(t, "", "GOPROXY="+tt.proxy, "GOSUMDB=off")
		begun := time.Now()
		n.wantFailure("import \"example.test/none\"", "CompileError", "example.test/none could not be fetched")
		all := n.wantFailure("%goget example.test/none@v1.0.0", "CommandError", "example.test/none")
		if took := time.Since(begun); !strings.Contains(all, tt.want) || took > 20*time.Second {
			t.Errorf("after %v: %s\nwant %q in it", took, all, tt.want)
		}
		n.want("1 + 1", "2")
	}
}

func TestBuildTags(t *testing.T) {
	n, _ := project(t, `
-- go.mod --
module example.test/mine

go 1.26
-- kind/plain.go --
//go:build !special

package kind

const Kind = "plain"
-- kind/special.go --
//go:build special

package kind

const Kind = "special"
`, "GOPROXY=off")
	cell := "import \"example.test/mine/kind\"\nkind.Kind"
	n.want(cell, "plain")
	n.run("kept := 1")
	if out := n.run("%goflags -gcflags=-N"); !strings.Contains(out, "Lost: the variables kept") {
		t.Errorf("got %q, want what is lost", out)
	}
	n.want(cell, "plain")
	if out := n.run("%goflags -cover"); !strings.Contains(out, "counted by %test") {
		t.Errorf("got %q", out)
	}
	n.wantFailure("%goflags -race", "CommandError", "go run -race")
	n.wantFailure("%goflags special", "CommandError", "expected flags")
	if out := n.run("%goflags \"\""); !strings.Contains(out, "%goflags=[]") {
		t.Errorf("got %q", out)
	}
	n.want(cell, "plain")
}

func TestVendoredPackages(t *testing.T) {
	t.Parallel()
	n, _ := project(t, `
-- go.mod --
module example.test/mine

go 1.26

require example.test/dep v1.2.0
-- vendor/modules.txt --
# example.test/dep v1.2.0
## explicit; go 1.20
example.test/dep
example.test/dep/sub
-- vendor/example.test/dep/dep.go --
package dep

import "example.test/dep/sub"

const D = "vendored" + sub.S
-- vendor/example.test/dep/sub/sub.go --
package sub

const S = "!"
-- mine.go --
package mine

import "example.test/dep"

const M = dep.D
`, "GOPROXY=off")
	n.want("import \"example.test/mine\"\nmine.M", "vendored!")
	n.want("import \"example.test/dep/sub\"\nsub.S", "!")
	n.wantFailure("import \"example.test/dep/more\"", "CompileError", "example.test/dep/more")
}
