package gopls

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	cache, home, bin := t.TempDir(), t.TempDir(), t.TempDir()
	for name, value := range map[string]string{Variable: "", "PATH": bin, "HOME": home, "GOBIN": ""} {
		t.Setenv(name, value)
	}
	want := func(path string) {
		t.Helper()
		if got := Find(cache); got != path {
			t.Errorf("got %q, want %q", got, path)
		}
	}
	want("")
	write(t, home+"/go/bin/gopls", "")
	want(home + "/go/bin/gopls")
	write(t, bin+"/gopls", "")
	want(bin + "/gopls")
	write(t, cached(cache), "")
	want(cached(cache))
	t.Setenv(Variable, "off")
	want("")
	t.Setenv(Variable, "/elsewhere/gopls")
	want("/elsewhere/gopls")
}

func TestInstall(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	write(t, bin+"/go", "#!/bin/sh\necho the proxy cannot be reached >&2\nexit 1\n")
	if _, err := Install(context.Background(), cache); err == nil || !strings.Contains(err.Error(), "the proxy cannot be reached") {
		t.Errorf("got %v", err)
	}
	write(t, bin+"/go", "#!/bin/sh\n[ \"$1 $2\" = 'install golang.org/x/tools/gopls@"+Version+"' ] && echo made > \"$GOBIN/gopls\"\n")
	for range 2 {
		path, err := Install(context.Background(), cache)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "made\n" {
			t.Errorf("got %q, %v", data, err)
		}
		write(t, bin+"/go", "#!/bin/sh\nexit 1\n") // it is there already
	}
	left, err := os.ReadDir(filepath.Join(cache, "tools"))
	if err != nil || len(left) != 1 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
}
