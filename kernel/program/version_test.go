package program_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/program"
)

// atOnce runs setup, then plans two cells for the same version, and joins the first and then the second.
func atOnce(t *testing.T, setup, first, second string) (*session, program.Joined) {
	t.Helper()
	s := newSession(t)
	s.run(setup)
	before := s.p
	a, b := s.mustPlan(first), s.mustPlan(second)
	a.Commit()
	b.Commit()
	s.p = a.Join(before).Program
	j := b.Join(s.p)
	s.p = j.Program
	return s, j
}

func (s *session) mustPlan(source string) *program.Plan {
	s.t.Helper()
	p, err := s.try(source)
	if err != nil {
		s.t.Fatalf("cell %d: %v", s.n, err)
	}
	return p
}

func TestCellsThatRunAtTheSameTimeJoin(t *testing.T) {
	tests := []struct {
		name, setup, first, second string
		list                       string // what there is in the end
		notes                      []string
	}{
		{"apart", "a := 1", "b := a", "func f() int { return a }", "func f\nvar a int\nvar b int\n", nil},
		{"the same name", "a := 1", "x := \"one\"", "x := 2.5", "var a int\nvar x float64\n", nil},
		{"a function redefined in place", "func f() int { return 1 }\nfunc g() int { return f() }", "func f() int { return 2 }", "y := g()",
			"func f\nfunc g\nvar y int\n", nil},
		{"a signature under a new user", "func f() int { return 1 }", "func f() string { return \"\" }", "func h() int { return f() + 1 }\nz := 1",
			"func f\nvar z int\n", []string{"h was removed: a cell that ran at the same time has redefined f"}},
		{"a new user under a signature", "func f() int { return 1 }", "func h() int { return f() + 1 }\nz := 1", "func f() string { return \"\" }",
			"func f\nvar z int\n", []string{"h was removed: a cell that ran at the same time has redefined f"}},
		{"users of users", "func f() int { return 1 }", "func h() int { return f() + 1 }\nfunc i() int { return h() }", "func f() string { return \"\" }",
			"func f\n", []string{"h was removed", "i was removed"}},
		{"a type under its variable", "type t struct{ n int }", "type t struct{ s string }", "v := t{3}\nw := 1",
			"type t\nvar w int\n", []string{"v was removed: a cell that ran at the same time has redefined t"}},
		{"a method added beside a variable", "type t struct{ n int }", "v := []t{{1}}", "func (x t) get() int { return x.n }",
			"type t\nfunc t.get\n", []string{"v was removed"}},
		{"its own definition wins", "func f() int { return 1 }", "func f() string { return \"\" }", "func f() float64 { return 0 }\nq := f()",
			"func f\nvar q float64\n", nil},
		{"what one removes", "func f() int { return 1 }\nfunc g() int { return f() }", "func f() string { return \"\" }", "c := 1",
			"func f\nvar c int\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, j := atOnce(t, tt.setup, tt.first, tt.second)
			if got := s.p.List(); got != tt.list {
				t.Errorf("in the end there is\n%swant\n%s", got, tt.list)
			}
			if len(j.Notes) != len(tt.notes) {
				t.Fatalf("notes %q, want %q", j.Notes, tt.notes)
			}
			for i, n := range tt.notes {
				if !strings.Contains(j.Notes[i], n) {
					t.Errorf("note %q, want %q", j.Notes[i], n)
				}
			}
			s.run("1") // the program still checks
		})
	}
}

// When two cells redefine a function at the same time, the one that ends last must become current again.
func TestTheLastToEndIsActivated(t *testing.T) {
	_, j := atOnce(t, "func f() int { return 1 }", "func f() int { return 2 }", "func f() int { return 3 }")
	if len(j.Activate) != 1 || j.Activate[0] != "f" {
		t.Errorf("to activate: %q, want f", j.Activate)
	}
	_, j = atOnce(t, "func f() int { return 1 }", "func g() int { return 2 }", "func f() int { return 3 }")
	if len(j.Activate) != 0 {
		t.Errorf("to activate: %q, want nothing", j.Activate)
	}
}

// Only one package may own an unnamed struct type, also when two cells that know nothing of each other write it.
func TestAPlanFitsWhatItWasMadeFor(t *testing.T) {
	s := newSession(t)
	s.run("a := 1")
	ahead := s.mustPlan("v := struct{ n int }{1}")
	if !ahead.Fits(s.p) {
		t.Error("a plan does not fit the version that it was made for")
	}
	other := s.mustPlan("w := struct{ n int }{2}")
	other.Claim()
	if ahead.Fits(s.p) {
		t.Error("the plan fits, although another package has taken its struct type")
	}
	plain := s.mustPlan("b := 2")
	s.p = other.Commit()
	if plain.Fits(s.p) {
		t.Error("the plan fits another version")
	}
}

func TestVersionsDoNotChange(t *testing.T) {
	s := newSession(t)
	s.run("type t struct{ n int }\nv := t{1}\nfunc f() int { return v.n }")
	before, list := s.p, s.p.List()
	s.run("type t struct{ n, m int }")
	s.run("func f() string { return \"\" }\nvar w int")
	if without, unknown := s.p.Without([]string{"w", "nothing"}); len(unknown) != 1 || strings.Contains(without.List(), "w") {
		t.Errorf("without w: %q, %q", without.List(), unknown)
	}
	if got := before.List(); got != list {
		t.Errorf("an earlier version has become\n%s, it was\n%s", got, list)
	}
}

// Cell 500 must be checked about as fast as cell 5, though a version is made for each.
func TestALongSessionChecksAsFast(t *testing.T) {
	s := newSession(t)
	s.run("import (\"fmt\"; \"strings\")\ntype item struct{ name string; n int }\nvar items []item")
	var took []time.Duration
	for i := range 500 {
		source := fmt.Sprintf("func f%d(x item) string { return fmt.Sprint(strings.ToUpper(x.name), x.n+%d) }\nv%d := f%d(item{\"a\", %d})\nitems = append(items, item{v%d, 1})", i, i, i, i, i, i)
		begun := time.Now()
		s.run(source)
		took = append(took, time.Since(begun))
	}
	early, late := slices.Clone(took[5:45]), slices.Clone(took[460:])
	slices.Sort(early)
	slices.Sort(late)
	// The fastest of forty tell what it costs; the others, what else the machine does.
	t.Logf("checking, rewriting and joining: %v at cell 5, %v at cell 500 (medians %v, %v)", early[0], late[0], early[20], late[20])
	if late[0] > 4*early[0]+2*time.Millisecond {
		t.Errorf("cell 500 takes %v, cell 5 %v", late[0], early[0])
	}
}
