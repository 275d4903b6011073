package cell_test

import (
	"slices"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
)

func TestNearest(t *testing.T) {
	names := []string{"count", "counts", "total", "x", "y", "größe", "Println", "len"}
	for word, want := range map[string][]string{
		"cout":    {"count"},
		"conut":   {"count"},
		"countss": {"counts", "count"},
		"COUNT":   {"count"},
		"println": {"Println"},
		"grösse":  {"größe"},
		"lne":     {"len"},
		"z":       nil,
		"X":       {"x"},
		"count":   {"counts"}, // the name itself is no suggestion
		"unlike":  nil,
	} {
		if got := cell.NearestFew(word, names, 2); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", word, got, want)
		}
	}
	if got := cell.Nearest("cont", names); got != "count" {
		t.Errorf("got %q", got)
	}
}
