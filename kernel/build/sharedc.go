package build

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/build/objfile"
)

// A plugin contains all packages that its code leads to, with their C code, and whatever static
// libraries that asks for: with a database of 60 MB, each cell that leads to it would be linked
// anew with, and hold, 60 MB. So the C code of a package beyond the base set is linked once, into a
// shared library of its own, and cells get an archive without it. The system loads the library with
// the first cell that names it. (A worker that contained the package would change nothing of this.)
//
// It is done only where the library then lacks nothing that another package would have brought to
// the link; else the archive stays whole, and every cell contains the C code.

// sharedC is where a package's C code is.
type sharedC struct {
	// Whole says that it is in the archive alone.
	Whole bool `json:",omitempty"`
	// Library is the shared library in the folder of archives, and Light the archive without the C
	// code. Both are empty where the archive stays whole, or there is nothing to take out.
	Library, Light string
	// Flags are what the package's #cgo LDFLAGS lines say, for packages that import it.
	Flags []string
	// LibrarySize and LightSize are the files' lengths.
	LibrarySize, LightSize int64
}

// intact says whether the files are there.
func (c *sharedC) intact(dir string) bool {
	return c == nil || c.Library == "" || sizeIs(filepath.Join(dir, c.Library), c.LibrarySize) && sizeIs(filepath.Join(dir, c.Light), c.LightSize)
}

// toLink is the archive that cells are linked with.
func (a archive) toLink() string {
	if a.C != nil && a.C.Light != "" {
		return a.C.Light
	}
	return a.File
}

// libraries returns the shared libraries of the packages that the imports lead to. The caller holds
// mu.
func (b *Builder) libraries(imports []string) (list []string) {
	for p := range b.extraFiles(imports) {
		if c := b.archives.more[p].C; c != nil && c.Library != "" {
			list = append(list, c.Library)
		}
	}
	slices.Sort(list)
	return list
}

// shareC makes the shared library of a package's C code, if it has any. The packages that it
// imports are known already. The caller holds mu.
func (b *Builder) shareC(ctx context.Context, a archive) (*sharedC, error) {
	if !slices.Contains(a.Imports, "C") || runtime.GOOS != "linux" {
		return nil, nil
	}
	whole := &sharedC{Whole: true}
	data, err := os.ReadFile(filepath.Join(b.archives.dir, a.File))
	if err != nil {
		return nil, err
	}
	light, c := objfile.SplitC(data)
	switch {
	case c == nil:
		return whole, nil
	case light == nil:
		return &sharedC{Flags: c.Flags}, nil
	}
	h := newHasher("shared C 1")
	for _, text := range []string{a.File, b.tools.id(), b.tools.Mold} {
		h.text(text)
	}
	flags := slices.Clone(c.Flags)
	var libraries []string // of packages that it imports
	for _, p := range slices.Sorted(maps.Keys(b.extraFiles(a.Imports))) {
		other := b.archives.more[p].C
		if other == nil {
			continue
		}
		if other.Whole {
			return whole, nil
		}
		if other.Library != "" {
			libraries = append(libraries, other.Library)
		}
		flags = append(flags, other.Flags...)
	}
	h.text(strings.Join(libraries, " "))
	h.text(strings.Join(flags, "\n"))
	name := "c-" + h.sum()
	s := &sharedC{Library: name + ".so", Light: name + ".a", Flags: c.Flags}
	dir, err := b.module.tempDir("shared-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, s.Library)
	// Where there is C++ code, the go command links with the C++ compiler, for its library.
	complete := false
	for _, more := range []string{"", "-lstdc++"} {
		if err := b.linkC(ctx, dir, made, c.Objects, libraries, append(flags, strings.Fields(more)...)); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return whole, nil // the cell's link tells what is wrong
		}
		if complete, err = lacksNothing(made, b.archives.dir, libraries); err != nil || complete {
			break
		}
	}
	if !complete {
		return whole, nil
	}
	info, err := os.Stat(made)
	if err != nil {
		return nil, err
	}
	s.LibrarySize, s.LightSize = info.Size(), int64(len(light))
	if err := writeFile(filepath.Join(b.archives.dir, s.Light), light, 0o600); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, filepath.Join(b.archives.dir, s.Library))); err != nil {
		return nil, err
	}
	return s, nil
}

// linkC links C objects as a shared library. It uses its own functions first: another library in
// the process may have some of the same name.
func (b *Builder) linkC(ctx context.Context, dir, library string, objects [][]byte, libraries, flags []string) error {
	cc := strings.Fields(b.tools.CC)
	args := append(cc[1:len(cc):len(cc)], "-shared", "-o", library, "-pthread", "-s",
		"-Wl,-soname,"+filepath.Base(library), "-Wl,-Bsymbolic", "-Wl,-rpath,$ORIGIN")
	if b.tools.Mold != "" {
		args = append(args, "-fuse-ld=mold")
	}
	for i, object := range objects {
		file := filepath.Join(dir, fmt.Sprintf("%03d.o", i))
		if err := os.WriteFile(file, object, 0o600); err != nil {
			return err
		}
		args = append(args, file)
	}
	for _, name := range libraries {
		args = append(args, filepath.Join(b.archives.dir, name))
	}
	cmd := exec.CommandContext(ctx, cc[0], append(args, flags...)...)
	cmd.Dir = dir
	cmd.Env = append(b.tools.env(b.opts.Env), "TMPDIR="+dir)
	return runCompiler(ctx, cmd, cc[0])
}

// lacksNothing says whether a shared library has all that it uses, or names a version of the
// library that does. What Go's own runtime/cgo defines, and the Go side of its package, is in every
// plugin.
func lacksNothing(library, dir string, others []string) (bool, error) {
	has := map[string]bool{"crosscall2": true}
	for _, name := range others {
		symbols, err := dynamicSymbols(filepath.Join(dir, name))
		if err != nil {
			return false, err
		}
		for _, s := range symbols {
			has[s.Name] = has[s.Name] || s.Section != elf.SHN_UNDEF
		}
	}
	symbols, err := dynamicSymbols(library)
	if err != nil {
		return false, err
	}
	for _, s := range symbols {
		known := has[s.Name] || s.Version != "" || elf.ST_BIND(s.Info) == elf.STB_WEAK ||
			strings.HasPrefix(s.Name, "_cgo") || strings.HasPrefix(s.Name, "x_cgo_")
		if s.Section == elf.SHN_UNDEF && !known {
			return false, nil
		}
	}
	return true, nil
}

func dynamicSymbols(library string) ([]elf.Symbol, error) {
	f, err := elf.Open(library)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.DynamicSymbols()
}
