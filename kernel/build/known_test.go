package build_test

import (
	"slices"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestWhatEditorsMayAsk(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	for path, want := range map[string]bool{"fmt": true, "unsafe": true, "github.com/gomlx/gomlx/core/graph": true, "example.invalid/no/such": false} {
		if got := b.Known(path); got != want {
			t.Errorf("Known(%q): got %v", path, got)
		}
	}
	r, err := b.Peek("strings")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if names := b.PackageNames(); len(names["strings"]) == 0 || names["strings"][0] != "strings" {
		t.Errorf("strings at first: got %v", names["strings"])
	}
	testlimit.Until(t, "all packages of the name slices", func() bool {
		return slices.Equal(b.PackageNames()["slices"], b.PackagesNamed("slices"))
	})
}

// What packages beyond the base set are kept under must not depend on whether an editor has asked for names.
func TestNamesLeaveTheModuleAsItIs(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	mod, sum, err := b.ModuleFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.PackagesNamed("modfile")) == 0 {
		t.Fatal("no package of a required module was found")
	}
	after, sumAfter, err := b.ModuleFiles()
	if err != nil || string(after) != string(mod) || string(sumAfter) != string(sum) {
		t.Errorf("go.mod or go.sum was changed (%v)", err)
	}
}
