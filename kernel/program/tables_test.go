package program_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gonbml/gonbml/kernel/program"
)

// without is a library that lacks a package, and counts how often it was asked for.
type without struct {
	program.Library
	path  string
	asked int
}

func (w *without) Need(path string) error {
	if path == w.path {
		w.asked++
		return fmt.Errorf("%s is not there yet", path)
	}
	return w.Library.Need(path)
}

func TestVersionsAreUsedAtTheSameTime(t *testing.T) {
	s := newSession(t)
	s.run("type point struct{ x, y int }\nfunc norm(p point) int { return p.x*p.x + p.y*p.y }\norigin := point{}")
	base := s.p
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p := base
			for j := range 3 {
				source := fmt.Sprintf("import \"strings\"\nv%d := strings.Repeat(\"x\", norm(point{%d, %d}))", i, i%2, j)
				c, err := p.Parse(10*i+j, source)
				if err != nil {
					t.Error(err)
					return
				}
				plan, err := p.Plan(c)
				if err != nil {
					t.Error(err)
					return
				}
				plan.Claim()
				plan.Commit()
				p = plan.Join(p).Program
				if p.View() == nil || p.Unchanged(source) == nil || !plan.Fits(base) && j == 0 {
					t.Error("a version does not hold what joined it")
				}
			}
			if _, _, err := p.Standalone(program.Standalone{All: true}); err != nil {
				t.Error(err)
			}
			if _, unknown := p.Without([]string{fmt.Sprintf("v%d", i)}); len(unknown) > 0 {
				t.Errorf("%v is not in the version that defined it", unknown)
			}
		})
		wg.Go(func() {
			for range 5 {
				_, _, _ = base.List(), base.View(), base.Located()
			}
		})
	}
	wg.Wait()
	if got, want := base.List(), "type point\nfunc norm\nvar origin point\n"; got != want {
		t.Errorf("the version that was planned for has changed:\n%swant\n%s", got, want)
	}
}

func TestTwoPlansOfOneTextAreOnePackage(t *testing.T) {
	s := newSession(t)
	base := s.p
	a, b := s.mustPlan("x := struct{ n int }{1}"), s.mustPlan("x := struct{ n int }{1}")
	a.Claim()
	a.Commit()
	after := b.Commit()
	if a.Package != b.Package || after.Unchanged("x := struct{ n int }{1}") != a.Package {
		t.Error("the same text has two packages")
	}
	if !b.Fits(base) {
		t.Error("a plan does not fit beside one of the same text")
	}
}

func TestAPlanWithAnotherLibrary(t *testing.T) {
	s := newSession(t)
	plan := func(lib program.Library, source string) (*program.Plan, error) {
		t.Helper()
		c, err := s.p.Parse(1, source)
		if err != nil {
			t.Fatal(err)
		}
		return s.p.PlanWith(lib, c)
	}
	a, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	less := &without{Library: library(a), path: "strings"}
	if _, err := plan(less, "import \"strings\"\nstrings.ToUpper(\"a\")"); err == nil || less.asked != 1 {
		t.Errorf("got %v, and %d questions", err, less.asked)
	}
	if p, err := plan(less, "strings.ToUpper(\"a\")"); err == nil {
		t.Errorf("planned %s", p.Source)
	}
	if less.asked < 2 {
		t.Error("an import that nobody wrote does not ask the library")
	}
	p, err := plan(less, "n := 1")
	if err != nil {
		t.Fatal(err)
	}
	s.p = p.Commit() // and what it becomes has all
	s.run("import \"strings\"\nstrings.ToUpper(\"a\")")
}

func TestAPackageKnowsItsLastLine(t *testing.T) {
	s := newSession(t)
	for source, want := range map[string]int{"x := 1\n\nx": 3, "func f() error { return nil }\nf();": 2, "y := 2": 0, "// nothing": 0} {
		if got := s.run(source).Package.LastLine; got != want {
			t.Errorf("%q ends with the expression of line %d, want %d", source, got, want)
		}
	}
}
