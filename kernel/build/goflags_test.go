package build_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestParseFlags(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-tags=a,b", "-tags=a,b"},
		{"-tags|a b", "-tags=a,b"},
		{"--tags=a|-gcflags=-N -l", "-tags=a|-gcflags=-N -l"},
		{"-gcflags|-N", "-gcflags=-N"},
		{"-v|-x", ""},
		{"--cover|--covermode=set|-coverpkg|./...", "-cover|-covermode=set|-coverpkg=./..."},
		{"", ""},
		{"-tags=", ""},
	} {
		if got, err := build.ParseFlags(strings.Split(tt.args, "|")); err != nil || strings.Join(got, "|") != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.args, got, err, tt.want)
		}
	}
	for args, want := range map[string]string{
		"-race": "go run -race", "-covermode": "expected a value", "-ldflags=-s": "-ldflags", "x": "expected flags", "-tags": "expected a value",
		"-gcflags=all=-N": "pattern", "-foo": "only -tags, -gcflags and -cover", "-mod=vendor": "vendored",
	} {
		if got, err := build.ParseFlags(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want an error with %q", args, got, err, want)
		}
	}
}

func TestTagsMeanAnotherWorker(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOENV", "off")
	b := buildtest.New(t, t.TempDir())
	salt, worker := b.Salt(), b.WorkerPath()
	b.SetFlags([]string{"-gcflags=-N"})
	if b.Salt() == salt || b.WorkerPath() != worker {
		t.Error("flags for cells only: want another salt and the same worker")
	}
	b.SetFlags([]string{"-tags=special"})
	if b.WorkerPath() == worker {
		t.Error("build tags: want another worker")
	}
	if !slices.Contains(b.Env(), "GOFLAGS=-mod=mod -tags=special") {
		t.Errorf("build tags: got the environment %q", b.Env())
	}
	b.SetFlags(nil)
	if b.Salt() != salt || b.WorkerPath() != worker {
		t.Error("without flags: want the first worker")
	}
}

func TestTheUsersSettingsAreHonoured(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=vendor -modcacherw -race -tags=mine")
	t.Setenv("GOPRIVATE", "example.test")
	src, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	b, err := build.New(t.Context(), build.Options{Source: src})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	env := b.Env()
	if !slices.Contains(env, "GOFLAGS=-mod=mod -modcacherw -tags=mine") || !slices.Contains(env, "GOPRIVATE=example.test") {
		t.Errorf("got %q", env)
	}
}
