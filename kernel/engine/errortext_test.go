package engine_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gonbml/gonbml/kernel/exec"
)

var update = flag.Bool("update", false, "write what TestErrorTexts sees into the files that say what it wants")

// TestErrorTexts runs the notebooks in kernel/testdata/errors. In each, "cell" sections are run in turn, and the "want"
// after a cell is the text of its failure, first ename and evalue and then the traceback without its colours. A cell
// without one must end well.
func TestErrorTexts(t *testing.T) {
	files, err := filepath.Glob("../testdata/errors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			e := newEngine(t)
			seen := &txtar.Archive{Comment: a.Comment}
			n := 0
			for i := 0; i < len(a.Files); i++ {
				if a.Files[i].Name != "cell" {
					t.Fatalf("section %q: want cell", a.Files[i].Name)
				}
				n++
				code := string(a.Files[i].Data)
				seen.Files = append(seen.Files, a.Files[i])
				want := ""
				if i+1 < len(a.Files) && a.Files[i+1].Name == "want" {
					i++
					want = string(a.Files[i].Data)
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				f := e.Execute(ctx, exec.Request{Code: strings.TrimSuffix(code, "\n"), Count: n}, &recorder{})
				cancel()
				got := ""
				if f != nil {
					got = f.Error() + "\n" + ansi.ReplaceAllString(strings.Join(f.Traceback, "\n"), "") + "\n"
					seen.Files = append(seen.Files, txtar.File{Name: "want", Data: []byte(got)})
				}
				if got != want && !*update {
					t.Errorf("cell %d:\n%s--- got\n%s--- want\n%s", n, code, got, want)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(seen), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
