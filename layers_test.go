package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gonbml/gonbml/"

// layers is the import line of docs/design.md: each package with those of ours that it may import. Packages under ml/ may
// import one another, and display and session.
var layers = map[string]string{
	".":                       "internal/command",
	"internal/command":        "kernel/build kernel/console kernel/editor/gopls kernel/engine kernel/exec kernel/history kernel/notebook kernel/notebook/webpage kernel/server kernel/wire ml/backend/plugin",
	"bench/growth":            "kernel/engine kernel/exec",
	"kernel/conformance":      "kernel/cell kernel/engine kernel/exec",
	"kernel/conformance/run":  "kernel/conformance kernel/engine",
	"kernel/editor":           "kernel/cell kernel/editor/position kernel/exec kernel/magic kernel/program",
	"kernel/editor/gopls":     "kernel/editor/position kernel/exec",
	"kernel/editor/position":  "",
	"kernel/engine":           "kernel/build kernel/cell kernel/editor kernel/editor/gopls kernel/exec kernel/magic kernel/program session/rt kernel/worker",
	"kernel/notebook/webpage": "kernel/magic kernel/notebook",
	"kernel/notebook":         "kernel/cell kernel/exec kernel/magic",
	"kernel/magic":            "kernel/cell kernel/exec",
	"kernel/program":          "kernel/cell",
	"kernel/cell":             "",
	"kernel/build":            "kernel/build/objfile",
	"kernel/build/buildtest":  "kernel/build",
	"kernel/build/objfile":    "",
	"kernel/server":           "kernel/exec kernel/history kernel/message kernel/wire",
	"kernel/history":          "",
	"kernel/console":          "kernel/exec kernel/history",
	"kernel/message":          "kernel/exec kernel/wire",
	"kernel/wire":             "",
	"kernel/exec":             "",
	"kernel/worker":           "kernel/worker/frame",
	"kernel/worker/frame":     "",
	"kernel/worker/host":      "display session/rt kernel/worker/frame",
	"display":                 "session/rt",
	"session":                 "session/rt",
	"session/rt":              "",
}

func TestImportLine(t *testing.T) {
	seen := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() {
			if file != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		if src, err := os.ReadFile(file); err != nil || strings.HasPrefix(string(src), "//go:build ignore") {
			return err // a program that is run by hand
		}
		dir := path.Dir(file)
		seen[dir] = true
		allowed, known := layers[dir]
		inML := dir == "ml" || strings.HasPrefix(dir, "ml/")
		if !known && !inML {
			t.Errorf("%s has no place in the import line: draw it in docs/design.md and add it here", dir)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			ours, is := strings.CutPrefix(p, module)
			if !is || slices.Contains(strings.Fields(allowed), ours) {
				continue
			}
			if inML && (ours == "display" || ours == "session" || ours == "ml" || strings.HasPrefix(ours, "ml/")) {
				continue
			}
			t.Errorf("%s imports %s, which is not to its left in the import line of docs/design.md", file, ours)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range layers {
		if !seen[dir] {
			t.Errorf("%s is in the import line and nowhere else", dir)
		}
	}
}
