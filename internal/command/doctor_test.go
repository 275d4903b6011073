package command

import (
	"bytes"
	"context"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/exec"
)

// examine runs the doctor with the PATH and an engine that runs nothing.
func examine(t *testing.T, path string, args ...string) (status int, report string) {
	t.Helper()
	return examineCC(t, path, "", args...)
}

// examineCC is examine with the variable CC.
func examineCC(t *testing.T, path, cc string, args ...string) (status int, report string) {
	t.Helper()
	t.Setenv("PATH", path)
	t.Setenv("CC", cc)
	t.Setenv("GONBML_GOPLS", "")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("JUPYTER_DATA_DIR", "")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("JUPYTER_PATH", "")
	t.Setenv("VIRTUAL_ENV", t.TempDir())
	var out, errs bytes.Buffer
	env := &environment{stdout: &out, stderr: &errs, sources: os.DirFS("../.."), newEngine: func(context.Context, string, func(string)) (exec.Engine, error) {
		return echo{}, nil
	}}
	status = run(append([]string{"doctor"}, args...), env)
	return status, out.String()
}

// program writes a program that prints a line, and returns its folder.
func program(t *testing.T, dir, name, prints string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho '"+prints+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorMissesTheCompiler(t *testing.T) {
	dir := t.TempDir()
	program(t, dir, "go", "go1.99")
	status, report := examine(t, dir)
	if status != 1 || !strings.Contains(report, "ok  Go          go1.99 ("+dir+"/go)\n") || !strings.Contains(report, "!!  C compiler  none\n") || !strings.Contains(report, "apt install gcc") {
		t.Errorf("status %d, report:\n%s", status, report)
	}
	if strings.Contains(report, "test cell") {
		t.Errorf("a cell was run without a compiler:\n%s", report)
	}
}

// What the doctor says of the compilers holds for the kernel: it finds the same.
func TestDoctorAndKernelFindTheSame(t *testing.T) {
	goCmd, err := osexec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	compiler, err := build.FindCC(nil)
	if err != nil {
		t.Fatal(err)
	}
	// The compiler under another name, which needs the PATH of before for its own programs.
	clang := "#!/bin/sh\nPATH='" + os.Getenv("PATH") + "' exec " + compiler.Path + " \"$@\"\n"
	tests := []struct{ name, programs, cc, want, kernel string }{
		{"clang alone", "clang", "", "ok  C compiler  ", ""},
		{"CC", "mycc", "mycc", "ok  C compiler  ", ""},
		{"none", "", "", "!!  C compiler  none\n", "expected a C compiler"},
		{"CC names nothing there", "clang", "mycc", "!!  C compiler  no mycc, which CC names\n", "expected a C compiler"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Symlink(goCmd, filepath.Join(dir, "go")); err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields(tt.programs) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(clang), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			_, report := examineCC(t, dir, tt.cc, "--quick")
			if !strings.Contains(report, tt.want) {
				t.Errorf("the doctor does not say %q:\n%s", tt.want, report)
			}
			b, err := build.New(t.Context(), build.Options{Source: os.DirFS("../.."), CacheDir: t.TempDir(), WorkDir: t.TempDir()})
			if tt.kernel != "" {
				if err == nil || !strings.Contains(err.Error(), tt.kernel) {
					t.Errorf("the kernel: got %v, want %s", err, tt.kernel)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			source := "package main\n\n// static int two(void) { return 2; }\nimport \"C\"\n\nfunc main() { println(C.two()) }\n"
			if _, err := b.Cgo(t.Context(), "1", []byte(source)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDoctorFindsGoWhereTheKernelDoes(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	program(t, filepath.Join(root, "bin"), "go", "go1.99")
	t.Setenv("GOROOT", root)
	_, report := examine(t, t.TempDir(), "--quick")
	if want := "ok  Go          go1.99 (" + root + "/bin/go)\n"; !strings.Contains(report, want) {
		t.Errorf("no %q in:\n%s", want, report)
	}
}

func TestDoctorFindsAll(t *testing.T) {
	dir := t.TempDir()
	program(t, dir, "mold", "mold 9")
	program(t, dir, "gopls", "gopls 9")
	program(t, dir, "jupyter", "4.9")
	status, report := examine(t, dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, want := range []string{"ok  Go ", "ok  C compiler", "ok  Linker      mold 9 (", "ok  gopls       gopls 9 (", "ok  Jupyter     JupyterLab 4.9 (", "ok  Cache ", "ok  Cells ", "--  Kernelspec  none", "gonbml install"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in:\n%s", want, report)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}
	if _, report := examine(t, os.Getenv("PATH"), "--quick"); strings.Contains(report, "test cell") {
		t.Errorf("--quick ran a cell:\n%s", report)
	}
}

// What this machine's Go lacks is in the report, with or without a cell.
func TestDoctorSaysWhatThisGoLacks(t *testing.T) {
	_, report := examine(t, os.Getenv("PATH"), "--quick")
	b, err := build.New(t.Context(), build.Options{Source: os.DirFS("../..")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	limits := b.Limits()
	for _, l := range limits {
		if !strings.Contains(report, l) {
			t.Errorf("no %q in:\n%s", l, report)
		}
	}
	if got := strings.Count(report, "--  Limit "); got != len(limits) {
		t.Errorf("expected %d limits. Got:\n%s", len(limits), report)
	}
}

func TestDoctorKnowsOurKernelspecs(t *testing.T) {
	data := t.TempDir()
	for name, exe := range map[string]string{"gonbml": os.Args[0], "old": "/no/such/program"} {
		if err := newKernelspec(exe, "Go "+name, "1").write(filepath.Join(data, "kernels", name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("JUPYTER_DATA_DIR", data)
	t.Setenv("VIRTUAL_ENV", t.TempDir())
	f := kernelspecs()
	if f.state != missing || !strings.Contains(f.found, "starts /no/such/program, which is gone") {
		t.Errorf("a broken kernelspec: %+v", f)
	}
	if err := os.RemoveAll(filepath.Join(data, "kernels", "old")); err != nil {
		t.Fatal(err)
	}
	if f = kernelspecs(); f.state != present || !strings.Contains(f.found, `gonbml, "Go gonbml" (`+data) {
		t.Errorf("a good kernelspec: %+v", f)
	}
}
