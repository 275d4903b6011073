package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestCgo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "twice.h"), []byte("static int twice(int x) { return 2*x; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := buildtest.New(t, dir)
	c, err := b.Cgo(t.Context(), "7", []byte(`package main

/*
#cgo CFLAGS: -DFACTOR=3
#cgo LDFLAGS: -lm
#include <math.h>
#include "twice.h"
static double scaled(double x) { return FACTOR * cbrt(x); }
*/
import "C"

func init() { println(int(C.scaled(C.double(2.5))), int(C.twice(4))) }

func main() {}
`))
	if err != nil {
		t.Fatal(err)
	}
	u := unit(b.Salt(), string(c.GoSource)+c.Hash)
	u.Source, u.Cgo, u.Imports = c.GoSource, c, []string{"runtime/cgo", "syscall", "unsafe"}
	o, err := b.Compile(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(o.SO); err != nil || !strings.Contains(string(data), "libm.so") {
		t.Errorf("the plugin does not name libm (%v)", err)
	}
}

func TestCgoErrorsNameTheCell(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	tests := []struct{ name, source, want string }{
		{"C syntax", "package main\n//line /cell/7:9\n\n/*\nint f( { return 1; }\n*/\nimport \"C\"\nfunc main() { C.f() }\n", "/cell/7:11"},
		{"unknown name", "package main\n/*\nint f(void);\n*/\nimport \"C\"\nfunc main() { C.g() }\n", "could not determine what C.g refers to"},
		{"missing header", "package main\n/*\n#include \"no_such.h\"\n*/\nimport \"C\"\nfunc main() { C.f() }\n", "/cell/7:3"},
		{"undefined at link", "package main\n/*\nint f(void);\n*/\nimport \"C\"\nfunc main() { C.f() }\n", "undefined reference"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.Cgo(t.Context(), "7", []byte(test.source))
			var ce *build.CompileError
			if !errors.As(err, &ce) || !strings.Contains(ce.Output, test.want) || strings.Contains(ce.Output, b.ModDir()) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
