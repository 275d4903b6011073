package knots

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestKnots(t *testing.T) {
	for _, test := range []struct{ arrows, want string }{
		{"", ""},
		{"a>b b>c", ""},
		{"a>b b>a", "a b"},
		{"a>b b>c c>a c>d d>e", "a b c"},
		{"a>b b>a b>c c>d d>e e>c", "c d e|a b"},
		{"a>b b>c c>d d>b a>e e>a", "b c d|a e"},
	} {
		p := Package{Files: strings.Fields("a b c d e"), Uses: map[string]map[string][]string{}}
		for _, arrow := range strings.Fields(test.arrows) {
			from, to, _ := strings.Cut(arrow, ">")
			if p.Uses[from] == nil {
				p.Uses[from] = map[string][]string{}
			}
			p.Uses[from][to] = []string{"X"}
		}
		var got []string
		for _, knot := range p.Knots() {
			got = append(got, strings.Join(knot, " "))
		}
		if got := strings.Join(got, "|"); got != test.want {
			t.Errorf("%s: expected %q. Got %q", test.arrows, test.want, got)
		}
	}
}

func TestReferencesOfFiles(t *testing.T) {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(`
-- go.mod --
module example.com/m

go 1.26
-- p/a.go --
package p

import "strings"

type T struct{ field int }

func (t T) Method() string { return strings.ToUpper(name) }
-- p/b.go --
package p

const name = "b"

// Through a value whose type is not written here.
func use() int { v := made; v.Method(); return v.field }
-- p/c.go --
package p

var made T

type alone interface{ Method() string }
-- p/c_test.go --
package p

var inTest = use()
`)).Files {
		file := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packages, err := Read(dir, "./...")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string][]string{
		"a.go": {"b.go": {"name"}},
		"b.go": {"a.go": {"Method", "field"}, "c.go": {"made"}},
		"c.go": {"a.go": {"T"}},
	}
	if len(packages) != 1 || !reflect.DeepEqual(packages[0].Uses, want) {
		t.Fatalf("expected %v. Got %v", want, packages)
	}
	if n := packages[0].References(); n != 4 {
		t.Errorf("expected 4 references. Got %d", n)
	}
	if _, err := Read(dir, "./nowhere"); err == nil {
		t.Error("a package that does not exist is read")
	}
}
