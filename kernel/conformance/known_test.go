package conformance

import (
	"slices"
	"strings"
	"testing"
)

func TestKnown(t *testing.T) {
	k, err := parseKnown("# a comment\n\nwhole a.go bug it is\nsplit a.go plugin cannot be\nsplit b.go process sometimes is late\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		r    Result
		want string
	}{
		{Result{Mode: Whole, Name: "a.go", Verdict: Fail}, ""},
		{Result{Mode: Whole, Name: "a.go", Verdict: Pass}, "take it out"},
		{Result{Mode: Whole, Name: "b.go", Verdict: Fail}, "does not list it"},
		{Result{Mode: Whole, Name: "b.go", Verdict: Pass}, ""},
		{Result{Mode: Whole, Name: "b.go", Verdict: Skip}, ""},
		{Result{Mode: Split, Name: "b.go", Verdict: Pass}, ""},
		{Result{Mode: Split, Name: "b.go", Verdict: Fail}, ""},
		{Result{Mode: Errors, Name: "a.go", Verdict: Fail}, "does not list it"},
	}
	for _, tt := range tests {
		if got := k.Surprise(tt.r); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%v: got %q, want %q", tt.r, got, tt.want)
		}
	}
	if got := k.Names(Split); !slices.Equal(got, []string{"a.go", "b.go"}) {
		t.Errorf("got %v, want a.go and b.go", got)
	}
	for text, want := range map[string]string{
		"whole a.go bug":                     "line 1: expected a mode, a name, a class and a reason",
		"total hole 3":                       "expected a mode of",
		"total whole many":                   "line 1",
		"hole a.go bug it is":                "expected a mode of",
		"whole a.go bugs it is":              "expected a class of",
		"whole a.go bug x\nwhole a.go bug y": "line 2: whole a.go is listed twice",
	} {
		if _, err := parseKnown(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", text, err, want)
		}
	}
}
