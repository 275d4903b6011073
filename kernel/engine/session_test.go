package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gonbml/gonbml/kernel/engine"
)

// TestSessions plays the sessions in kernel/testdata/session; its README.md says how they are
// written.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("../testdata/session/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sessions: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if len(strings.TrimSpace(string(a.Comment))) == 0 {
				t.Error("the session has no title")
			}
			sections, promises := parseSections(t, a)
			if !promises {
				t.Parallel()
			}
			for try := 1; ; try++ {
				p := &player{t: t, work: t.TempDir()}
				p.play(sections)
				if p.late == "" {
					break
				}
				if try == 5 {
					t.Fatalf("%s in the last of %d tries", p.late, try)
				}
			}
		})
	}
}

// section is one section of a session.
type section struct {
	verb, lane string
	rest       string // of the head
	text       string
}

// parseSections takes the sections' heads apart. promises says whether one of them promises a time.
func parseSections(t *testing.T, a *txtar.Archive) (list []section, promises bool) {
	for _, f := range a.Files {
		s := section{text: strings.TrimSuffix(string(f.Data), "\n")}
		s.verb, s.rest, _ = strings.Cut(f.Name, " ")
		if lane, ok := strings.CutPrefix(s.rest, "@"); ok {
			s.lane, s.rest, _ = strings.Cut(lane, " ")
		}
		s.rest = strings.TrimSpace(s.rest)
		switch s.verb {
		case "cell", "later", "complete", "inspect", "file":
		case "interrupt":
			promises = promises || strings.HasPrefix(s.rest, "within ")
		case "want", "trace", "begun", "input", "asked", "list", "restart", "expression", "env":
			if s.rest != "" {
				t.Fatalf("section %q: what is %q?", f.Name, s.rest)
			}
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
		list = append(list, s)
	}
	return list, promises
}

// matches says whether a text is the wanted one, in which … stands for any text.
func matches(got, want string) bool {
	return pattern(want, `\A`, `\z`).MatchString(strings.TrimSpace(got))
}

var (
	anyLinesBefore = regexp.MustCompile(`(?m)^…\n`)
	anyLinesAtEnd  = regexp.MustCompile(`\n…\z`)
)

// pattern is a wanted text as a regular expression. A line of … alone stands for lines, or none.
func pattern(want, start, end string) *regexp.Regexp {
	want = regexp.QuoteMeta(strings.TrimSpace(want))
	want = anyLinesBefore.ReplaceAllString(want, `(?s:(?:.*?\n)??)`)
	want = anyLinesAtEnd.ReplaceAllString(want, `(?s:(?:\n.*)?)`)
	return regexp.MustCompile(start + strings.ReplaceAll(want, "…", `(?s:.*?)`) + end)
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// newEngine starts an engine on the sources of this checkout; the worker is built once and shared
// by all tests.
func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	return openEngine(t, engine.Options{WorkDir: t.TempDir()})
}

// openEngine starts such an engine that the test's end closes.
func openEngine(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	o.Source, o.Progress = os.DirFS("../.."), func(s string) { t.Log(s) }
	e, err := engine.New(context.Background(), o)
	if err != nil {
		t.Fatalf("starting the engine: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return e
}
