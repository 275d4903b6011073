package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program makes a file that can be run, or not, and the folders above it.
func program(t *testing.T, path string, perm os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), perm); err != nil {
		t.Fatal(err)
	}
}

func TestFindGo(t *testing.T) {
	tests := []struct {
		name     string
		programs []string
		want     string // "" for none
	}{
		{"nowhere", nil, ""},
		{"in PATH", []string{"path/go", "goroot/bin/go", "system/bin/go"}, "path/go"},
		{"GOROOT", []string{"goroot/bin/go", "system/bin/go", "home/go/bin/go"}, "goroot/bin/go"},
		{"an installer's folder", []string{"snap/bin/go", "home/go/bin/go"}, "snap/bin/go"},
		{"the first of two", []string{"system/bin/go", "snap/bin/go"}, "system/bin/go"},
		{"~/go", []string{"home/go/bin/go", "home/sdk/go/bin/go"}, "home/go/bin/go"},
		{"~/sdk/go", []string{"home/sdk/go/bin/go"}, "home/sdk/go/bin/go"},
		{"a folder called go", []string{"system/bin/go/readme"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			at := func(name string) string { return filepath.Join(dir, name) }
			for _, p := range tt.programs {
				program(t, at(p), 0o700)
			}
			t.Setenv("PATH", at("path"))
			got, err := findGo([]string{"GOROOT=" + at("goroot"), "HOME=" + at("home")}, []string{at("system"), at("snap")})
			switch {
			case tt.want == "" && (err == nil || !strings.Contains(err.Error(), "Install Go")):
				t.Errorf("got %s, %v", got, err)
			case tt.want != "" && (got != at(tt.want) || err != nil):
				t.Errorf("got %s, %v, want %s", got, err, at(tt.want))
			}
		})
	}
	if !slices.Contains(systemRoots, "/snap/go/current") || !slices.Contains(systemRoots, "/usr/local/go") {
		t.Errorf("the system's folders: %v", systemRoots)
	}
}

func TestFindGoWithoutVariables(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	program(t, filepath.Join(dir, "bin/go"), 0o700)
	program(t, filepath.Join(dir, "go/bin/go"), 0o700)
	t.Setenv("PATH", filepath.Join(dir, "none"))
	if got, err := findGo(nil, nil); err == nil {
		t.Errorf("in the current folder: got %s", got)
	}
	program(t, filepath.Join(dir, "plain/bin/go"), 0o600)
	if got, err := findGo([]string{"GOROOT=" + filepath.Join(dir, "plain")}, nil); err == nil {
		t.Errorf("a file that cannot be run: got %s", got)
	}
}

func TestFindCC(t *testing.T) {
	tests := []struct {
		name, programs, cc string
		command, path      string // what is found; command is "" for nothing
	}{
		{"nothing", "", "", "", ""},
		{"all", "gcc cc clang mycc", "", "gcc", "gcc"},
		{"cc before clang", "cc clang", "", "cc", "cc"},
		{"clang alone", "clang", "", "clang", "clang"},
		{"CC", "gcc mycc", "mycc", "mycc", "mycc"},
		{"CC with flags", "gcc mycc", "mycc -m64 -O2", "mycc -m64 -O2", "mycc"},
		{"CC names nothing there", "gcc cc clang", "mycc", "", ""},
		{"CC is blank", "clang", "  ", "clang", "clang"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range strings.Fields(tt.programs) {
				program(t, filepath.Join(dir, name), 0o700)
			}
			t.Setenv("PATH", dir)
			got, err := FindCC([]string{"CC=" + tt.cc})
			want := CC{}
			if tt.command != "" {
				want = CC{tt.command, filepath.Join(dir, tt.path)}
			}
			if got != want || (err == nil) != (tt.command != "") {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			if err != nil && !strings.Contains(err.Error(), "expected a C compiler") {
				t.Error(err)
			}
		})
	}
}

func TestFindMold(t *testing.T) {
	for programs, want := range map[string]string{"": "", "mold": "mold", "ld.mold": "ld.mold", "ld.mold mold": "mold"} {
		dir := t.TempDir()
		for _, name := range strings.Fields(programs) {
			program(t, filepath.Join(dir, name), 0o700)
		}
		if want != "" {
			want = filepath.Join(dir, want)
		}
		t.Setenv("PATH", dir)
		if got := FindMold(); got != want {
			t.Errorf("with %q: got %q, want %q", programs, got, want)
		}
	}
}
