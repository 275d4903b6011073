package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/knots"
)

// TestFloors compares the lines of docs/design.md that are drawn within a package with the
// package's files: a file refers to names of its own floor and of those below, and to none of a
// floor above.
func TestFloors(t *testing.T) {
	blocks := drawn(t)
	delete(blocks, "")
	if len(blocks) == 0 {
		t.Fatal("the page draws no package from within")
	}
	for name, rows := range blocks {
		packages, err := knots.Read(".", "./"+name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			t.Fatal(err)
		}
		var files []string // all platforms', while references can be read for this one only
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
				files = append(files, e.Name())
			}
		}
		for _, fault := range floorFaults(rows, files, packages[0].Uses) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// floorFaults says where the rows, the floors from the bottom up, and the files differ. A row names
// its files without ".go".
func floorFaults(rows []row, files []string, uses map[string]map[string][]string) []string {
	var faults []string
	fault := func(words ...string) { faults = append(faults, strings.Join(words, " ")) }
	floors := map[string]int{}
	for n, r := range rows {
		for _, item := range r.items {
			file := item + ".go"
			if _, twice := floors[file]; twice {
				fault(file, "stands on two floors")
			}
			if !slices.Contains(files, file) {
				fault(r.name, "names", file+", which is no file")
			}
			floors[file] = n
		}
	}
	for _, from := range files {
		floor, known := floors[from]
		if !known {
			fault(from, "stands on no floor")
			continue
		}
		for to, names := range uses[from] {
			if above, known := floors[to]; known && above > floor {
				fault(from, "of", rows[floor].name, "uses", strings.Join(names, ", "), "of", to+", which belongs to", rows[above].name)
			}
		}
	}
	slices.Sort(faults)
	return faults
}

func TestFloorFaults(t *testing.T) {
	rows := []row{{"ground", []string{"a", "b"}}, {"roof", []string{"c"}}}
	uses := func(from, to string) map[string]map[string][]string {
		return map[string]map[string][]string{from: {to: {"X", "y"}}}
	}
	for _, test := range []struct {
		name  string
		rows  []row
		files string
		uses  map[string]map[string][]string
		want  string
	}{
		{"down", rows, "a.go b.go c.go", uses("c.go", "a.go"), ""},
		{"on one floor", rows, "a.go b.go c.go", uses("a.go", "b.go"), ""},
		{"up", rows, "a.go b.go c.go", uses("b.go", "c.go"), "b.go of ground uses X, y of c.go, which belongs to roof"},
		{"no floor", rows, "a.go b.go c.go d.go", nil, "d.go stands on no floor"},
		{"no file", rows, "a.go c.go", nil, "ground names b.go, which is no file"},
		{"two floors", append(slices.Clone(rows), row{"attic", []string{"a"}}), "a.go b.go c.go", nil, "a.go stands on two floors"},
	} {
		if got := strings.Join(floorFaults(test.rows, strings.Fields(test.files), test.uses), "; "); got != test.want {
			t.Errorf("%s: expected %q. Got %q", test.name, test.want, got)
		}
	}
}
