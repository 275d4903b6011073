package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// archive is one package's compiled form in the folder of archives.
type archive struct {
	// File is its name there; the go command derived it from the content, so that it also identifies the content.
	File string
	// Imports are the packages it imports, known only for packages beyond the base set.
	Imports []string `json:",omitempty"`
	// Local says, of a package in a folder that its user may edit, from what it was built.
	Local *local `json:",omitempty"`
	// Size is the file's length.
	Size int64
	// C says where the C code of a package beyond the base set is; nil where it has none.
	C *sharedC `json:",omitempty"`
}

// archives knows the compiled packages that cells can import. The files are hard links to those in the go command's
// cache, which forgets a file that no go command has asked for in five days.
type archives struct {
	dir  string
	base map[string]archive // the base set
	more map[string]archive // packages of the session's modules beyond it
}

func newArchives(dir string, m *manifest) *archives {
	return &archives{dir: dir, base: m.Packages, more: map[string]archive{}}
}

func (as *archives) find(path string) (archive, bool) {
	a, ok := as.base[path]
	if !ok {
		a, ok = as.more[path]
	}
	return a, ok
}

// listFormat makes go list print what listed holds. The separator occurs in no path.
const listFormat = "{{if .Export}}{{.ImportPath}}\t{{.Name}}\t{{.Export}}\t{{with .Module}}{{.Path}}\t{{.Version}}{{with .Replace}} => {{.Path}} {{.Version}}{{end}}{{else}}\t{{end}}" +
	"\t{{join .Imports \" \"}}\t{{.Dir}}\t{{join .EmbedFiles \"|\"}}{{end}}"

// listFlags make go list build the archives of packages and everything they import, as plugins need them.
var listFlags = []string{"list", "-deps", "-export", "-buildmode=plugin", "-trimpath", "-f", listFormat}

type listed struct {
	path, name, export, module, version string
	imports                             []string
	dir                                 string
	embeds                              []string
}

func parseList(out []byte) (list []listed) {
	for line := range strings.Lines(string(out)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 8 {
			embeds := strings.FieldsFunc(f[7], func(r rune) bool { return r == '|' })
			list = append(list, listed{f[0], f[1], f[2], f[3], strings.TrimSpace(f[4]), strings.Fields(f[5]), f[6], embeds})
		}
	}
	return list
}

// keepArchive puts an archive of the go command's cache into dir.
func keepArchive(dir, export string) (archive, error) {
	a := archive{File: filepath.Base(export)}
	info, err := os.Stat(export)
	if err != nil {
		return a, err
	}
	a.Size = info.Size()
	kept := filepath.Join(dir, a.File)
	if isFile(kept) && !sizeIs(kept, a.Size) { // damaged
		if err := os.Remove(kept); err != nil {
			return a, err
		}
	}
	return a, linkOrCopy(export, kept)
}

// Need makes the packages and everything they import known to Compile and Export. For packages of the base set, and
// those asked for before, it runs no command. An error is the go command's, such as a package that no module provides.
func (b *Builder) Need(ctx context.Context, paths ...string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.prepare(ctx, func(string) {}); err != nil {
		return err
	}
	extra := b.beyondBase(paths)
	if len(extra) == 0 {
		return nil
	}
	if err := b.loadExtra(); err != nil {
		return err
	}
	if err := b.renewLocal(ctx, extra); err != nil {
		return fmt.Errorf("find package %s: %w", strings.Join(extra, ", "), err)
	}
	missing := b.missing(extra)
	if len(missing) == 0 {
		return nil
	}
	if err := b.listExtra(ctx, missing); err != nil {
		return fmt.Errorf("find package %s: %w", strings.Join(missing, ", "), err)
	}
	if missing = b.missing(missing); len(missing) > 0 {
		return fmt.Errorf("find package %s: the go command knows no archive for it", strings.Join(missing, ", "))
	}
	return nil
}

// needAgain is Need for packages that the worker has loaded for earlier cells. Where the go command
// does not find them any more, as in a module that has just been broken, they are what was loaded.
func (b *Builder) needAgain(ctx context.Context, paths []string) error {
	err := b.Need(ctx, paths...)
	if err == nil || ctx.Err() != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, path := range b.beyondBase(paths) {
		if _, ok := b.loaded[path]; !ok {
			return err
		}
	}
	for path, a := range b.loaded {
		if _, known := b.archives.more[path]; !known {
			b.archives.more[path] = a
		}
	}
	if len(b.missing(b.beyondBase(paths))) > 0 {
		return err
	}
	return nil
}

// beyondBase returns the packages that are neither in the base set nor cells.
func (b *Builder) beyondBase(paths []string) (list []string) {
	for _, p := range paths {
		_, isCell := b.cells[p]
		_, inBase := b.archives.base[p]
		if !isCell && !inBase && p != "unsafe" && p != "C" {
			list = append(list, p)
		}
	}
	return list
}

// missing returns those of packages beyond the base set that have no known archive.
func (b *Builder) missing(paths []string) (list []string) {
	for _, p := range paths {
		if _, ok := b.archives.more[p]; !ok {
			list = append(list, p)
		}
	}
	return list
}

// extraFile is where the packages beyond the base set are kept for a state of the session's module.
func (b *Builder) extraFile() string { return filepath.Join(b.base.dir, "extra", b.extra+".json") }

// loadExtra takes over what any session has found out about the present state of the module.
func (b *Builder) loadExtra() error {
	state, err := b.module.state()
	if err != nil {
		return err
	}
	if key := state.key(b.opts.CacheDir); key != b.extra {
		b.extra, b.archives.more, b.names = key, map[string]archive{}, nil
	}
	data, err := os.ReadFile(b.extraFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	more := map[string]archive{}
	if json.Unmarshal(data, &more) != nil {
		return nil // damaged; the go command is asked again
	}
	for path, a := range more {
		// What another session has found out about a folder may be older than what this one knows.
		if _, known := b.archives.more[path]; !known && sizeIs(filepath.Join(b.archives.dir, a.File), a.Size) && a.C.intact(b.archives.dir) {
			b.archives.more[path] = a
		}
	}
	return nil
}

// listExtra asks the go command to build packages in the session's module, and keeps what it says.
func (b *Builder) listExtra(ctx context.Context, paths []string) error {
	begun := time.Now()
	before, err := b.module.state()
	if err != nil {
		return err
	}
	if err := checkProvided(before, paths); err != nil {
		return err
	}
	args := slices.Concat(listFlags, []string{"--"}, paths)
	told := tellBuilding(ctx, before, paths)
	out, err := runTelling(b.tools.command(ctx, b.opts.Env, b.module.dir, args...), "go list", teller(ctx))
	told()
	if err != nil {
		return err
	}
	state, err := b.module.state() // go list may have completed go.mod and go.sum
	if err != nil {
		return err
	}
	if err := checkAdded(before, state, paths); err != nil {
		return errors.Join(err, before.write(b.module.dir))
	}
	if err := b.refuseUpgrade(before, state); err != nil {
		return err
	}
	b.extra = state.key(b.opts.CacheDir)
	for _, l := range parseList(out) {
		if _, ok := b.archives.base[l.path]; ok {
			continue
		}
		a, err := keepArchive(b.archives.dir, l.export)
		if err != nil {
			return err
		}
		a.Imports = l.imports
		a.Local = b.localOf(l, begun)
		if a.C, err = b.shareC(ctx, a); err != nil {
			return err
		}
		b.archives.more[l.path] = a
	}
	data, err := json.Marshal(b.archives.more)
	if err != nil {
		return err
	}
	return writeFile(b.extraFile(), data, 0o600)
}

// Export opens the archive of a known package or of a cell, for the type checker (importer.ForCompiler with "gc").
func (b *Builder) Export(path string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	file, err := b.archiveFile(path)
	if err != nil {
		return nil, err
	}
	if a, ok := b.archives.more[path]; ok {
		b.loaded[path] = a // the type checker will not ask again
	}
	return os.Open(file)
}

// Known says whether Export can open the package as things are, without a go command.
func (b *Builder) Known(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.prepare(context.Background(), func(string) {}) != nil || b.loadExtra() != nil {
		return false
	}
	_, ok := b.archives.find(path)
	return ok || path == "unsafe"
}

// Peek is Export for somebody who only looks, such as an editor: the package does not count as one that cells contain.
func (b *Builder) Peek(path string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	file, err := b.archiveFile(path)
	if err != nil {
		return nil, err
	}
	return os.Open(file)
}

// archiveFile returns the file of a known package or cell. The caller holds mu.
func (b *Builder) archiveFile(path string) (string, error) {
	if c, ok := b.cells[path]; ok {
		return c.object.Archive, nil
	}
	if b.archives != nil {
		if a, ok := b.archives.find(path); ok {
			return filepath.Join(b.archives.dir, a.File), nil
		}
	}
	return "", fmt.Errorf("package %s is not known: Need comes first", path)
}

// ArchiveID names the content of a known package's archive, or is "" for an unknown one.
func (b *Builder) ArchiveID(path string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.archives == nil {
		return ""
	}
	a, _ := b.archives.find(path)
	return a.File
}
