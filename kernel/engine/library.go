package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/program"
)

// library gives the program access to the builder's packages.
type library struct{ b *build.Builder }

func (l library) Need(path string) error                    { return l.b.Need(context.Background(), path) }
func (l library) Allowed(path string) error                 { return l.b.Allowed(path) }
func (l library) Export(path string) (io.ReadCloser, error) { return l.b.Export(path) }
func (l library) ArchiveID(path string) string              { return l.b.ArchiveID(path) }
func (l library) EmbedHash(lines string) (string, error)    { return l.b.EmbedHash(lines) }
func (l library) Linked(path string) bool                   { return l.b.Linked(path) }
func (l library) Watched(path string) bool                  { return l.b.Watched(path) }
func (l library) Named(name string) []string                { return l.b.PackagesNamed(name) }
func (l library) Below(path string) []string                { return l.b.PackagesBelow(path) }

// tellingLibrary is the library for a cell that waits for its packages: it says what takes its
// time.
type tellingLibrary struct {
	library
	say func(string)
}

func (l tellingLibrary) Need(path string) error {
	return l.b.Need(build.Telling(context.Background(), l.say), path)
}

// loadedLibrary is the library for one cell that is planned before its turn: it refuses packages
// that the worker does not have yet, and notes that it did.
type loadedLibrary struct {
	library
	refused bool
}

func (l *loadedLibrary) Need(path string) error {
	if path != "unsafe" && !l.b.Linked(path) && !l.b.Loaded(path) {
		l.refused = true
		return fmt.Errorf("package %s is not loaded yet", path)
	}
	return l.library.Need(path)
}

// unit is a planned package as the builder wants it.
func unit(p *program.Plan, cgo *build.Cgo) build.Unit {
	return build.Unit{Path: p.Package.Path, Source: p.Source, Imports: p.Imports, Embeds: p.Embeds, Cgo: cgo,
		FunctionName: program.FunctionName, TypeName: program.TypeName, HiddenMethod: program.HiddenMethod}
}
