package build_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
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

func TestRenameTable(t *testing.T) {
	short := func(s string) string {
		if s == "grow" {
			return "growing"
		}
		return strings.ReplaceAll(s, "nb/c1", "main")
	}
	table := []byte("nb/c1.f\x00\x00fmt.Println\x00grow\x00nb/c1.F[nb/c1.U]\x00")
	if !build.RenameTable(table, short) {
		t.Error("nothing was changed")
	}
	want := "main.f\x00\x00\x00fmt.Println\x00grow\x00main.F[main.U]\x00\x00\x00"
	if string(table) != want {
		t.Errorf("got %q, want %q", table, want)
	}
	if build.RenameTable(table, short) {
		t.Error("there was nothing left to change")
	}
}

func TestRenameType(t *testing.T) {
	short := func(s string) string { return strings.ReplaceAll(s, "nb/c1", "m") }
	long := strings.Repeat("x", 120)
	tests := []struct{ name, want string }{
		{"\x00\x05nb/c1", "\x00\x01m\x00\x00\x00\x00"},
		{"\x01\x0b*nb/c1.Box2", "\x01\x07*m.Box2\x00\x00\x00\x00"},
		{"\x03\x07nb/c1.X\x03tag", "\x03\x03m.X\x03tag\x00\x00\x00\x00"},
		{"\x00\x80\x01nb/c1.." + long + "y", "\x00\x7cm.." + long + "y" + "\x00\x00\x00\x00\x00"},
		{"\x04\x05nb/c1\x00\x00\x00\x00", "\x04\x05nb/c1\x00\x00\x00\x00"}, // the linker writes behind the name
		{"\x00\x09nb/c1", "\x00\x09nb/c1"},                                 // longer than there is
		{"\x00\x03int", "\x00\x03int"},
		{"\x00", "\x00"},
	}
	for _, tt := range tests {
		got := []byte(tt.name)
		build.RenameType(got, short)
		if string(got) != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A layout that is not known must leave a file as it is, and must not end the kernel.
func TestRenameInUnknownFiles(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	u := unit(time.Now().String(), "package main\n\nfunc f() {}\n\nfunc main() { f() }\n")
	o, err := b.Compile(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	change := func(s string) string { return strings.ReplaceAll(s, u.Path, "main") }
	object, plugin := read(t, o.Archive), read(t, o.SO)
	files := map[string][]byte{"empty": nil, "text": []byte("!<arch>\nnot an archive"), "elf": []byte("\x7fELF and nothing more")}
	for n := 0; n < len(object); n += 97 {
		files[fmt.Sprint("archive", n)] = object[:n]
	}
	other := bytes.Replace(object, []byte("\x00go120ld"), []byte("\x00go999ld"), 1)
	files["otherObject"] = other
	header := binary.LittleEndian.AppendUint32(nil, 0xfffffff1)
	if at := bytes.Index(plugin, append(header, 0, 0)); at < 0 {
		t.Fatal("the plugin has no table of functions")
	} else {
		plugin = bytes.Clone(plugin)
		plugin[at]++
	}
	files["otherPlugin"] = plugin
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := build.RenameTypes(path, change, func(string) bool { return true }); err != nil {
			t.Errorf("%s as an archive: %v", name, err)
		}
		if strings.HasPrefix(name, "archive") {
			continue // a part of it may be changed
		}
		if err := build.RenameFunctions(path, change); err != nil {
			t.Errorf("%s as a plugin: %v", name, err)
		}
		if !bytes.Equal(read(t, path), data) {
			t.Errorf("%s was changed", name)
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
