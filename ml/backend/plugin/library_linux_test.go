package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compiled makes a shared library of C source.
func compiled(t *testing.T, dir, name, source string, flags ...string) string {
	t.Helper()
	c := filepath.Join(dir, name+".c")
	if err := os.WriteFile(c, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	args := append([]string{"-shared", "-fPIC", "-o", file, c}, flags...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc %v: %v\n%s", args, err, out)
	}
	return file
}

func TestCheck(t *testing.T) {
	const api = "void *GetPjrtApi(void) { return 0; }\n"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cut.so"), []byte("\x7fELF"), 0o666); err != nil {
		t.Fatal(err)
	}
	compiled(t, dir, "libneeded.so", "int needed(void) { return 1; }")
	plugin := compiled(t, dir, "plugin.so", api+"int needed(void); int f(void) { return needed(); }", "-L"+dir, "-lneeded")
	tests := []struct{ name, file, libraries, want string }{
		{"missing", filepath.Join(dir, "none.so"), "", "no such file"},
		{"folder", dir, "", "folder"},
		{"truncated", filepath.Join(dir, "cut.so"), "", "ELF"},
		{"no plugin", compiled(t, dir, "other.so", "int x;"), "", "GetPjrtApi"},
		{"lacks a library", plugin, "", "libneeded.so, which this machine lacks"},
		{"finds the library", plugin, dir, ""},
		{"finds it beside itself", compiled(t, dir, "beside.so", api+"int needed(void); int f(void) { return needed(); }", "-L"+dir, "-lneeded", "-Wl,-rpath,$ORIGIN"), "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Env{Getenv: func(key string) string { return map[string]string{"LD_LIBRARY_PATH": test.libraries}[key] }}
			err := Check(m, test.file)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v. Expected %q", err, test.want)
			}
		})
	}
}

// The C library of a machine that is too old is said to be so.
func TestCheckGlibc(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	lib := filepath.Join(root, "usr", "lib")
	if err := os.MkdirAll(lib, 0o777); err != nil {
		t.Fatal(err)
	}
	versions := filepath.Join(dir, "versions")
	if err := os.WriteFile(versions, []byte("GLIBC_2.17 { global: old; };\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	old := compiled(t, dir, "libc.so.6", "int old(void) { return 1; }", "-nostdlib", "-Wl,--version-script="+versions, "-Wl,-soname,libc.so.6")
	if err := os.Rename(old, filepath.Join(lib, "libc.so.6")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(versions, []byte("GLIBC_2.99 { global: fresh; };\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	compiled(t, dir, "libnew.so", "int fresh(void) { return 1; }", "-nostdlib", "-Wl,--version-script="+versions, "-Wl,-soname,libc.so.6")
	plugin := compiled(t, dir, "plugin.so", "int fresh(void); void *GetPjrtApi(void) { return (void *)(long)fresh(); }", "-nostdlib", "-L"+dir, "-lnew")
	m := Env{Getenv: func(string) string { return "" }, Root: root}
	if err := Check(m, plugin); err == nil || !strings.Contains(err.Error(), "needs glibc 2.99, and this machine has 2.17") {
		t.Errorf("got %v. Expected an error about the C library", err)
	}
}
