package ml_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageIsMadeOfExamples finds each block of Go code of docs/ml.md in a test of this package or one below it, so that the page cannot show what does
// not run.
func TestPageIsMadeOfExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/ml.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			code.WriteString(flush(string(text)) + "\n")
		}
	}
	blocks := strings.Split(string(page), "```go\n")
	if len(blocks) < 3 {
		t.Fatalf("%d blocks of Go code. Expected several", len(blocks)-1)
	}
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(code.String(), flush(block)) {
			t.Errorf("no example has\n%s", block)
		}
	}
}

// flush takes the indents off the lines of a text.
func flush(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}
