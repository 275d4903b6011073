package program_test

import (
	"testing"

	"github.com/gonbml/gonbml/kernel/program"
)

func TestFunctionName(t *testing.T) {
	const cell = "nb/c0123456789abcdef"
	tests := []struct{ name, want string }{
		{cell + ".f", "main.f"},
		{cell + ".ɛFoo", "main.Foo"},
		{cell + ".ɛFoo.func1.2", "main.Foo.func1.2"},
		{cell + ".(*T).Ɛm", "main.(*T).m"},
		{cell + ".(*T).Ɛm-fm", "main.(*T).m-fm"},
		{cell + ".F[go.shape.int]", "main.F[go.shape.int]"},
		{cell + ".F[" + cell + ".U]", "main.F[main.U]"},
		{cell + ".ɛm_TƐm", "main.T.m"},
		{cell + ".ɛp_a_bƐ_m.func1", "main.(*a_b)._m.func1"},
		{cell + ".ɛrun", "main.main"},
		{cell + ".ɛrun.func1", "main.main.func1"},
		{cell + ".ɛrunner", "main.runner"},
		{cell + ".ɛinit3", "main.init.3"},
		{cell + ".aƐb", "main.aƐb"},
		{"strings.(*Builder).Write", "strings.(*Builder).Write"},
		{"example.com/nb/c0123.f", "example.com/nb/c0123.f"},
	}
	for _, tt := range tests {
		got := program.FunctionName(tt.name)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if len(got) > len(tt.name) {
			t.Errorf("%s has become longer: %s", tt.name, got)
		}
	}
}
