package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestXLAList(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("PATH", home)
	t.Setenv("VIRTUAL_ENV", "")
	t.Setenv("CONDA_PREFIX", "")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Join(home, "lib"))
	if status, stdout, _ := runCommand("xla", "list"); status != 0 || !strings.Contains(stdout, "gonbml xla install cpu") {
		t.Errorf("without plugins: status %d, %q", status, stdout)
	}
	file := filepath.Join(home, "lib", "pjrt_c_api_cpu_v1_plugin.so")
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("not a library"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, stdout, _ := runCommand("xla", "list"); status != 0 || !strings.Contains(stdout, file) || !strings.Contains(stdout, "ELF") {
		t.Errorf("with a broken plugin: status %d, %q. Expected the file and what is wrong with it", status, stdout)
	}
	if status, stdout, _ := runCommand("xla", "uninstall", "cpu", "--dir", filepath.Dir(file)); status != 0 || !strings.Contains(stdout, file) {
		t.Errorf("uninstall: status %d, %q", status, stdout)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", file, err)
	}
}

func TestXLAUsage(t *testing.T) {
	for _, command := range []string{"install", "uninstall"} {
		if status, _, stderr := runCommand("xla", command, "abacus"); status != exitUsage || !strings.Contains(stderr, "expected cpu, cuda or tpu") {
			t.Errorf("%s: status %d, %q", command, status, stderr)
		}
	}
}
