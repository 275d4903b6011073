package conformance

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
	"github.com/gonbml/gonbml/kernel/engine"
)

// engineOptions are those of an engine built from this checkout, whose worker the other tests of
// the kernel share.
func engineOptions(t *testing.T) engine.Options {
	t.Helper()
	source, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Source: source, Progress: func(s string) { t.Log(s) }}
}

// TestSample runs a few cases of each mode, evenly chosen, and some of those that are known to
// fail. The command run beside this package runs them all.
func TestSample(t *testing.T) {
	ctx := t.Context()
	tools, err := FindToolchain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	known, err := ReadKnown()
	if err != nil {
		t.Fatal(err)
	}
	for mode, n := range map[Mode]int{Whole: 10, Split: 7, Errors: 8, Examples: 8} {
		t.Run(string(mode), func(t *testing.T) {
			suite, err := NewSuite(ctx, mode, tools)
			if err != nil {
				t.Fatal(err)
			}
			suite.Engine, suite.Parallel = engineOptions(t), 1
			names := Sample(suite.Names(), n)
			names = append(names, Sample(known.Names(mode), 1)...)
			ran := 0
			err = suite.Run(ctx, names, func(r Result) {
				ran++
				if surprise := known.Surprise(r); surprise != "" || r.Verdict == Skip {
					t.Errorf("%v%s", r, surprise)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if ran != len(names) {
				t.Errorf("ran %d cases, want %d", ran, len(names))
			}
		})
	}
}

func TestKnownNamesExist(t *testing.T) {
	tools, err := FindToolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known, err := ReadKnown()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range Modes() {
		suite, err := NewSuite(t.Context(), mode, tools)
		if err != nil {
			t.Fatal(err)
		}
		exist := map[string]bool{}
		for _, name := range suite.Names() {
			exist[name] = true
		}
		for _, name := range known.Names(mode) {
			if !exist[name] {
				t.Errorf("known.txt lists %s %s, which is no case", mode, name)
			}
		}
	}
}

// TestProgramsThatEndBadly compares the ends that none of the distribution's programs comes to.
func TestProgramsThatEndBadly(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
	}{
		{"exit 3", "fmt.Println(\"bye\"); os.Exit(3)", 3},
		{"exit 0", "fmt.Println(\"bye\"); os.Exit(0); fmt.Println(\"no\")", 0},
		{"fatal", "log.SetFlags(0); log.Fatal(\"oh\")", 1},
		{"panic", "fmt.Println(\"before\"); panic(\"boom\")", 2},
		{"panic with an error", "panic(fmt.Errorf(\"no %d\", 5))", 2},
		{"panic with a number", "panic(5)", 2},
		{"run-time panic", "var s []int; fmt.Println(s[len(os.Args)+5])", 2},
		{"nil map", "var m map[string]int; m[\"a\"] = 1", 2},
		{"stack overflow", "var f func(int) int; f = func(n int) int { return f(n+1) + 1 }; fmt.Println(f(0))", 2},
	}
	ctx := t.Context()
	tools, err := FindToolchain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tools.CacheDir = ""
	s, err := NewSession(ctx, engineOptions(t), testlimit.Hang)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "p.go")
			text := "package main\nimport (\"fmt\"; \"log\"; \"os\")\nvar _, _, _ = log.Print, fmt.Print, os.Args\nfunc main() {\n\t" + tt.body + "\n}\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := Program{Name: tt.name, Path: path, Text: text}
			ref, err := tools.Reference(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			if ref.Status != tt.status || ref.Problem != "" {
				t.Fatalf("by itself: status %d %s, want %d", ref.Status, ref.Problem, tt.status)
			}
			r, err := runProgram(ctx, s, tools, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != Pass {
				t.Errorf("in a cell: %s", r.Reason)
			}
		})
	}
}

func TestACaseThatDoesNotEndIsEnded(t *testing.T) {
	s, err := NewSession(t.Context(), engineOptions(t), 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, cell := range []string{"for {\n}", "select {}"} {
		remove, err := s.Fresh(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		run := s.Run(t.Context(), []string{cell, "println(1)"})
		remove()
		if !run.TimedOut || run.Failed != 1 || run.Lame != "" || !strings.Contains(differs(run, Reference{}), "in time") {
			t.Errorf("%q: got %+v", cell, run)
		}
	}
}

func TestReferencesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.go")
	text := "package main\nimport \"time\"\nfunc main() { println(time.Now().UnixNano()) }\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tools, err := FindToolchain(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	tools.CacheDir = t.TempDir()
	var got [2]Reference
	for i := range got {
		if got[i], err = tools.Reference(t.Context(), Program{Name: "p.go", Path: path, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if got[0] != got[1] || got[0].Stderr == "" {
		t.Errorf("got %v, then %v", got[0], got[1])
	}
	wrong := filepath.Join(t.TempDir(), "q.go")
	if err := os.WriteFile(wrong, []byte("package main\nfunc main() { x }"), 0o600); err != nil {
		t.Fatal(err)
	}
	ref, err := tools.Reference(t.Context(), Program{Name: "q.go", Path: wrong, Text: "wrong"})
	if err != nil || !strings.Contains(ref.Problem, "undefined: x") {
		t.Errorf("a program that does not compile: got %+v, %v", ref, err)
	}
}
