package main

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestProtocolPageNamesTestsThatExist keeps docs/protocol.md true: each test that it names is one of
// ours, a session in kernel/testdata/session, or of jupyter_kernel_test's, whose hooks
// tests/test_kernel_protocol.py fills in.
func TestProtocolPageNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile("docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests bytes.Buffer
	err = fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "tests/test_") {
			return nil
		}
		text, err := os.ReadFile(file)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs := "test_completion test_inspect"
	names := regexp.MustCompile("`((?:test_|Test|Fuzz)[\\w/-]+)`").FindAllStringSubmatch(string(page), -1)
	if len(names) < 50 {
		t.Errorf("the page names %d tests", len(names))
	}
	for _, m := range names {
		name := m[1]
		if session, is := strings.CutPrefix(name, "TestSessions/"); is {
			if _, err := os.Stat("kernel/testdata/session/" + session + ".txt"); err != nil {
				t.Errorf("docs/protocol.md names a session that is none: %v", err)
			}
			continue
		}
		if !strings.Contains(tests.String(), "def "+name+"(") && !strings.Contains(tests.String(), "func "+name+"(") && !strings.Contains(theirs, name) {
			t.Errorf("docs/protocol.md names %s, which is no test", name)
		}
	}
}
