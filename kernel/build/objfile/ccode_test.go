package objfile

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// member is one file of an archive.
func member(name, content string) string {
	text := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o644, len(content), content)
	if len(content)%2 == 1 {
		text += "\x00"
	}
	return text
}

func TestSplitC(t *testing.T) {
	const head, tail = "go object linux amd64 go1.26\nbuild id \"x\"\n\n\n$$\n\n$$\n\n\n$$  // cgo\n", "\n\n$$\n\n\n!\n\x00go120ld and more"
	const directives = `[["cgo_ldflag","-lheavy"],["cgo_import_static","_cgo_1_Cfunc_f"],["cgo_ldflag","-lm"]]`
	const kept = `[["cgo_import_static","_cgo_1_Cfunc_f"]]` + `                                              `
	goOnly := member("__.PKGDEF", "go object linux amd64 go1.26\n\n$$B\nodd") + member("_go_.o", "go object linux amd64 go1.26\n\n!\n\x00go120ld")
	object := "\x7fELF and what the C compiler made"
	tests := []struct {
		name, archive, light string // light is "" where there is no C side
		objects, flags       []string
	}{
		{"C code", archiveMagic + member("__.PKGDEF", "odd") + member("_go_.o", head+directives+tail) + member("_x001.o", object) + member("_x002.o", object+"!"),
			archiveMagic + member("__.PKGDEF", "odd") + member("_go_.o", head+kept+tail), []string{object, object + "!"}, []string{"-lheavy", "-lm"}},
		{"no flags", archiveMagic + member("_go_.o", head+`[["cgo_import_static","f"]]`+tail) + member("_x001.o", object),
			archiveMagic + member("_go_.o", head+`[["cgo_import_static","f"]]`+tail), []string{object}, nil},
		{"Go alone", archiveMagic + goOnly, "", nil, nil},
		{"an object that nothing asks for", archiveMagic + goOnly + member("own.syso", object), "", nil, nil},
		{"flags alone", archiveMagic + member("_go_.o", head+`[["cgo_ldflag","-lm"]]`+tail) + member("_x001.o", object), "", nil, []string{"-lm"}},
		{"directives in another form", archiveMagic + member("_go_.o", head+"cgo_import_static f"+tail) + member("_x001.o", object), "", nil, nil},
		{"cut off", archiveMagic + member("_go_.o", head+directives+tail) + member("_x001.o", object)[:70], "", nil, nil},
		{"no archive", "text", "", nil, nil},
		{"empty", "", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			archive := []byte(tt.archive)
			light, c := SplitC(archive)
			if string(archive) != tt.archive {
				t.Error("the archive itself was changed")
			}
			if tt.light == "" {
				if light != nil || (c == nil) != (tt.flags == nil) || c != nil && !slices.Equal(c.Flags, tt.flags) {
					t.Errorf("got %q and %+v, want nothing and %q", light, c, tt.flags)
				}
				return
			}
			if string(light) != tt.light {
				t.Errorf("got %q, want %q", light, tt.light)
			}
			var objects []string
			for _, o := range c.Objects {
				objects = append(objects, string(o))
			}
			if !slices.Equal(objects, tt.objects) || !slices.Equal(c.Flags, tt.flags) {
				t.Errorf("got %q and %q, want %q and %q", objects, c.Flags, tt.objects, tt.flags)
			}
			if light, c := SplitC(light); light != nil || c != nil {
				t.Errorf("a second time: got %q and %+v", light, c)
			}
		})
	}
}

// The compiler's own archive, to which objects were added as the go command adds them.
func TestSplitCOfTheCompilersArchive(t *testing.T) {
	// Only files that are called like those of cgo may have its directives.
	archive := compileAs(t, "_cgo_p.go", "package p\n\n//go:cgo_ldflag \"-lx\"\n//go:cgo_import_static f\n\ntype T int\n\nvar V any = T(1)\n")
	light, c := SplitC(append(archive, member("_x001.o", "\x7fELF!")...))
	if c == nil || !slices.Equal(c.Flags, []string{"-lx"}) || len(c.Objects) != 1 {
		t.Fatalf("got %+v", c)
	}
	if len(light) != len(archive) || bytes.Contains(light, []byte(`"-lx"`)) {
		t.Errorf("the light archive has %d bytes, want the %d of the Go side", len(light), len(archive))
	}
	found := false
	eachObject(light, func(o object) {
		for _, s := range o.symbols() {
			found = found || string(s.name) == "type:nb/c1.T"
		}
	})
	if !found {
		t.Error("the light archive cannot be read")
	}
}
