package build

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// This file watches packages in folders that their user may edit: those of the user's own modules, and of modules that a
// replace directive puts into a folder. The worker would go on using what it has loaded, without a word.

// local is a package's folder and what was in it when the package was built.
type local struct {
	Dir    string
	Embeds []string `json:",omitempty"` // embedded files in folders below Dir
	Stamp  string
}

// localOf describes the folder of a listed package; nil if it is one that nobody edits. begun is when the go command
// began to look.
func (b *Builder) localOf(l listed, begun time.Time) *local {
	_, by, replaced := strings.Cut(l.version, " => ")
	if !replaced || !filepath.IsAbs(by) || strings.HasPrefix(by, b.opts.CacheDir) {
		return nil
	}
	lo := &local{Dir: l.dir}
	for _, name := range l.embeds {
		if filepath.Dir(name) != "." {
			lo.Embeds = append(lo.Embeds, name)
		}
	}
	stamp, newest := lo.look()
	if newest.Before(begun) { // else the go command may have seen the old or the new text
		lo.Stamp = stamp
	}
	return lo
}

// look identifies the files as they are now, by their names, sizes and times, and returns when the last one was changed.
func (lo *local) look() (stamp string, newest time.Time) {
	h := newHasher("local 1")
	add := func(name string, info fs.FileInfo, err error) {
		if err != nil {
			h.text(name + " none")
			return
		}
		h.text(fmt.Sprintf("%s %d %d", name, info.Size(), info.ModTime().UnixNano()))
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	entries, err := os.ReadDir(lo.Dir)
	if err != nil {
		h.text(lo.Dir + " none")
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(lo.Dir, e.Name()))
		add(e.Name(), info, err)
	}
	for _, name := range lo.Embeds {
		info, err := os.Stat(filepath.Join(lo.Dir, name))
		add(name, info, err)
	}
	return h.sum(), newest
}

// current says whether the files are still those the package was built from.
func (lo *local) current() bool {
	stamp, _ := lo.look()
	return lo.Stamp == stamp
}

// renewLocal builds the given packages again if a folder that they lead to has changed. When that fails it is tried again
// the next time. The caller holds mu and has called loadExtra.
func (b *Builder) renewLocal(ctx context.Context, paths []string) error {
	stale := false
	for path := range b.extraFiles(paths) {
		if a, _ := b.extraArchive(path); a.Local != nil && !a.Local.current() {
			stale = true
		}
	}
	if !stale {
		return nil
	}
	var again []string
	for path, a := range b.loaded {
		if _, known := b.archives.more[path]; !known {
			b.archives.more[path] = a
		}
	}
	for path := range b.archives.more {
		if b.containsLocal(path) {
			again = append(again, path)
		}
	}
	for _, path := range again { // the go command decides what must be built; those that it is not asked about now, it is later
		a := b.archives.more[path]
		outdated := local{}
		if a.Local != nil {
			outdated = *a.Local
		}
		outdated.Stamp = ""
		a.Local = &outdated
		b.archives.more[path] = a
	}
	wanted := slices.DeleteFunc(again, func(p string) bool { return !slices.Contains(paths, p) })
	slices.Sort(wanted)
	return b.listExtra(ctx, wanted)
}

// containsLocal says whether a package beyond the base set is, or imports, one in a local folder. The caller holds mu.
func (b *Builder) containsLocal(path string) bool {
	for p := range b.extraFiles([]string{path}) {
		if a, _ := b.extraArchive(p); a.Local != nil {
			return true
		}
	}
	return false
}

// Watched says whether a package that is known is, or imports, one in a local folder.
func (b *Builder) Watched(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.archives != nil && b.containsLocal(path)
}

// Loaded says whether a cell has brought the package, which is not one of the base set, into the session.
func (b *Builder) Loaded(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.loaded[path]
	return ok
}

// LocalPackages returns the packages that the session has loaded and that are, or contain, packages in local folders.
func (b *Builder) LocalPackages() (paths []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.archives == nil {
		return nil
	}
	for path := range b.loaded {
		if b.containsLocal(path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// Changed looks whether packages in local folders that the imports lead to have changed since a cell loaded them, and
// returns those that have; Salt is another one then, and a new worker is needed. It is an error if one cannot be built any more. A few
// microseconds for each package in a local folder are all it costs when nothing has changed.
func (b *Builder) Changed(ctx context.Context, imports []string) (changed []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.archives == nil {
		return nil, nil
	}
	var locals []string
	for path := range b.extraFiles(imports) {
		if b.containsLocal(path) {
			locals = append(locals, path)
		}
	}
	if len(locals) == 0 {
		return nil, nil
	}
	slices.Sort(locals)
	if err := b.renewLocal(ctx, locals); err != nil {
		return nil, fmt.Errorf("a package in a local folder has changed since a cell loaded it, and cannot be built now: %w", err)
	}
	for path, file := range b.extraFiles(imports) {
		if old, ok := b.loaded[path]; ok && old.File != file {
			changed = append(changed, path)
		}
	}
	if len(changed) > 0 {
		slices.Sort(changed)
		b.newEpoch(hashFiles(b.extraFiles(locals)))
	}
	return changed, nil
}

// replacedByFolders identifies the content of folders that replace modules of the worker, or is "" without such.
func replacedByFolders(state modState, src *source, cacheDir string) string {
	f, err := modfile.Parse("go.mod", []byte(state.mod), nil)
	if err != nil {
		return ""
	}
	own := string(src.files["go.mod"])
	var h *hasher
	for _, r := range f.Replace {
		if r.New.Version != "" || strings.HasPrefix(r.New.Path, cacheDir) || !strings.Contains(own, r.Old.Path+" v") {
			continue
		}
		if h == nil {
			one := newHasher("folders 1")
			h = &one
		}
		filepath.WalkDir(r.New.Path, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
			case d.IsDir() && path != r.New.Path && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")):
				return filepath.SkipDir
			case d.Type().IsRegular():
				h.file(path)
			}
			return nil
		})
	}
	if h == nil {
		return ""
	}
	return h.sum()
}
