package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Standing is what the session's modules are at one moment, and what is known because of them. A
// change that turns out to be none that cells can be built with is taken back to it.
type Standing struct {
	state          modState
	base           *base
	archives       *archives
	more           map[string]archive
	names          *names
	cells          map[string]*compiled
	extra          string
	loaded         map[string]archive
	epoch          string
	project        *project
	overlay, flags []string
	cellFlags      []string
}

// Standing returns what the session's modules are now.
func (b *Builder) Standing() (*Standing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, err := b.module.state()
	if err != nil {
		return nil, err
	}
	st := &Standing{state: state, base: b.base, archives: b.archives, names: b.names, cells: maps.Clone(b.cells), extra: b.extra,
		loaded: maps.Clone(b.loaded), epoch: b.epoch, project: b.project,
		overlay: b.tools.overlay, flags: b.tools.flags, cellFlags: b.cellFlags}
	if b.archives != nil {
		st.more = maps.Clone(b.archives.more)
	}
	return st, nil
}

// restore takes everything back to st.
func (b *Builder) restore(st *Standing) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.base, b.archives, b.names, b.cells, b.extra = st.base, st.archives, st.names, st.cells, st.extra
	b.loaded, b.epoch, b.project = st.loaded, st.epoch, st.project
	b.tools.overlay, b.tools.flags, b.cellFlags = st.overlay, st.flags, st.cellFlags
	if b.archives != nil {
		b.archives.more = st.more
	}
	return st.state.write(b.module.dir)
}

// Attempt changes the session's modules or flags, which is what f does, and builds the worker that
// they need then. After an error everything is as it was before, and the worker that runs can go
// on.
func (b *Builder) Attempt(ctx context.Context, progress func(string), f func() error) error {
	before, err := b.Standing()
	if err != nil {
		return err
	}
	return b.Settle(ctx, progress, before, f())
}

// Settle ends a change that has begun at before: it builds the worker that is needed now. If that
// fails, or err says that the change has failed, everything is taken back.
func (b *Builder) Settle(ctx context.Context, progress func(string), before *Standing, err error) error {
	if err == nil {
		if failed := b.Prepare(ctx, progress); failed != nil {
			err = b.blame(before, failed)
		}
	}
	if err == nil {
		return nil
	}
	if failed := b.restore(before); failed != nil {
		return fmt.Errorf("%w; and the session's go.mod could not be restored: %w", err, failed)
	}
	return err
}

// blame says what of the session's modules a worker could not be built with.
func (b *Builder) blame(before *Standing, failed error) error {
	now, err := b.module.state()
	if err != nil {
		return failed
	}
	why := "Cells run in a worker, which contains GoMLX and what that needs, and the worker cannot be built so"
	const most = 6
	lines := newLines(before.state.mod, now.mod)
	if len(lines) > most {
		lines = append(lines[:most], "...")
	}
	if len(lines) == 0 {
		return fmt.Errorf("%w\n%s. The session's modules are again what they were", failed, why)
	}
	return fmt.Errorf("%w\n%s. The session's modules are again what they were, without\n\t%s", failed, why, strings.Join(lines, "\n\t"))
}

// newLines lists the lines of a go.mod that another does not have, comments apart.
func newLines(before, now string) (lines []string) {
	clean := func(line string) string {
		line, _, _ = strings.Cut(line, "//")
		return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "require "))
	}
	known := map[string]bool{"": true, ")": true}
	for line := range strings.Lines(before) {
		known[clean(line)] = true
	}
	for line := range strings.Lines(now) {
		if line = clean(line); !known[line] && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// Bring adds the module that provides a package, as Get does with path or path@version, and builds
// it: when it returns, all is there that importing it needs, also where that is another worker.
func (b *Builder) Bring(ctx context.Context, path string, progress func(string)) error {
	if err := b.Get(ctx, path, progress); err != nil {
		return err
	}
	if err := b.Prepare(ctx, progress); err != nil {
		return err
	}
	path, _, _ = strings.Cut(path, "@")
	return b.Need(Telling(ctx, progress), path)
}

// KeepOwn puts back what a go command of the user's has taken out of the session's go.mod although
// the worker is built with it, as go mod tidy does, which knows only what the session imports. It
// returns the lines.
func (b *Builder) KeepOwn(before *Standing) (kept []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, err := b.module.state()
	if err != nil || now.mod == before.state.mod {
		return nil, err
	}
	own, err1 := modfile.Parse("go.mod", []byte(b.module.initial.mod), nil)
	old, err2 := modfile.Parse("go.mod", []byte(before.state.mod), nil)
	f, err3 := modfile.Parse("go.mod", []byte(now.mod), nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, r := range own.Require {
		ours[r.Mod.Path] = true
	}
	has := map[string]bool{}
	for _, r := range f.Require {
		has[r.Mod.Path] = true
	}
	if has[self] { // a command that takes single modules out means it
		return nil, nil
	}
	for _, r := range old.Require {
		if !has[r.Mod.Path] {
			f.AddNewRequire(r.Mod.Path, r.Mod.Version, r.Indirect)
			kept = append(kept, r.Mod.String())
		}
	}
	for _, r := range old.Replace {
		if ours[r.Old.Path] {
			err = errors.Join(err, f.AddReplace(r.Old.Path, r.Old.Version, r.New.Path, r.New.Version))
		}
	}
	f.Cleanup()
	mod, formatErr := f.Format()
	if err := errors.Join(err, formatErr); err != nil {
		return nil, err
	}
	sum := now.sum
	for line := range strings.Lines(before.state.sum) {
		if !strings.Contains(sum, line) {
			sum += line
		}
	}
	return kept, modState{string(mod), sum}.write(b.module.dir)
}
