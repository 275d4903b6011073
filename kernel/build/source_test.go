package build

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// These are the known packages: no worker links them. One that is missing here has become a part of
// every session: somebody listed it in linkedPackages, or a linked package imports it.
func TestKnownPackages(t *testing.T) {
	src, err := readSource(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		self + "/ml/gradcheck":   "gradcheck",
		self + "/ml/tensorboard": "tensorboard",
	}
	if !maps.Equal(src.known, want) {
		t.Errorf("known: got %v, want %v", src.known, want)
	}
	for _, path := range []string{"display", "session", "ml", "ml/backend", "ml/data", "ml/plot", "ml/progress"} {
		if !slices.Contains(src.linked, self+"/"+path) {
			t.Errorf("%s is not linked", path)
		}
	}
	for _, path := range src.linked {
		if strings.Contains(path, "/internal/") || path == self+"/session/rt" {
			t.Errorf("%s is offered to cells", path)
		}
	}
}

// small are sources with a package of each kind.
func small() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"go.mod":                     "module " + self + "\n\ngo 1.26\n",
		"go.sum":                     "",
		"kernel/worker/host/host.go": "package host\n",
		"session/rt/rt.go":           "package rt\n",
		"session/session.go":         "package session\n\nimport _ \"" + self + "/session/rt\"\n",
		"ml/ml.go":                   "package ml\n\nimport (\n\t_ \"" + self + "/ml/deep/part\"\n\t_ \"" + self + "/ml/internal/ops\"\n)\n",
		"ml/deep/part/part.go":       "package part\n",
		"ml/internal/ops/ops.go":     "package ops\n",
		"ml/wing/wing.go":            "package wing\n\nimport _ \"" + self + "/ml/wing/internal/own\"\n",
		"ml/wing/part.c":             "int f(void) { return 1; }\n",
		"ml/wing/table/words.txt":    "words\n",
		"ml/wing/wing_test.go":       "package wing\n",
		"ml/wing/internal/own/o.go":  "package own\n",
		"ml/wing/tool/main.go":       "package main\n",
		"ml/internal/unused/u.go":    "package unused\n",
		"ml/testdata/t.go":           "package t\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestLinkedAndKnown(t *testing.T) {
	src, err := readSource(small())
	if err != nil {
		t.Fatal(err)
	}
	paths := func(list ...string) (full []string) {
		for _, p := range list {
			full = append(full, self+"/"+p)
		}
		return full
	}
	if want := paths("ml", "ml/deep/part", "session"); !slices.Equal(src.linked, want) {
		t.Errorf("linked: got %v, want %v", src.linked, want)
	}
	if want := paths("ml/wing"); !slices.Equal(slices.Sorted(maps.Keys(src.known)), want) {
		t.Errorf("known: got %v, want %v", src.known, want)
	}
	for name := range small() {
		_, has := src.files[name]
		want := !strings.Contains(name, "_test.go") && !strings.Contains(name, "/tool/") && !strings.Contains(name, "unused") && !strings.Contains(name, "testdata")
		if has != want {
			t.Errorf("%s: unpacked is %v, want %v", name, has, want)
		}
	}
}

func TestWhatChangesTheWorker(t *testing.T) {
	tests := []struct {
		file           string
		worker, folder bool // whether their hashes change
	}{
		{"ml/ml.go", true, true},
		{"ml/internal/ops/ops.go", true, true},
		{"ml/deep/part/part.go", true, true},
		{"kernel/worker/host/host.go", true, true},
		{"go.sum", true, true},
		{"ml/wing/wing.go", false, true},
		{"ml/wing/part.c", false, true},
		{"ml/wing/internal/own/o.go", false, true},
		{"ml/newwing/new.go", false, true},
		{"ml/wing/wing_test.go", false, false},
		{"ml/internal/unused/u.go", false, false},
		{"kernel/engine/engine.go", false, false},
	}
	before, err := readSource(small())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		files := small()
		text := "package newwing\n"
		if f := files[tt.file]; f != nil {
			text = string(f.Data)
		}
		files[tt.file] = &fstest.MapFile{Data: []byte(text + "\n// Changed.\n")}
		after, err := readSource(files)
		if err != nil {
			t.Fatal(err)
		}
		if (after.linkedHash != before.linkedHash) != tt.worker || (after.hash != before.hash) != tt.folder {
			t.Errorf("%s: worker %v, folder %v, want %v, %v", tt.file, after.linkedHash != before.linkedHash, after.hash != before.hash, tt.worker, tt.folder)
		}
	}
}
