package conformance

import (
	"os"
	"strings"
	"testing"
)

func TestThePageListsWhatIsKnown(t *testing.T) {
	known, err := ReadKnown()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/cells.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := known.Rewrite(string(page))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != want {
		t.Error("docs/cells.md does not say what known.txt says: go run ./kernel/conformance/run -docs")
	}
	for _, m := range Modes() {
		if known.totals[m] == 0 {
			t.Errorf("known.txt does not say how many cases of mode %s there are", m)
		}
	}
}

func TestDocument(t *testing.T) {
	k, err := parseKnown("total whole 200\ntotal split 200\nwhole a.go cell it is so\nsplit a.go cell it is so\nsplit b.go bug sometimes late\n")
	if err != nil {
		t.Fatal(err)
	}
	page, err := k.Rewrite("x\n" + documentStart + "\nold\n" + documentEnd + "\ny\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x\n<!--", "| 200 | 199 | 99.5% |", "| 200 | 198 | 99.0% |", "Wrong in gonbml:\n\n- sometimes late: `b.go` (split).\n",
		"- it is so: `a.go` (whole, split).\n<!-- end -->\ny\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if again, err := k.Rewrite(page); err != nil || again != page {
		t.Errorf("done again it differs: %v\n%s", err, again)
	}
	if _, err := k.Rewrite("x"); err == nil {
		t.Error("a page without a place for it: got no error")
	}
}
