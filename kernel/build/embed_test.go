package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestEmbed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "b.txt", "c d.txt", "data/x", "data/.hidden", "data/_under", "data/deep/y", "other/go.mod", "other/z", ".top"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("CONTENT OF "+name+";"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	b := buildtest.New(t, dir)
	tests := []struct {
		pattern   string
		want, not []string
		err       string
	}{
		{pattern: "a.txt", want: []string{"a.txt"}, not: []string{"b.txt"}},
		{pattern: "*.txt", want: []string{"a.txt", "b.txt", "c d.txt"}, not: []string{"data/x"}},
		{pattern: `"c d.txt" a.txt`, want: []string{"a.txt", "c d.txt"}},
		{pattern: "data", want: []string{"data/x", "data/deep/y"}, not: []string{"data/.hidden", "data/_under"}},
		{pattern: "all:data", want: []string{"data/x", "data/.hidden", "data/_under"}},
		{pattern: ".top", want: []string{".top"}},
		{pattern: "none.txt", err: "expected files in"},
		{pattern: "../x", err: "below the notebook's folder"},
		{pattern: "/etc/passwd", err: "below the notebook's folder"},
		{pattern: "other/z", err: "another module"},
		{pattern: "link", err: "no regular file"},
	}
	for _, test := range tests {
		t.Run(test.pattern, func(t *testing.T) {
			u := unit(dir, "package main\n\nimport \"embed\"\n\n//go:embed "+test.pattern+"\nvar files embed.FS\n\nfunc init() { println(files) }\n\nfunc main() {}\n", "embed")
			u.Source = []byte(strings.Replace(string(u.Source), "println(files)", "d, _ := files.ReadDir(\".\"); println(len(d))", 1))
			u.Embeds = true
			o, err := b.Compile(t.Context(), u)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), "//go:embed "+test.pattern) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(o.SO)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range test.want {
				if !strings.Contains(string(data), "CONTENT OF "+name+";") {
					t.Errorf("%s is missing", name)
				}
			}
			for _, name := range test.not {
				if strings.Contains(string(data), "CONTENT OF "+name+";") {
					t.Errorf("%s should not be there", name)
				}
			}
		})
	}
}
