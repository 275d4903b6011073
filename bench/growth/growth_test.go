package main

import (
	"testing"
	"time"
)

// The short form: a dozen cells of each kind, and every row filled in.
func TestGrowth(t *testing.T) {
	for kind := range kinds {
		var got []growth
		if err := measure(t.Context(), "../..", kind, 12, func(g growth) { got = append(got, g) }); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if len(got) != 2 || got[0].cells != 10 || got[1].cells != 12 {
			t.Fatalf("%s: rows %+v, want those of cells 10 and 12", kind, got)
		}
		for _, g := range got {
			if g.median <= 0 || g.median > 30*time.Second || g.slowest < g.median || g.own == "" || g.resident == "" {
				t.Errorf("%s: row %+v", kind, g)
			}
		}
	}
	if err := measure(t.Context(), "../..", "no such kind", 1, nil); err == nil {
		t.Error("an unknown kind was accepted")
	}
}
