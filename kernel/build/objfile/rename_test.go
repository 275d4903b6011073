package objfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestKnownVersions(t *testing.T) {
	for version, want := range map[string]bool{"go1.26.8": true, "go1.26.8-X:simd": true, "go1.27": true, "go1.27.3": true, "go1.27rc1": true,
		"go1.28rc1": false, "go1.28": false, "go2.0": false, "go1.28-devel_ab12": false, "devel +ab12": false, "": false} {
		if got := Knows(version); got != want {
			t.Errorf("%q: expected %v. Got %v", version, want, got)
		}
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
	if !renameTable(table, short) {
		t.Error("nothing was changed")
	}
	want := "main.f\x00\x00\x00fmt.Println\x00grow\x00main.F[main.U]\x00\x00\x00"
	if string(table) != want {
		t.Errorf("got %q, want %q", table, want)
	}
	if renameTable(table, short) {
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
		renameType(got, short)
		if string(got) != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A layout that is not known must leave a file as it is, and must not end the kernel.
func TestUnknownFilesStayAsTheyAre(t *testing.T) {
	object, program := compile(t, "package p\n\ntype T int\n\nvar V any = T(1)\n"), ownProgram(t)
	files := map[string][]byte{
		"empty":       nil,
		"text":        []byte("!<arch>\nnot an archive"),
		"elf":         []byte("\x7fELF and nothing more"),
		"otherObject": bytes.Replace(object, []byte(objectMagic), []byte("\x00go999ld"), 1),
	}
	for n := 0; n < len(object); n += 97 {
		files[fmt.Sprint("archive", n)] = object[:n]
	}
	magic := binary.LittleEndian.AppendUint32(nil, pclntabMagic)
	at := bytes.Index(program, append(magic, 0, 0))
	if at < 0 {
		t.Fatal("the program has no table of functions")
	}
	program[at]++
	files["otherProgram"] = program
	change := func(s string) string { return s[:len(s)/2] }
	for name, data := range files {
		path := write(t, data)
		if err := RenameTypes(path, change, func(string) bool { return true }); err != nil {
			t.Errorf("%s as an archive: %v", name, err)
		}
		if strings.HasPrefix(name, "archive") {
			continue // a part of it may be changed
		}
		if err := RenameFunctions(path, change); err != nil {
			t.Errorf("%s as a plugin: %v", name, err)
		}
		if !bytes.Equal(read(t, path), data) {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestTypesOfAnArchive(t *testing.T) {
	const source = "package p\n\ntype Box[T any] struct{ V T }\n\ntype U int\n\nvar V any = Box[U]{}\n"
	tests := []struct {
		name, find, replace, has, lacks string
	}{
		{"shorter", "nb/c1", "main", "*p.Box[main.U]", "nb/c1.U"},
		{"longer", "nb/c1", "nb/c1/more", "*p.Box[nb/c1.U]", "nb/c1/more"},
		{"another", "nb/c2", "main", "*p.Box[nb/c1.U]", "main"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, compile(t, source))
			rename := func(s string) string { return strings.ReplaceAll(s, tt.find, tt.replace) }
			if err := RenameTypes(path, rename, nil); err != nil {
				t.Fatal(err)
			}
			var names []string
			eachObject(read(t, path), func(o object) {
				for _, s := range o.symbols() {
					if name, _ := splitName(s.content); bytes.HasPrefix(s.name, []byte("type:.namedata.")) {
						names = append(names, string(name))
					}
				}
			})
			all := strings.Join(names, "\n")
			if !strings.Contains(all, tt.has) || strings.Contains(all, tt.lacks) {
				t.Errorf("got %q, want %q and not %q", names, tt.has, tt.lacks)
			}
		})
	}
}

func TestHiddenMethodsOfAType(t *testing.T) {
	const source = "package p\n\ntype T int\n\nfunc (T) A() {}\nfunc (T) Z_1() {}\nfunc (T) Z_2() {}\n\nvar V any = T(1)\n"
	tests := []struct {
		name   string
		hidden func(string) bool
		want   uint16
	}{
		{"none", func(string) bool { return false }, 3},
		{"the last two", func(name string) bool { return strings.HasPrefix(name, "Z_") }, 1},
		{"the last", func(name string) bool { return name == "Z_2" }, 2},
		{"one in between", func(name string) bool { return name == "Z_1" }, 3},
		{"all", func(string) bool { return true }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, compile(t, source))
			if err := RenameTypes(path, func(s string) string { return s }, tt.hidden); err != nil {
				t.Fatal(err)
			}
			found := false
			eachObject(read(t, path), func(o object) {
				for _, s := range o.symbols() {
					if string(s.name) == "type:nb/c1.T" {
						found = true
						more := s.content[typeSize:]
						all, exported := binary.LittleEndian.Uint16(more[4:]), binary.LittleEndian.Uint16(more[6:])
						if all != 3 || exported != tt.want {
							t.Errorf("%d of %d methods are exported, want %d of 3", exported, all, tt.want)
						}
					}
				}
			})
			if !found {
				t.Error("the archive has no type nb/c1.T")
			}
		})
	}
}

func TestHiddenMethodsOfEveryKind(t *testing.T) {
	kinds := map[string]string{"Bool": "bool", "Int": "int", "Complex": "complex128", "String": "string", "Array": "[3]int", "Chan": "chan int",
		"Func": "func(int, string) error", "Map": "map[string]int", "Set": "map[int]struct{}", "Slice": "[]int", "Struct": "struct { F, G int; h string }",
		"Empty": "struct{}", "List": "[]struct{ M map[string]func() }"}
	source := "package p\n\nvar All []any\n"
	for name, kind := range kinds {
		source += fmt.Sprintf("\ntype %[1]s %[2]s\n\nfunc (%[1]s) A() {}\nfunc (%[1]s) Z_1() {}\nfunc init() { var v %[1]s; All = append(All, v, &v) }\n", name, kind)
	}
	path := write(t, compile(t, source))
	if err := RenameTypes(path, func(s string) string { return s }, func(name string) bool { return name == "Z_1" }); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	eachObject(read(t, path), func(o object) {
		for _, s := range o.symbols() {
			name, own := strings.CutPrefix(string(s.name), "type:nb/c1.")
			if _, known := kinds[name]; !own || !known {
				continue
			}
			more := s.content[sizeOf(s.content[typeKind]&(1<<5-1), o.version):]
			found[name] = true
			if all, exported := binary.LittleEndian.Uint16(more[4:]), binary.LittleEndian.Uint16(more[6:]); all != 2 || exported != 1 {
				t.Errorf("%s: %d of %d methods are exported, want 1 of 2", name, exported, all)
			}
		}
	})
	if len(found) != len(kinds) {
		t.Errorf("found %v of %v", found, kinds)
	}
}

func TestFunctionsOfAProgram(t *testing.T) {
	const old, now = "kernel/build/objfile.TestFunctionsOfAProgram\x00", "Shorter\x00"
	path := write(t, ownProgram(t))
	rename := func(s string) string {
		if strings.HasSuffix(s+"\x00", old) {
			return now[:len(now)-1]
		}
		return s
	}
	for _, want := range []bool{false, true} {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, table := functionNames(file)
		file.Close()
		if bytes.Contains(table, []byte("\x00"+now)) != want || bytes.Contains(table, []byte(old)) == want {
			t.Errorf("renamed: got %v, want %v", !want, want)
		}
		if err := RenameFunctions(path, rename); err != nil {
			t.Fatal(err)
		}
	}
}

// compile returns the archive of a package nb/c1 that imports nothing.
func compile(t *testing.T, source string) []byte { return compileAs(t, "p.go", source) }

func compileAs(t *testing.T, file, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "compile", "-p", "nb/c1", "-pack", "-o", "p.a", file)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return read(t, filepath.Join(dir, "p.a"))
}

// ownProgram returns the test itself, which has a plugin's table of functions.
func ownProgram(t *testing.T) []byte {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func write(t *testing.T, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
