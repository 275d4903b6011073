package editor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/editor/gopls"
)

// newWithGopls is newFilled with a gopls that has loaded its packages.
func newWithGopls(t *testing.T) *testSession {
	t.Helper()
	program := gopls.Find(t.TempDir())
	if program == "" {
		t.Skip("gopls is neither in PATH nor at " + gopls.Variable + ": go install golang.org/x/tools/gopls@" + gopls.Version)
	}
	server := gopls.New(gopls.Options{Program: func() string { return program }, Dir: filepath.Join(t.TempDir(), "w"),
		Workspace: func() (gopls.Workspace, error) {
			return gopls.Workspace{Mod: []byte("module notebook\n\ngo 1.26\n"), Env: append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")}, nil
		}})
	t.Cleanup(server.Close)
	s := newTestSession(t, server)
	// This tests gopls, not the machine.
	s.edit.limits = limits{testlimit.Hang, testlimit.Hang, testlimit.Hang}
	for _, c := range sessionCells {
		s.run(c)
	}
	// All imports that the tests use, so that they need not be loaded in between.
	s.complete("strconv.|\nhttp.Get\ntime.Now\nrand.Int")
	testlimit.Until(t, "the packages in gopls", func() bool {
		c, _ := s.complete("strconv.Ato|")
		return len(c.Items) > 0 && c.Items[0].Doc != ""
	})
	return s
}

func TestCompletionThroughGopls(t *testing.T) {
	s := newWithGopls(t)
	for _, tt := range completions {
		s.wantItems(tt.text, tt.replaced, tt.want, tt.not)
	}
	c, _ := s.complete("strconv.Ato|")
	if got := c.Items[0]; got.Text != "Atoi" || got.Kind != "function" || got.Detail != "func(s string) (int, error)" || !strings.HasPrefix(got.Doc, "Atoi is equivalent to") {
		t.Errorf("got %+v", got)
	}
	c, _ = s.complete("cou|")
	if got := c.Items[0]; got.Text != "counts" || got.Kind != "instance" || got.Detail != "map[string]int" || got.Doc != "counts says how often." {
		t.Errorf("got %+v", got)
	}
}

func TestInspectionThroughGopls(t *testing.T) {
	s := newWithGopls(t)
	for _, tt := range []struct {
		text   string
		detail int
		want   []string
	}{
		{"strconv.Ato|i", 0, []string{"func strconv.Atoi(s string) (int, error)", "Atoi is equivalent to ParseInt(s, 10, 0), converted to type int."}},
		{"strconv.Ato|i", 1, []string{"strconv/", "func Atoi(s string) (int, error) {\n    "}},
		{"fmt.Fprintf(|)", 0, []string{"Fprintf formats according to a format specifier", "w io.Writer"}},
		{"here.nor|m()", 0, []string{"norm is its length.", "defined in cell [2], line 2"}},
		{"s := \"漢😀\"; here.nor|m()", 0, []string{"norm is its length."}},
		{"ti|me.Now()", 0, []string{"Package time provides functionality"}},
		{"x := rand.Int|N(3)", 0, nil},
	} {
		got := strings.NewReplacer(bold, "", plain, "", faint, "", underline, "").Replace(s.inspect(tt.text, tt.detail))
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%q at detail %d: got\n%s\nwant it to hold %q", tt.text, tt.detail, got, w)
			}
		}
		if strings.ContainsAny(got, "ɛƐ") {
			t.Errorf("%q shows generated names:\n%s", tt.text, got)
		}
	}
}
