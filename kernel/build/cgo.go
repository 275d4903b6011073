package build

import (
	"context"
	"errors"
	"fmt"
	gobuild "go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Cgo is a Go file with import "C", taken apart by go tool cgo.
type Cgo struct {
	// GoSource is the user's file with every C name replaced; TypesSource declares what they were replaced by.
	GoSource, TypesSource []byte
	// Hash identifies the C side, headers that it included too: a unit's path must depend on it.
	Hash string

	importSource []byte   // what the plugin takes from shared libraries
	objects      []string // compiled C files
}

// cgoFlags are those that the go command passes to the C compiler for a plugin, but for debug information.
var cgoFlags = []string{"-fPIC", "-pthread", "-fmessage-length=0", "-fno-diagnostics-show-caret", "-fdiagnostics-color=never", "-O2"}

// Cgo takes a Go file with import "C" (package main) apart and compiles its C side. #cgo lines are honoured as the go
// command does; ${SRCDIR} and paths of included files are relative to Options.WorkDir. Messages of the C compiler come
// back in a *CompileError, with the file named "/cell/" + cellID and the lines as the source's //line directives say. (Leave an empty line
// between such a directive and the preamble: go tool cgo takes comments that touch each other for one.)
func (b *Builder) Cgo(ctx context.Context, cellID string, source []byte) (*Cgo, error) {
	dir, err := b.module.tempDir("cgo-*")
	if err != nil {
		return nil, fmt.Errorf("cgo: %w", err)
	}
	// The objects stay until Close removes the session's folder: Compile packs them.
	run := cgoRun{b: b, dir: dir, file: filepath.Join(dir, "cell.go"), shown: "/cell/" + cellID}
	c, err := run.do(ctx, source)
	if err != nil {
		os.RemoveAll(dir)
		var ce *CompileError
		if errors.As(err, &ce) {
			return nil, ce
		}
		return nil, fmt.Errorf("cgo: %w", err)
	}
	return c, nil
}

// cgoRun is one call of Cgo.
type cgoRun struct {
	b     *Builder
	dir   string // where everything is made
	file  string // the source there
	shown string // the name of the source in messages
}

func (r *cgoRun) do(ctx context.Context, source []byte) (*Cgo, error) {
	work := r.b.opts.WorkDir
	source = []byte(strings.ReplaceAll(string(source), "${SRCDIR}", work))
	if err := os.WriteFile(r.file, source, 0o600); err != nil {
		return nil, err
	}
	flags, ldflags, err := r.flags(ctx)
	if err != nil {
		return nil, err
	}
	obj := r.dir + string(filepath.Separator)
	args := append([]string{"-objdir", obj, "-importpath", "main", "-trimpath", r.dir + "=>/gen", "-ldflags=" + joinFlags(ldflags), "--", "-I", obj, "-I", work}, flags...)
	if err := r.run(ctx, work, r.tool("cgo"), append(args, r.file)...); err != nil {
		return nil, err
	}

	c := &Cgo{}
	cc := strings.Fields(r.b.tools.CC)
	compile := append(append(append(cc[1:len(cc):len(cc)], cgoFlags...), flags...), "-I", obj, "-I", work, "-ffile-prefix-map="+r.dir+"=/gen")
	for _, name := range []string{"_cgo_export", "cell.cgo2", "_cgo_main"} {
		object := filepath.Join(r.dir, name+".o")
		args := append(compile[:len(compile):len(compile)], "-c", "-o", object, filepath.Join(r.dir, name+".c"))
		if err := r.run(ctx, work, cc[0], args...); err != nil {
			return nil, err
		}
		c.objects = append(c.objects, object)
	}
	// A program of all objects shows what they need from shared libraries.
	program := filepath.Join(r.dir, "_cgo_.o")
	args = append(append(append(cc[1:len(cc):len(cc)], "-o", program), c.objects...), ldflags...)
	if err := r.run(ctx, work, cc[0], args...); err != nil {
		return nil, err
	}
	imports := filepath.Join(r.dir, "_cgo_import.go")
	if err := r.run(ctx, work, r.tool("cgo"), "-dynpackage", "main", "-dynimport", program, "-dynout", imports); err != nil {
		return nil, err
	}
	c.objects = c.objects[:2] // without _cgo_main
	return c, r.collect(c)
}

// flags returns the compiler's and linker's flags that the source's #cgo lines and the environment ask for.
func (r *cgoRun) flags(ctx context.Context) (cflags, ldflags []string, err error) {
	gc := gobuild.Default
	gc.GOROOT, gc.GOOS, gc.GOARCH, gc.CgoEnabled = r.b.tools.Root, r.b.tools.OS, r.b.tools.Arch, true
	p, err := gc.ImportDir(r.dir, 0)
	if err != nil {
		return nil, nil, &CompileError{Output: r.rename(err.Error())}
	}
	env := r.b.tools.env(r.b.opts.Env)
	cflags = append(strings.Fields(lookup(env, "CGO_CFLAGS")), append(p.CgoCPPFLAGS, p.CgoCFLAGS...)...)
	ldflags = append(strings.Fields(lookup(env, "CGO_LDFLAGS")), p.CgoLDFLAGS...)
	if len(p.CgoPkgConfig) == 0 {
		return cflags, ldflags, nil
	}
	for _, part := range []struct {
		flag string
		to   *[]string
	}{{"--cflags", &cflags}, {"--libs", &ldflags}} {
		cmd := exec.CommandContext(ctx, "pkg-config", append([]string{part.flag, "--"}, p.CgoPkgConfig...)...)
		cmd.Env = env
		out, err := run(cmd, "pkg-config "+strings.Join(p.CgoPkgConfig, " "))
		if errors.Is(err, exec.ErrNotFound) {
			return nil, nil, fmt.Errorf("#cgo line: expected the program pkg-config, which a #cgo pkg-config line needs. Got none. Install it (Debian and Ubuntu: apt install pkg-config)")
		}
		if err != nil {
			return nil, nil, &CompileError{Output: err.Error()}
		}
		*part.to = append(*part.to, strings.Fields(string(out))...)
	}
	return cflags, ldflags, nil
}

// collect reads what the tools made.
func (r *cgoRun) collect(c *Cgo) error {
	h := newHasher("cgo 1")
	for _, f := range []struct {
		name string
		to   *[]byte
	}{{"cell.cgo1.go", &c.GoSource}, {"_cgo_gotypes.go", &c.TypesSource}, {"_cgo_import.go", &c.importSource}} {
		data, err := os.ReadFile(filepath.Join(r.dir, f.name))
		if err != nil {
			return err
		}
		*f.to = data
		h.text(string(data))
	}
	for _, object := range c.objects {
		data, err := os.ReadFile(object)
		if err != nil {
			return err
		}
		h.text(string(data))
	}
	c.Hash = h.sum()
	return nil
}

func (r *cgoRun) tool(name string) string { return filepath.Join(r.b.tools.Tools, name) }

// run runs one program; its messages name the source as the user knows it.
func (r *cgoRun) run(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(r.b.tools.env(r.b.opts.Env), "TERM=dumb", "TMPDIR="+r.dir, "CGO_LDFLAGS=") // flags has them
	err := runCompiler(ctx, cmd, program)
	var refused *CompileError
	if errors.As(err, &refused) {
		refused.Output = r.rename(refused.Output)
	}
	return err
}

// rename makes messages speak of the cell and not of files that the user has never seen.
func (r *cgoRun) rename(text string) string {
	return strings.NewReplacer(r.file, r.shown, "/gen/cell.go", r.shown, r.dir, "/gen").Replace(text)
}
