package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	t.Setenv("PLACE_A", "inherited")
	t.Setenv("PLACE_B", "inherited")
	p := newPlace("/from", []string{"PLACE_A=given"}, "/modules")
	p.set("PLACE_C", "set")
	p.move("/to")
	if !p.has("PLACE_C", "set") || p.has("PLACE_C", "") || p.has("PLACE_D", "") {
		t.Error("it does not know what was set")
	}
	dir, env := p.surroundings()
	env = slices.DeleteFunc(env, func(kv string) bool {
		return !strings.HasPrefix(kv, "PLACE_") && !strings.HasPrefix(kv, "GONB_DIR=") && !strings.HasPrefix(kv, "GONB_TMP_DIR=")
	})
	want := []string{"PLACE_B=inherited", "PLACE_A=given", "PLACE_C=set", "GONB_DIR=/to", "GONB_TMP_DIR=/modules"}
	if dir != "/to" || !slices.Equal(env, want) {
		t.Errorf("got %s and %q, want %q", dir, env, want)
	}
}
