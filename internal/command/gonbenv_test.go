package command

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestVariablesOfGonb(t *testing.T) {
	for _, name := range []string{"GONB_VERSION", "GONB_GIT_COMMIT", "GONB_JUPYTER_KERNEL_ID", "GONB_JUPYTER_ROOT"} {
		t.Setenv(name, "before")
	}
	t.Setenv("JPY_PARENT_PID", strconv.Itoa(os.Getpid()))
	if err := setGonbVariables("/run/kernel-1b2c-3d.json", "1.2.3", "0123abc"); err != nil {
		t.Fatal(err)
	}
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"GONB_VERSION": "1.2.3", "GONB_GIT_COMMIT": "0123abc", "GONB_JUPYTER_KERNEL_ID": "1b2c-3d", "GONB_JUPYTER_ROOT": folder} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if err := setGonbVariables("/run/other.json", "devel", ""); err != nil || os.Getenv("GONB_JUPYTER_KERNEL_ID") != "" || os.Getenv("GONB_GIT_COMMIT") != "" {
		t.Errorf("what is not known is left as it was: %v", err)
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
