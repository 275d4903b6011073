package command

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/gonbml/gonbml/kernel/engine"
)

func TestVariablesOfGonb(t *testing.T) {
	for _, name := range []string{"GONB_VERSION", "GONB_GIT_COMMIT", "GONB_JUPYTER_KERNEL_ID", "GONB_JUPYTER_ROOT"} {
		t.Setenv(name, "before")
	}
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("JPY_PARENT_PID", strconv.Itoa(os.Getpid()))
	o := underJupyter(engine.Options{Env: []string{"A=B"}}, "/run/kernel-1b2c-3d.json", "1.2.3", "0123abc")
	want := []string{"A=B", "GONB_VERSION=1.2.3", "GONB_GIT_COMMIT=0123abc", "GONB_JUPYTER_KERNEL_ID=1b2c-3d", "GONB_JUPYTER_ROOT=" + folder}
	if o.Kernel != "1b2c-3d" || o.Root != folder || !slices.Equal(o.Env, want) {
		t.Errorf("got %q, %q, %q", o.Kernel, o.Root, o.Env)
	}
	t.Setenv("JPY_PARENT_PID", "")
	o = underJupyter(engine.Options{}, "/run/other.json", "devel", "")
	want = []string{"GONB_VERSION=devel", "GONB_GIT_COMMIT=", "GONB_JUPYTER_KERNEL_ID=", "GONB_JUPYTER_ROOT="}
	if o.Kernel != "" || o.Root != "" || !slices.Equal(o.Env, want) {
		t.Errorf("what is not known is left as it was: %q, %q, %q", o.Kernel, o.Root, o.Env)
	}
	if os.Getenv("GONB_VERSION") != "before" {
		t.Error("the variables of the kernel itself have changed")
	}
}

func TestTheRootOfAJupyterServer(t *testing.T) {
	for line, want := range map[string]string{
		"jupyter\x00lab\x00":                              "/home/me",
		"jupyter\x00lab\x00--notebook-dir\x00nb\x00":      "/home/me/nb",
		"jupyter\x00lab\x00--ServerApp.root_dir=/srv\x00": "/srv",
	} {
		proc := t.TempDir()
		if err := os.Symlink("/home/me", filepath.Join(proc, "cwd")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, "cmdline"), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := jupyterRoot(proc); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
	if got := jupyterRoot("/proc/none"); got != "" {
		t.Errorf("no such process: got %q", got)
	}
}
