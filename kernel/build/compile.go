package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/build/objfile"
)

// Unit is one package to compile and link as a plugin.
type Unit struct {
	// Path is the package path, such as "nb/c0123456789abcdef"; it must change whenever anything else here does.
	Path string
	// Source is the one Go file, of package main.
	Source []byte
	// Imports are the packages it imports; Need has made them known, or Compile compiled them.
	Imports []string
	// Embeds says that the source has //go:embed directives, with patterns relative to Options.WorkDir.
	Embeds bool
	// Cgo is what Builder.Cgo returned for a unit with import "C"; Source is then Cgo.GoSource, changed or not.
	Cgo *Cgo
	// FunctionName and TypeName, where not nil, turn names that the compiled code would tell of itself into those that the user
	// knows. A name that comes back longer stays as it was.
	FunctionName, TypeName func(string) string
	// HiddenMethod, where not nil, says which methods reflect shall not show, although the unit exports them.
	HiddenMethod func(string) bool
}

// CompileError is what the Go compiler or linker said about a unit that the type checker had accepted.
type CompileError struct {
	Output string
}

// Error returns the tool's output.
func (e *CompileError) Error() string { return "compile: " + strings.TrimSpace(e.Output) }

// compileFlags are those that go build passes when it compiles a package for a plugin.
var compileFlags = []string{"-installsuffix", "dynlink", "-c=2", "-dynlink", "-nolocalimports", "-pack"}

// compiled is a unit of this session.
type compiled struct {
	object  Object
	imports []string
}

// Compile returns the unit's plugin and archive, from the cache or compiled and linked now.
func (b *Builder) Compile(ctx context.Context, u Unit) (Object, error) {
	b.mu.Lock()
	through := b.cellImports(u.Imports)
	b.mu.Unlock()
	if err := b.Need(ctx, u.Imports...); err != nil {
		return Object{}, err
	}
	if err := b.needAgain(ctx, through); err != nil {
		return Object{}, err
	}
	b.mu.Lock()
	if err := b.checkLoaded(u.Imports); err != nil {
		b.mu.Unlock()
		return Object{}, fmt.Errorf("compile %s: %w", u.Path, err)
	}
	base := filepath.Join(b.base.dir, "cells", b.objectName(u))
	o := Object{SO: base + ".so", Archive: base + ".a"}
	packages, err := b.reachable(u.Imports)
	libraries := b.libraries(u.Imports)
	c := &compiled{o, u.Imports}
	b.mu.Unlock()
	if err != nil {
		return Object{}, fmt.Errorf("compile %s: %w", u.Path, err)
	}
	if o.intact() {
		o.Cached = true
	} else if err := b.compile(ctx, u, packages, libraries, &o); err != nil {
		if ctx.Err() != nil {
			return Object{}, err
		}
		return Object{}, explainDisk(b.opts.CacheDir, err)
	}
	b.mu.Lock()
	b.cells[u.Path] = c
	for path := range b.extraFiles(u.Imports) {
		b.loaded[path], _ = b.extraArchive(path)
	}
	b.mu.Unlock()
	return o, nil
}

// objectName is the name of a unit's files in the cache. Where packages beyond the base set are involved, another version of
// them may have the same exported face and another body, which no archive's name upwards would show.
func (b *Builder) objectName(u Unit) string {
	name := strings.ReplaceAll(u.Path, "/", "_")
	if files := b.extraFiles(u.Imports); len(files) > 0 {
		name += "-" + hashFiles(files)[:12]
	}
	return name
}

// reachable returns the cells that the linker will follow the imports to. The caller holds mu.
func (b *Builder) reachable(imports []string) (map[string]string, error) {
	files := map[string]string{}
	var visit func(list []string) error
	visit = func(list []string) error {
		for _, p := range list {
			if p == "unsafe" || p == "C" || files[p] != "" {
				continue
			}
			file, err := b.archiveFile(p)
			if err != nil {
				return err
			}
			files[p] = file
			if c, ok := b.cells[p]; ok {
				if err := visit(c.imports); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := visit(imports); err != nil {
		return nil, err
	}
	for _, list := range []map[string]archive{b.archives.base, b.archives.more} {
		for p, a := range list {
			files[p] = filepath.Join(b.archives.dir, a.toLink())
		}
	}
	return files, nil
}

// compile compiles and links in a folder of its own and moves the results into place, the plugin last.
func (b *Builder) compile(ctx context.Context, u Unit, packages map[string]string, libraries []string, o *Object) error {
	if err := os.MkdirAll(filepath.Dir(o.SO), 0o700); err != nil {
		return err
	}
	dir, err := b.module.tempDir("cell-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var cfg strings.Builder
	for p, file := range packages {
		cfg.WriteString("packagefile " + p + "=" + file + "\n")
	}
	importcfg := filepath.Join(dir, "importcfg")
	if err := os.WriteFile(importcfg, []byte(cfg.String()), 0o600); err != nil {
		return err
	}
	start := time.Now()
	main := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(main, u.Source, 0o600); err != nil {
		return err
	}
	archive := filepath.Join(dir, "cell.a")
	args := append([]string{"-o", archive, "-p", u.Path, "-lang=" + language(b.tools.Version), "-importcfg", importcfg, "-trimpath", dir + "=>/gen"}, compileFlags...)
	if u.Embeds {
		embedcfg, err := embedConfig(b.opts.WorkDir, u.Source)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, "embedcfg")
		if err := os.WriteFile(file, embedcfg, 0o600); err != nil {
			return err
		}
		args = append(args, "-embedcfg", file)
	}
	args = append(args, b.cellFlags...)
	files := []string{main}
	if u.Cgo != nil {
		more, err := u.Cgo.goFiles(dir)
		if err != nil {
			return err
		}
		files = append(files, more...)
	} else {
		args = append(args, "-complete")
	}
	if err := b.tool(ctx, dir, "compile", append(args, files...)...); err != nil {
		return err
	}
	if u.Cgo != nil {
		if err := u.Cgo.pack(archive); err != nil {
			return fmt.Errorf("compile %s: add the C code: %w", u.Path, err)
		}
	}
	if u.TypeName != nil && !b.tools.keepNames {
		if err := objfile.RenameTypes(archive, u.TypeName, u.HiddenMethod); err != nil {
			return fmt.Errorf("compile %s: shorten its types' names: %w", u.Path, err)
		}
	}
	o.CompileTime = time.Since(start)

	start = time.Now()
	so := filepath.Join(dir, "cell.so")
	if err := b.link(ctx, dir, u, importcfg, archive, so, libraries); err != nil {
		return err
	}
	if u.FunctionName != nil && !b.tools.keepNames {
		if err := objfile.RenameFunctions(so, u.FunctionName); err != nil {
			return fmt.Errorf("link %s: shorten its functions' names: %w", u.Path, err)
		}
	}
	o.LinkTime = time.Since(start)
	sum, err := Object{SO: so, Archive: archive}.checksum()
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(so, 0o600), os.Chmod(archive, 0o600)); err != nil {
		return err
	}
	if err := os.Rename(archive, o.Archive); err != nil {
		return err
	}
	if err := os.Rename(so, o.SO); err != nil {
		return err
	}
	return writeFile(o.seal(), []byte(sum), 0o600)
}

// tool runs one of the go command's own tools.
func (b *Builder) tool(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.tools.Tools, name), args...)
	cmd.Dir = dir
	// These programs live for a tenth of a second: they need not collect garbage, up to a limit.
	cmd.Env = append(b.tools.env(b.opts.Env), "PWD="+dir, "TMPDIR="+dir, "GOGC=off", "GOMEMLIMIT=1GiB")
	return runCompiler(ctx, cmd, "go tool "+name)
}

// runCompiler runs a program that may refuse the source; what it then says becomes a *CompileError.
func runCompiler(ctx context.Context, cmd *exec.Cmd, name string) error {
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return &CompileError{Output: string(out)}
	}
	return fmt.Errorf("run %s: %w", name, err)
}

var minorVersion = regexp.MustCompile(`^go\d+\.\d+`)

// language is the -lang flag for a toolchain: "go1.26" for "go1.26.8".
func language(version string) string { return minorVersion.FindString(version) }
