package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/modfile"
)

// This file keeps packages beyond the base set from meeting another version of themselves: a worker that has loaded one
// version can never load another, and where the two differ in function bodies only, nobody would notice.

// cellImports returns what the cells among the imports import, on all levels, without cells. The caller holds mu.
func (b *Builder) cellImports(imports []string) (list []string) {
	seen := map[string]bool{}
	var visit func([]string)
	visit = func(imports []string) {
		for _, p := range imports {
			c, ok := b.cells[p]
			if !ok || seen[p] {
				continue
			}
			seen[p] = true
			for _, q := range c.imports {
				if _, isCell := b.cells[q]; !isCell {
					list = append(list, q)
				}
			}
			visit(c.imports)
		}
	}
	visit(imports)
	return list
}

// extraFiles returns the packages beyond the base set that the imports lead to, through cells too, with the names of
// their archives. The caller holds mu.
func (b *Builder) extraFiles(imports []string) map[string]string {
	files := map[string]string{}
	queue := append(b.cellImports(imports), imports...)
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if a, ok := b.extraArchive(p); ok && files[p] == "" {
			files[p] = a.File
			queue = append(queue, a.Imports...)
		}
	}
	return files
}

// extraArchive returns a package beyond the base set as it is known for the session's modules, else
// as a cell has loaded it: whatever completes go.mod makes all be forgotten that was known for it
// before. The caller holds mu.
func (b *Builder) extraArchive(path string) (archive, bool) {
	a, ok := b.archives.more[path]
	if !ok {
		a, ok = b.loaded[path]
	}
	return a, ok
}

// checkLoaded returns an error if the imports lead to a package of which the worker has another version. The caller
// holds mu.
func (b *Builder) checkLoaded(imports []string) error {
	for path, file := range b.extraFiles(imports) {
		if old, ok := b.loaded[path]; ok && old.File != file {
			return fmt.Errorf("package %s: expected the version that a cell has loaded, since a process cannot have two. Got another; start a new worker (%%reset)", path)
		}
	}
	return nil
}

// ModulesChanged takes notice of what go commands of the user did to the session's module. Salt changes if the worker
// contains, or a cell has brought into it, packages that are now others. Get and ResetModule do this themselves.
func (b *Builder) ModulesChanged(ctx context.Context) error { return b.modulesChanged(ctx, false) }

// modulesChanged is ModulesChanged. Where a package that cells have loaded is not to be had any
// more, a command of the user's has meant that, and there is another worker; with keep, the worker
// goes on with what it has loaded.
func (b *Builder) modulesChanged(ctx context.Context, keep bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, err := b.module.state()
	if err != nil {
		return err
	}
	if b.archives == nil { // no worker yet: it will be built from the present state
		if state != b.base.state {
			b.setBase(newBase(b.opts.CacheDir, b.tools, b.source, state))
		}
		return nil
	}
	if state.key(b.opts.CacheDir) == b.extra {
		return nil
	}
	salt := b.base.salt
	if err := b.compareModules(ctx, state); err != nil || b.base.salt != salt || b.archives == nil {
		return err
	}
	// Packages that cells loaded are built again, if need be, to see whether they are the same.
	if err := b.loadExtra(); err != nil {
		return err
	}
	loaded := slices.Sorted(maps.Keys(b.loaded))
	if missing := b.missing(loaded); len(missing) > 0 {
		err := b.listExtra(ctx, missing)
		if err != nil && !keep {
			b.newEpoch(b.extra) // one of them is gone
			return nil
		}
		if err != nil {
			for _, path := range missing {
				_ = b.listExtra(ctx, []string{path}) // those that are there may be others
			}
		}
	}
	for _, path := range loaded {
		if a, ok := b.archives.more[path]; ok && a.File != b.loaded[path].File {
			b.newEpoch(hashFiles(b.extraFiles(loaded)))
			return nil
		}
	}
	return nil
}

// refuseUpgrade looks at what the go command has made of go.mod on the way to a package. It adds modules that packages
// come from; but one that the worker contains it must not upgrade unseen, which Get can and tells. Then go.mod is again what
// it was. The caller holds mu.
func (b *Builder) refuseUpgrade(before, after modState) error {
	if before.mod == after.mod {
		return nil
	}
	m, err := b.base.load()
	if err != nil {
		return err
	}
	versions, now, err := requirements(before, after)
	if err != nil {
		return err
	}
	for _, r := range now.Require {
		if was := versions[r.Mod.Path]; was != r.Mod.Version && was != "" && m.Modules[r.Mod.Path] != "" {
			return errors.Join(fmt.Errorf("its module needs %s %s, and the worker contains %s", r.Mod.Path, r.Mod.Version, was), before.write(b.module.dir))
		}
	}
	return nil
}

// requirements returns the versions of what go.mod required before, by module path, and what it
// says now.
func requirements(before, after modState) (versions map[string]string, now *modfile.File, err error) {
	old, err1 := modfile.Parse("go.mod", []byte(before.mod), nil)
	now, err2 := modfile.Parse("go.mod", []byte(after.mod), nil)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, err
	}
	versions = map[string]string{}
	for _, r := range old.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions, now, nil
}

// hashFiles names a set of packages with their archives.
func hashFiles(files map[string]string) string {
	h := newHasher("files 1")
	for _, path := range slices.Sorted(maps.Keys(files)) {
		h.text(path)
		h.text(files[path])
	}
	return h.sum()
}
