package build

import (
	"context"
	"strings"
)

// FindProject is findProject, for tests.
var FindProject = findProject

// UseTools makes the builder take compiler and linker from another folder, and returns the one it had.
func (b *Builder) UseTools(dir string) (before string) {
	before, b.tools.Tools = b.tools.Tools, dir
	return before
}

// Intact is Object.intact, for benchmarks.
func Intact(o Object) bool { return o.intact() }

// ListChanges does what a go command does that selects another version of a module on the way to a package.
func (b *Builder) ListChanges(module, old, version string) error {
	before, err := b.module.state()
	if err != nil {
		return err
	}
	after := modState{strings.Replace(before.mod, module+" "+old, module+" "+version, 1), before.sum}
	if err := after.write(b.module.dir); err != nil {
		return err
	}
	return b.refuseUpgrade(before, after)
}

// SIMDUses is simdUses, for the comparison with what the compiler says.
const SIMDUses = simdUses

// WhyNoSIMD is whyNoSIMD, for tests.
var WhyNoSIMD = whyNoSIMD

// UseGo makes the builder take another go command, and returns the one it had.
func (b *Builder) UseGo(file string) (before string) {
	before, b.tools.Go = b.tools.Go, file
	return before
}

// UseUnknownVersion makes the builder treat the toolchain as one that it does not know.
func (b *Builder) UseUnknownVersion() { b.tools.keepNames = true }

// Readable is checkReadable with a compiler from another folder, kept as that of another version.
func (b *Builder) Readable(tools, version string) error {
	t := *b.tools
	t.Tools, t.Version = tools, version
	return t.checkReadable(context.Background())
}
