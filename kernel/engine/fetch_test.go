package engine_test

import (
	"archive/zip"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// moduleProxy makes a module proxy in a folder, of modules that are written as "path@version" and
// their files, and an environment in which the go command uses it and what is on this machine
// already.
func moduleProxy(t *testing.T, modules map[string]map[string]string) []string {
	t.Helper()
	root, cache := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for m, files := range modules {
		path, version, _ := strings.Cut(m, "@")
		dir := filepath.Join(root, path, "@v")
		write(filepath.Join(dir, "list"), version+"\n")
		write(filepath.Join(dir, version+".info"), `{"Version":"`+version+`","Time":"2020-01-01T00:00:00Z"}`)
		write(filepath.Join(dir, version+".mod"), files["go.mod"])
		f, err := os.Create(filepath.Join(dir, version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		for name, text := range files {
			w, err := z.Create(m + "/" + name)
			if err == nil {
				_, err = w.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	out, err := osexec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"GOPROXY=file://" + root + ",file://" + filepath.Join(strings.TrimSpace(string(out)), "cache/download"),
		"GOMODCACHE=" + cache, "GONOSUMDB=*", "GOSUMDB=off", "GOFLAGS=-modcacherw"}
	return env
}

func module(path, body string) map[string]string {
	return map[string]string{"go.mod": "module " + path + "\n\ngo 1.20\n", "m.go": body}
}

func TestModulesAreFetchedToldAndTakenBack(t *testing.T) {
	env := moduleProxy(t, map[string]map[string]string{
		"example.test/greet@v1.0.0": module("example.test/greet", "package greet\n\nfunc Hello() string { return \"hello\" }\n"),
		"example.test/greet@v1.1.0": {"go.mod": "module example.test/greet\n\ngo 1.20\n", "words/w.go": "package words\n\nconst Hi = \"hi\"\n",
			"m.go": "package greet\n\nimport \"example.test/greet/words\"\n\nfunc Hello() string { return words.Hi }\n"},
		"example.test/greet/below@v1.0.0": module("example.test/greet/below", "package below\n\nconst A = 1\n"),
		"example.test/wrong@v1.0.0":       module("example.test/wrong", "package wrong\n\nvar A int = \"no\"\n"),
	})
	n := &notebook{t: t, e: openEngine(t, engine.Options{WorkDir: t.TempDir(), Env: env})}
	has := func(text string, wants ...string) {
		t.Helper()
		for _, w := range wants {
			if !strings.Contains(text, w) {
				t.Errorf("want %q in %q", w, text)
			}
		}
	}
	n.run("kept := 7\nfunc F() int { return 8 }")
	has(n.run("%goget example.test/greet@v1.0.0"), "Getting example.test/greet@v1.0.0", "downloading example.test/greet v1.0.0")
	n.run("%noautoget")
	has(n.wantFailure(`import "example.test/greet/below"`, exec.CompileError, "line 1:8"), "no required module provides package example.test/greet/below")
	if mod := n.run("!*cat go.mod"); strings.Contains(mod, "below") {
		t.Errorf("it was fetched all the same:\n%s", mod)
	}
	n.run("%autoget")
	has(n.run("import \"example.test/greet/below\"\nbelow.A"), "fetching example.test/greet/below", "Getting example.test/greet/below", "1")
	has(n.run("import \"example.test/greet\"\ngreet.Hello()"), "hello")
	n.wantFailure(`import "example.test/wrong"`, exec.CompileError, "line 1:8")
	n.want("kept", "7")

	has(n.run("%goget example.test/greet@v1.1.0"), "restarting the worker", "Lost: the variables kept")
	has(n.run("greet.Hello()"), "hi")
	has(n.run("%goget example.test/greet@v1.0.0"), "restarting the worker")
	has(n.run("!*grep greet go.mod"), "example.test/greet v1.0.0")
	has(n.run("greet.Hello()"), "hello")
	has(n.run("F()"), "8")
}

func TestPackagesThatNobodyImportsAreFoundInTheModuleCache(t *testing.T) {
	files := func(path string) map[string]string {
		return module(path, "package greetings\n\nfunc Hello() string { return \"hello from "+path+"\" }\n")
	}
	env := moduleProxy(t, map[string]map[string]string{
		"example.test/go-greetings@v1.0.0":    files("example.test/go-greetings"),
		"example.test/go-greetings/v2@v2.1.0": files("example.test/go-greetings/v2"),
		"example.test/greetings@v1.0.0":       files("example.test/greetings"),
	})
	session := func() *notebook {
		return &notebook{t: t, e: openEngine(t, engine.Options{WorkDir: t.TempDir(), Env: env})}
	}
	n := session()
	n.wantFailure("%%\nfmt.Println(greetings.Hello())", exec.CompileError, "undefined: greetings")
	n.run("%goget example.test/go-greetings@v1.0.0\n%goget example.test/go-greetings/v2@v2.1.0")

	n = session()
	out := n.run("%%\nfmt.Println(greetings.Hello())")
	if !strings.Contains(out, "note: greetings is example.test/go-greetings/v2 v2.1.0, from the module cache") || !strings.HasSuffix(out, "hello from example.test/go-greetings/v2\n") {
		t.Errorf("got %q", out)
	}
	n.run("%goget example.test/greetings")

	n = session()
	n.run("kept := 1")
	text := n.wantFailure("greetings.Hello()", exec.CompileError, "undefined: greetings")
	if !strings.Contains(text, `this machine has packages of that name: import "example.test/greetings", or import "example.test/go-greetings/v2"`) {
		t.Errorf("got %s", text)
	}
	n.wantFailure("greetings.Nothing()", exec.CompileError, "undefined: greetings")
	n.want("kept", "1")
}
