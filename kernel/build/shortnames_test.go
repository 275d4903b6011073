package build_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestNamesOfFunctionsAndTypes(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	u := unit(time.Now().String(), "package main\n\nimport \"fmt\"\n\ntype U int\ntype Box[T any] struct{ V T }\n\n//go:noinline\nfunc visible() {}\n"+
		"func init() { visible(); fmt.Printf(\"%T\", Box[U]{}) }\n\nfunc main() {}\n", "fmt")
	short := func(s string) string { return strings.ReplaceAll(s, u.Path, "main") }
	u.FunctionName, u.TypeName = short, short
	o, err := b.Compile(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	so, err := os.ReadFile(o.SO)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x00main.visible\x00", "*main.Box[main.U]", "\x00\x04main"} {
		if !bytes.Contains(so, []byte(want)) {
			t.Errorf("the plugin does not hold %q", want)
		}
	}
	if hidden := "*main.Box[" + u.Path + ".U]"; bytes.Contains(so, []byte(hidden)) {
		t.Errorf("the plugin holds %q", hidden)
	}
}
