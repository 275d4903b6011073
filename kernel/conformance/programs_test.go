package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeGOROOT makes a toolchain's folder of the given files.
func fakeGOROOT(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestPrograms(t *testing.T) {
	root := fakeGOROOT(t, map[string]string{
		"src/fmt/print.go":        "package fmt",
		"src/internal/abi/abi.go": "package abi",
		"test/a.go":               "// run\n\npackage main\nimport \"fmt\"\nfunc main() {}",
		"test/sub/b.go":           "// run \n\npackage main\nimport \"unsafe\"",
		"test/args.go":            "// run -gcflags=-l\n\npackage main",
		"test/tag.go":             "// run\n\n//go:build linux\n\npackage main",
		"test/oldtag.go":          "// run\n\n// +build linux\n\npackage main",
		"test/c.go":               "// run\n\npackage main\nimport \"C\"",
		"test/internal.go":        "// run\n\npackage main\nimport \"internal/abi\"",
		"test/local.go":           "// run\n\npackage main\nimport \"./other\"",
		"test/part.dir/x.go":      "// run\n\npackage main",
		"test/wrong.go":           "// errorcheck\n\npackage% // ERROR \"x\"",
		"test/a.out":              "hello\n",
		"test/README.md":          "// run",
	})
	for action, want := range map[string][]string{"// run": {"a.go", "sub/b.go"}, "// errorcheck": {"wrong.go"}} {
		programs, err := Programs(root, action)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range programs {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", action, got, want)
		}
	}
	if _, err := Programs(root, "// nothing"); err == nil || !strings.Contains(err.Error(), "got none") {
		t.Errorf("got error %v, want one that says that there are none", err)
	}
}

func TestListExamples(t *testing.T) {
	root := fakeGOROOT(t, map[string]string{
		"src/fmt/print.go": "package fmt",
		"src/a/example_test.go": `package a_test
import "fmt"
func ExampleT() {
	fmt.Println(1)
	// Output: 1
}
func ExampleT_quiet() { fmt.Println(2) }
func ExampleT_any() {
	fmt.Println(2)
	// Unordered output: 2
}
func Example() {
	helper()
	// Output: 3
}
`,
		"src/a/example_in_test.go":       "package a\nimport \"fmt\"\nfunc ExampleU() {\n\tfmt.Println(1)\n\t// Output: 1\n}\n",
		"src/a/example_tag_test.go":      "//go:build linux\n\npackage a_test\nimport \"fmt\"\nfunc ExampleV() {\n\tfmt.Println(1)\n\t// Output: 1\n}\n",
		"src/a/example_more_test.go":     "package a_test\nimport \"fmt\"\nfunc ExampleW() {\n\tfmt.Println(1)\n\t// Output: 1\n}\n",
		"src/internal/b/example_test.go": "package b_test\nimport \"fmt\"\nfunc Example() {\n\tfmt.Println(1)\n\t// Output: 1\n}\n",
	})
	list, err := ListExamples(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range list {
		got = append(got, x.Name)
	}
	if want := []string{"a/ExampleT", "a/ExampleT_any", "a/example_more_test.go/ExampleW"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	x := list[1]
	if !x.Unordered || strings.TrimSpace(x.Output) != "2" || x.Dir != filepath.Join(root, "src", "a") {
		t.Errorf("got %+v", x)
	}
	if text := x.Cells[0]; !strings.Contains(text, "func main() {") || !strings.Contains(text, "fmt.Println(2)") || strings.Contains(text, "ExampleT") {
		t.Errorf("its cell is\n%s", text)
	}
	for stdout, want := range map[string]string{"2\n": "", "3\n": "differs"} {
		if got := x.differs(Run{Stdout: stdout}); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("for output %q: got %q, want %q", stdout, got, want)
		}
	}
}
