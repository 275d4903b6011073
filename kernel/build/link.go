package build

import (
	"context"
	"path/filepath"
	"strings"
)

// linkFlags are those of every plugin: no symbol table, no DWARF; panics find their lines without.
var linkFlags = []string{"-s", "-w", "-installsuffix", "dynlink", "-buildmode=plugin"}

// link links an archive as a plugin, with shared libraries of the folder of archives.
func (b *Builder) link(ctx context.Context, dir string, u Unit, importcfg, archive, so string, libraries []string) error {
	extld, err := b.tools.linker()
	if err != nil {
		return err
	}
	args := append([]string{"-o", so, "-importcfg", importcfg, "-pluginpath", u.Path, "-extld=" + joinFlags([]string{extld})}, linkFlags...)
	var flags []string // libraries that other C code needs are named in the archives
	if b.tools.Mold != "" {
		flags = append(flags, "-fuse-ld=mold")
	}
	for _, name := range libraries {
		flags = append(flags, filepath.Join(b.archives.dir, name))
	}
	if len(libraries) > 0 {
		flags = append(flags, "-Wl,-rpath,$ORIGIN/../pkg") // from the folder of cells: a cache may be copied
	}
	if len(flags) > 0 {
		args = append(args, "-extldflags="+joinFlags(flags))
	}
	return b.tool(ctx, dir, "link", append(args, archive)...)
}

// linker returns the program that go link calls in place of the C compiler. Before each link, go link tries three flags
// by compiling a file called trivial.c, which costs as much as linking a small cell. None of the three matters for a
// plugin, so the wrapper says no at once; the real call is passed on.
func (t *toolchain) linker() (string, error) {
	h := newHasher("linker 1")
	h.text(t.CC)
	path := filepath.Join(t.work, "ld-"+h.sum())
	if isFile(path) {
		return path, nil
	}
	script := "#!/bin/sh\ncase \"$*\" in *trivial.c) exit 1;; esac\nexec " + t.CC + " \"$@\"\n"
	return path, writeFile(path, []byte(script), 0o700)
}

// joinFlags makes one string of flags as go link splits it again: at spaces, with quotes around those that hold some.
func joinFlags(flags []string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		switch {
		case !strings.ContainsAny(f, " \t\n'\""):
			quoted[i] = f
		case !strings.Contains(f, "'"):
			quoted[i] = "'" + f + "'"
		default:
			quoted[i] = `"` + f + `"`
		}
	}
	return strings.Join(quoted, " ")
}
