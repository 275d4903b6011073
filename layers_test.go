package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gonbml/gonbml"

// TestImportLine compares the import line of docs/design.md with what the packages import.
func TestImportLine(t *testing.T) {
	blocks := drawn(t)
	if len(blocks[""]) < 30 {
		t.Fatalf("the page draws %d packages", len(blocks[""]))
	}
	for _, fault := range importFaults(blocks[""], ours(t)) {
		t.Error(fault)
	}
}

// imports are the packages of ours that one of ours imports, by path in the module: itself, and its
// tests.
type imports struct{ code, tests []string }

// anyTest is the row of what the tests of every package may import.
const anyTest = "any_test"

// importFaults says where the rows and the packages differ. Rows stand bottom-up, each names every
// package that its package imports and no other, and a package's tests keep to what can be reached
// from it, except for what a row under the package's name and "_test" says.
func importFaults(rows []row, packages map[string]imports) []string {
	var faults []string
	fault := func(words ...string) { faults = append(faults, strings.Join(words, " ")) }
	allowed := map[string][]string{}
	reach := map[string][]string{} // what can be reached from a package over any number of imports
	for _, r := range rows {
		if _, twice := allowed[r.name]; twice {
			fault(r.name, "has two rows")
		}
		allowed[r.name] = r.items
		tested, forTests := strings.CutSuffix(r.name, "_test")
		if forTests {
			for _, item := range r.items {
				if item == tested || slices.Contains(reach[tested], item) {
					fault("the tests of", tested, "may import", item, "without being named")
				}
			}
		} else {
			for _, item := range r.items {
				if _, below := allowed[item]; !below {
					fault(r.name, "imports", item+", which doesn't stand below it")
				}
				reach[r.name] = append(append(reach[r.name], item), reach[item]...)
			}
		}
		used, known := packages[r.name].code, false
		if _, known = packages[r.name]; forTests {
			used = packages[tested].tests
			_, known = packages[tested]
		}
		if r.name == anyTest {
			for _, p := range packages {
				used = append(used, p.tests...)
			}
			known = true
		}
		if !known {
			fault(r.name, "is in the line and names no package")
			continue
		}
		for _, item := range r.items {
			if !slices.Contains(used, item) {
				fault(r.name, "may import", item+", and doesn't")
			}
		}
	}
	for name, p := range packages {
		if _, known := allowed[name]; !known {
			fault(name, "has no place in the line")
			continue
		}
		for _, item := range p.code {
			if !slices.Contains(allowed[name], item) {
				fault(name, "imports", item+", which isn't drawn")
			}
		}
		for _, item := range p.tests {
			if item != name && !slices.Contains(reach[name], item) && !slices.Contains(allowed[name+"_test"], item) && !slices.Contains(allowed[anyTest], item) {
				fault("the tests of", name, "import", item+", which isn't drawn")
			}
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// ours reads what each package of the module imports, on any platform, programs that are run by
// hand included. The module's root goes by the name "main".
func ours(t *testing.T) map[string]imports {
	t.Helper()
	packages := map[string]imports{}
	goFiles(t, func(file string) error {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(file)
		if dir == "." {
			dir = "main"
		}
		p := packages[dir]
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			item, is := strings.CutPrefix(imported, module+"/")
			if !is {
				continue
			}
			if strings.HasSuffix(file, "_test.go") {
				p.tests = append(p.tests, item)
			} else {
				p.code = append(p.code, item)
			}
		}
		packages[dir] = p
		return nil
	})
	return packages
}

// goFiles calls f with each of the module's own Go files, those of tests included.
func goFiles(t *testing.T, f func(file string) error) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() {
			if file != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		return f(file)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// row is one line of a block: a name, and what stands behind it.
type row struct {
	name  string
	items []string
}

// drawn reads the blocks of docs/design.md which are marked "line", by what follows that word. In a
// block, # begins a remark, and a line that begins with a space goes on with the row before.
func drawn(t *testing.T) map[string][]row {
	t.Helper()
	page, err := os.ReadFile("docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]row{}
	name, inside := "", false
	for line := range strings.Lines(string(page)) {
		line = strings.TrimRight(line, "\n")
		if about, opens := strings.CutPrefix(line, "```line"); opens && !inside {
			name, inside = strings.TrimSpace(about), true
			continue
		}
		if strings.HasPrefix(line, "```") {
			inside = false
		}
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if !inside || len(words) == 0 {
			continue
		}
		if rows := blocks[name]; strings.HasPrefix(line, " ") && len(rows) > 0 {
			rows[len(rows)-1].items = append(rows[len(rows)-1].items, words...)
			continue
		}
		blocks[name] = append(blocks[name], row{words[0], words[1:]})
	}
	return blocks
}

func TestImportFaults(t *testing.T) {
	rows := []row{{"low", nil}, {"beside", nil}, {"mid", []string{"low"}}, {"top", []string{"mid"}}, {"mid_test", []string{"beside"}}}
	good := func() map[string]imports {
		return map[string]imports{
			"low": {}, "beside": {},
			"mid": {code: []string{"low"}, tests: []string{"mid", "low", "beside"}},
			"top": {code: []string{"mid"}, tests: []string{"low"}},
		}
	}
	for _, test := range []struct {
		name   string
		change func(map[string]imports) []row
		want   string
	}{
		{"nothing", func(p map[string]imports) []row { return nil }, ""},
		{"a package without a place", func(p map[string]imports) []row { p["new"] = imports{}; return nil },
			"new has no place in the line"},
		{"an import to the side", func(p map[string]imports) []row { p["beside"] = imports{code: []string{"low"}}; return nil },
			"beside imports low, which isn't drawn"},
		{"an import upwards", func(p map[string]imports) []row { p["low"] = imports{code: []string{"top"}}; return nil },
			"low imports top, which isn't drawn"},
		{"a step left out", func(p map[string]imports) []row { p["top"] = imports{code: []string{"mid", "low"}}; return nil },
			"top imports low, which isn't drawn"},
		{"an arrow without an import", func(p map[string]imports) []row { p["top"] = imports{}; return nil },
			"top may import mid, and doesn't"},
		{"a row without a package", func(p map[string]imports) []row { return []row{{"gone", nil}} },
			"gone is in the line and names no package"},
		{"a row under one that it imports", func(p map[string]imports) []row {
			p["early"], p["late"] = imports{code: []string{"late"}}, imports{}
			return []row{{"early", []string{"late"}}, {"late", nil}}
		}, "early imports late, which doesn't stand below it"},
		{"a test that climbs", func(p map[string]imports) []row { p["low"] = imports{tests: []string{"top"}}; return nil },
			"the tests of low import top, which isn't drawn"},
		{"a test's arrow without an import", func(p map[string]imports) []row {
			return []row{{"top_test", []string{"beside"}}}
		}, "top_test may import beside, and doesn't"},
		{"a test's arrow without need", func(p map[string]imports) []row { return []row{{"top_test", []string{"low"}}} },
			"the tests of top may import low without being named"},
		{"two rows", func(p map[string]imports) []row { return []row{{"low", nil}} }, "low has two rows"},
	} {
		packages := good()
		if got := strings.Join(importFaults(append(slices.Clone(rows), test.change(packages)...), packages), "; "); got != test.want {
			t.Errorf("%s: expected %q. Got %q", test.name, test.want, got)
		}
	}
}
