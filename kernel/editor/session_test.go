package editor

import (
	"context"
	"fmt"
	"go/token"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/gonbml/gonbml/internal/testlimit"
	kexec "github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// archives lists compiled packages, made once by the go command.
var archives = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-deps", "-export", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}",
		"fmt", "errors", "strings", "strconv", "math/rand", "time", "sort", "bytes", "net/http", program.RuntimePath).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	m := map[string]string{}
	for _, l := range strings.Fields(string(out)) {
		path, file, _ := strings.Cut(l, "=")
		m[path] = file
	}
	return m, nil
})

type library map[string]string

func (l library) Need(path string) error {
	if l[path] == "" && path != "unsafe" {
		return fmt.Errorf("no package %s", path)
	}
	return nil
}
func (l library) Export(path string) (io.ReadCloser, error) { return os.Open(l[path]) }
func (l library) ArchiveID(path string) string              { return l[path] }
func (l library) EmbedHash(string) (string, error)          { return "", nil }
func (l library) Linked(path string) bool                   { return true }
func (l library) Allowed(string) error                      { return nil }
func (l library) Watched(string) bool                       { return false }
func (l library) Names() map[string][]string {
	return map[string][]string{"fmt": {"fmt"}, "strings": {"strings"}, "strconv": {"strconv"}, "rand": {"math/rand"}, "time": {"time"}, "http": {"net/http"}}
}
func (l library) Named(name string) []string { return l.Names()[name] }
func (l library) Below(path string) []string { return nil }

// testSession is a session whose cells were planned and not run.
type testSession struct {
	t    *testing.T
	lib  library
	p    *program.Program
	n    int
	dir  string
	edit *Editor
}

func newTestSession(t *testing.T, server Server) *testSession {
	a, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	s := &testSession{t: t, lib: library(a), p: program.New(library(a), "test", "go1.26"), dir: t.TempDir()}
	s.edit = New(s.lib, server)
	return s
}

func (s *testSession) run(source string) {
	s.t.Helper()
	s.n++
	c, err := s.p.Parse(s.n, source)
	if err != nil {
		s.t.Fatalf("cell %d: %v", s.n, err)
	}
	plan, err := s.p.Plan(c)
	if err != nil {
		s.t.Fatalf("cell %d: %v", s.n, err)
	}
	s.p = plan.Commit()
}

func (s *testSession) session() Session {
	return Session{View: s.p.View(), Dir: s.dir, Env: []string{"HOME=/root", "HOPE=1"}}
}

// cursorIn takes the | out of a text and returns its place in code points.
func cursorIn(t *testing.T, text string) (string, int) {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("no cursor in %q", text)
	}
	return before + after, utf8.RuneCountInString(before)
}

// complete returns the candidates at the | of a text, and the text that they replace.
func (s *testSession) complete(text string) (kexec.Completions, string) {
	s.t.Helper()
	code, cursor := cursorIn(s.t, text)
	ctx := testlimit.Context(s.t)
	c := s.edit.Complete(ctx, s.session(), code, cursor)
	s.inTime(ctx)
	return c, string([]rune(code)[c.Start:c.End])
}

// inTime fails the test if an answer came only with the end of its context.
func (s *testSession) inTime(ctx context.Context) {
	s.t.Helper()
	if ctx.Err() != nil {
		s.t.Errorf("the editor: %v", context.Cause(ctx))
	}
}

func texts(c kexec.Completions) (list []string) {
	for _, item := range c.Items {
		list = append(list, item.Text)
	}
	return list
}

func (s *testSession) wantItems(text, replaced string, want, not []string) {
	s.t.Helper()
	c, over := s.complete(text)
	got := texts(c)
	if over != replaced {
		s.t.Errorf("%q: replaces %q, want %q", text, over, replaced)
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			s.t.Errorf("%q: got %v, want %s among them", text, got, w)
		}
	}
	for _, w := range not {
		if slices.Contains(got, w) {
			s.t.Errorf("%q: got %v, want no %s", text, got, w)
		}
	}
}

func (s *testSession) inspect(text string, detail int) string {
	s.t.Helper()
	code, cursor := cursorIn(s.t, text)
	ctx := testlimit.Context(s.t)
	found := s.edit.Inspect(ctx, s.session(), code, cursor, detail)
	s.inTime(ctx)
	plain, _ := found.Data["text/plain"].(string)
	return plain
}

// newFuzzView is a session with a declaration of each kind.
func newFuzzView() *program.View {
	return &program.View{Version: "go1.26", Imports: map[string]string{"fmt": "fmt"}, Decls: []program.Declared{
		{Names: []string{"x"}, Kind: token.VAR, Text: "var x int", Cell: 1, Line: 1},
		{Names: []string{"f"}, Kind: token.FUNC, Text: "func f() { panic(0) }", Cell: 1, Line: 2},
	}}
}

// sheetOf lays a cell out as the editor does, and checks that the cell's text is where the sheet
// says.
func sheetOf(t *testing.T, view *program.View, code string, cursor int) {
	t.Helper()
	layout := magic.LayoutOf(code)
	if _, command := commandAt(layout, cursor); command || layout.Whole {
		return
	}
	s := newSheet(view, layout, code, cursor, map[string][]string{"strings": {"strings"}}, nil)
	text := s.files[s.file]
	if s.at < 0 || s.at > len(text) {
		t.Fatalf("the cursor is at %d of %d", s.at, len(text))
	}
	if got, want := text[s.at-(s.cursor-s.ident):s.at], code[s.ident:s.cursor]; got != want && strings.TrimSpace(got) != "" {
		t.Errorf("before the cursor stands %q, want %q", got, want)
	}
}
