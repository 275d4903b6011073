package build

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// simdUses is what GoMLX's code for vector instructions asks of the library simd/archsimd, which is
// an experiment of Go and has changed between versions. Where this does not compile, that does not.
const simdUses = `package uses

import "simd/archsimd"

func bytes(a *[16]uint16) (lo, hi archsimd.Float32x8) {
	v := archsimd.LoadUint16x16(a)
	l, h := v.GetLo().ExtendToUint32().ShiftAllLeft(16), v.GetHi().ExtendToUint32().ShiftAllLeft(16)
	return l.AsFloat32x8(), h.AsFloat32x8()
}

func numbers(to, from *[8]float32, wide *[16]float32, long *[8]float64) {
	zero, x := archsimd.BroadcastFloat32x8(0), archsimd.LoadFloat32x8(from)
	x = x.Add(zero).Max(x).Sqrt().Merge(x, x.NotEqual(zero))
	x.MulAdd(x, x).Store(to)
	archsimd.LoadFloat32x16(wide).Add(archsimd.BroadcastFloat32x16(1)).Store(wide)
	archsimd.LoadFloat64x8(long).Add(archsimd.BroadcastFloat64x8(1)).Store(long)
	archsimd.ClearAVXUpperBits()
}

var has = archsimd.X86.AVX2() && archsimd.X86.AVX512()
`

// whyNoSIMD says why GoMLX cannot be compiled with Go's simd experiment by the toolchain in goroot;
// empty if it can. It asks the sources that come with the toolchain and runs nothing.
func whyNoSIMD(goroot, goos string) string {
	const library = "simd/archsimd"
	dir := filepath.Join(goroot, "src", filepath.FromSlash(library))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "it has no package " + library
	}
	context := gobuild.Default
	context.GOOS, context.GOARCH = goos, "amd64"
	context.ToolTags = append([]string{"goexperiment.simd"}, context.ToolTags...)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if ok, err := context.MatchFile(dir, e.Name()); err != nil || !ok || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		// A file that this parser does not understand is read as far as it does.
		if f, _ := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution); f != nil {
			files = append(files, f)
		}
	}
	ignore := types.Config{Importer: noPackages{}, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {},
		Sizes: types.SizesFor("gc", "amd64")}
	lib, _ := ignore.Check(library, fset, files, nil) // what it imports is missing, which matters to bodies alone
	uses, err := parser.ParseFile(fset, "uses.go", simdUses, parser.SkipObjectResolution)
	if err != nil {
		return err.Error()
	}
	strict := types.Config{Importer: onlyPackage{lib}}
	if _, err := strict.Check("uses", fset, []*ast.File{uses}, nil); err != nil {
		var mistake types.Error
		if errors.As(err, &mistake) {
			return fmt.Sprintf("its package %s is not the one that GoMLX is written for: %s", library, mistake.Msg)
		}
		return err.Error()
	}
	return ""
}

// noPackages imports an empty package for every path.
type noPackages struct{}

// Import implements types.Importer.
func (noPackages) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	p.MarkComplete()
	return p, nil
}

// onlyPackage imports one package, whatever is asked for.
type onlyPackage struct{ p *types.Package }

// Import implements types.Importer.
func (o onlyPackage) Import(string) (*types.Package, error) { return o.p, nil }

// refusedSource is a line of a compiler about a place in a file.
var refusedSource = regexp.MustCompile(`(?m)\.go:\d+(:\d+)?: (.*)$`)

// buildWithoutSIMD builds the base set again without vector instructions, if what failed can be
// their fault: whyNoSIMD looks at a part of the library only. If the cause is another one, the
// first failure is the result. The caller holds mu.
func (b *Builder) buildWithoutSIMD(ctx context.Context, failed error, progress func(string)) (*manifest, error) {
	var ce *commandError
	if ctx.Err() != nil || b.tools.experiment() == "" || !errors.As(failed, &ce) {
		return nil, failed
	}
	refused := refusedSource.FindStringSubmatch(ce.output)
	if refused == nil {
		return nil, failed
	}
	progress("The compiler refused a package; trying without vector instructions ...")
	before, state := b.tools.NoSIMD, b.base.state
	b.tools.NoSIMD = "a package of the worker does not compile with them: " + refused[2]
	b.setBase(newBase(b.opts.CacheDir, b.tools, b.source, state))
	m, err := b.base.load()
	if err != nil {
		m, err = b.buildBase(ctx, progress)
	}
	if err != nil {
		b.tools.NoSIMD = before
		b.setBase(newBase(b.opts.CacheDir, b.tools, b.source, state))
		return nil, failed
	}
	// With modules of the session's own the fault may be theirs, and another session's worker be
	// fine.
	if state == b.module.initial {
		if err := b.tools.save(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Limits says in sentences what the toolchain in use cannot give to cells that others can.
func (b *Builder) Limits() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tools.NoSIMD != "" {
		all = append(all, fmt.Sprintf("no vector instructions in GoMLX's Go backend: %s is used without the simd experiment, since %s",
			b.tools.Version, b.tools.NoSIMD))
	}
	if b.tools.keepNames {
		all = append(all, fmt.Sprintf("%%T, reflection and stack traces show the names that cells are compiled under: %s may lay out "+
			"its files in another way than the versions of Go that this gonbml knows", b.tools.Version))
	}
	return all
}
