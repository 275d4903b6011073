package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// project is the user's own module, or the modules of a go.work, in whose folders the notebook lies. The session's module
// requires these modules from where they are, and takes over their replace directives, which Go heeds in a main module only.
type project struct {
	file    string   // its go.mod or go.work
	watched []string // the files that decide what it means, whether they exist or not
	stamp   string   // identifies their content as it was when they were read

	modules  []modpath.Version // the user's modules, with versions for the session's go.mod
	dirs     []string          // their folders
	trees    []string          // the paths of the user's modules, those that the session does without included
	replaces []*modfile.Replace
	requires []modpath.Version // what they require: the go command reads only as much of their go.mod as it thinks it needs
	excludes []modpath.Version
	sums     []string
	vendored []vendored

	raised map[string][2]string // by enter: the version of a requirement before, or "", and since
}

// stampOf identifies the present state of files.
func stampOf(files []string) string {
	h := newHasher("project 1")
	for _, f := range files {
		h.file(f)
	}
	return h.sum()
}

// findProject returns the go.work or go.mod that go commands in dir would use, or "". Unlike those it does not look above
// the root of a repository or the home folder, nor in folders where everybody may put files.
func findProject(dir string, env []string) string {
	home := lookup(env, "HOME")
	work := lookup(env, "GOWORK")
	if work != "" && work != "off" {
		return work
	}
	mod := ""
	for first := true; ; first = false {
		info, err := os.Stat(dir)
		if err != nil || !first && info.Mode().Perm()&0o002 != 0 {
			return mod
		}
		if file := filepath.Join(dir, "go.work"); work != "off" && isFile(file) {
			return file
		}
		if file := filepath.Join(dir, "go.mod"); mod == "" && isFile(file) {
			mod = file
		}
		_, err = os.Stat(filepath.Join(dir, ".git"))
		parent := filepath.Dir(dir)
		if err == nil || dir == home || parent == dir {
			return mod
		}
		dir = parent
	}
}

// readProject reads a go.work or go.mod and what belongs to it, but for the modules of the paths in
// without. goVersion is the toolchain's.
func readProject(file string, without []string, goVersion string) (*project, error) {
	p := &project{file: file}
	root := filepath.Dir(file)
	p.watched = []string{file}
	var mods []string
	if filepath.Base(file) == "go.mod" {
		mods = []string{file}
	} else {
		p.watched = append(p.watched, strings.TrimSuffix(file, ".work")+".work.sum")
		data, err := os.ReadFile(file)
		if err != nil {
			return p, err
		}
		f, err := modfile.ParseWork(file, data, nil)
		if err != nil {
			return p, err
		}
		for _, u := range f.Use {
			mods = append(mods, filepath.Join(absolute(root, u.Path), "go.mod"))
		}
		p.addReplaces(root, f.Replace)
	}
	for _, mod := range mods {
		p.watched = append(p.watched, mod, strings.TrimSuffix(mod, ".mod")+".sum", filepath.Join(filepath.Dir(mod), "vendor/modules.txt"))
	}
	p.stamp = stampOf(p.watched)
	for _, mod := range mods {
		data, err := os.ReadFile(mod)
		if err != nil {
			return p, err
		}
		f, err := modfile.Parse(mod, data, nil)
		if err != nil {
			return p, err
		}
		if f.Module == nil {
			return p, fmt.Errorf("%s: expected a module line. Got none", mod)
		}
		if f.Go != nil && version.Compare("go"+f.Go.Version, strings.Fields(goVersion)[0]) > 0 {
			return p, fmt.Errorf("%s:%d: the module needs go >= %s. The session runs %s", mod, f.Go.Syntax.Start.Line, f.Go.Version, goVersion)
		}
		p.trees = append(p.trees, f.Module.Mod.Path)
		if f.Module.Mod.Path == self || slices.Contains(without, f.Module.Mod.Path) {
			continue // a notebook in gonbml's own repository uses what this gonbml contains
		}
		p.modules = append(p.modules, modpath.Version{Path: f.Module.Mod.Path, Version: someVersion(f.Module.Mod.Path)})
		p.dirs = append(p.dirs, filepath.Dir(mod))
		p.addReplaces(filepath.Dir(mod), f.Replace)
		vendor, err := readVendor(filepath.Dir(mod))
		if err != nil {
			return p, err
		}
		p.vendored = append(p.vendored, vendor...)
		for _, r := range f.Require {
			p.requires = append(p.requires, r.Mod)
		}
		for _, x := range f.Exclude {
			p.excludes = append(p.excludes, x.Mod)
		}
	}
	for _, name := range p.watched {
		if strings.HasSuffix(name, ".sum") {
			sums, err := readLines(name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return p, err
			}
			p.sums = append(p.sums, sums...)
		}
	}
	return p, nil
}

// addReplaces takes over replace directives of a file in the folder root; those that came first win.
func (p *project) addReplaces(root string, list []*modfile.Replace) {
	for _, r := range list {
		known := slices.ContainsFunc(p.replaces, func(o *modfile.Replace) bool { return o.Old == r.Old })
		if known || r.Old.Path == self {
			continue
		}
		c := *r
		if c.New.Version == "" {
			c.New.Path = absolute(root, c.New.Path)
		}
		p.replaces = append(p.replaces, &c)
	}
}

// absolute is the folder that a path in a file of the folder root means.
func absolute(root, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(root, filepath.FromSlash(path))
}

// someVersion is a version that a module of that path can have; a replacement by a folder makes it meaningless.
func someVersion(path string) string {
	_, major, ok := modpath.SplitPathVersion(path)
	if major = strings.TrimLeft(major, "/."); !ok || major == "" {
		return "v0.0.0"
	}
	return strings.TrimSuffix(major, "-unstable") + ".0.0"
}

func readLines(name string) (lines []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines, s.Err()
}

// leave takes a project out of the session's go.mod.
func (p *project) leave(f *modfile.File) error {
	var errs []error
	for _, r := range f.Require {
		switch v, ok := p.raised[r.Mod.Path]; {
		case !ok || v[1] != r.Mod.Version:
		case v[0] == "":
			errs = append(errs, f.DropRequire(r.Mod.Path))
		default:
			errs = append(errs, f.AddRequire(r.Mod.Path, v[0]))
		}
	}
	for _, m := range p.modules {
		errs = append(errs, f.DropRequire(m.Path), f.DropReplace(m.Path, ""))
	}
	for _, r := range p.replaces {
		errs = append(errs, f.DropReplace(r.Old.Path, r.Old.Version))
	}
	for _, x := range p.excludes {
		errs = append(errs, f.DropExclude(x.Path, x.Version))
	}
	return errors.Join(errs...)
}

// enter puts a project into the session's go.mod. It returns the go.mod files to pretend for vendored modules.
func (p *project) enter(f *modfile.File) (pretend map[string]string, err error) {
	var errs []error
	own := map[string]string{}
	for _, r := range f.Require {
		own[r.Mod.Path] = r.Mod.Version
	}
	pretend = p.enterVendored(own)
	for _, r := range p.replaces {
		errs = append(errs, f.AddReplace(r.Old.Path, r.Old.Version, r.New.Path, r.New.Version))
	}
	p.raised = map[string][2]string{}
	for _, m := range p.requires {
		if m.Path != self && semver.Compare(m.Version, own[m.Path]) > 0 {
			if _, again := p.raised[m.Path]; !again {
				p.raised[m.Path] = [2]string{own[m.Path], m.Version}
			} else {
				p.raised[m.Path] = [2]string{p.raised[m.Path][0], m.Version}
			}
			own[m.Path] = m.Version
			errs = append(errs, f.AddRequire(m.Path, m.Version))
		}
	}
	for i, m := range p.modules {
		errs = append(errs, f.AddRequire(m.Path, m.Version), f.AddReplace(m.Path, "", p.dirs[i], ""))
	}
	for _, x := range p.excludes {
		errs = append(errs, f.AddExclude(x.Path, x.Version))
	}
	return pretend, errors.Join(errs...)
}

// Attached is what Attach found.
type Attached struct {
	// File is the user's go.mod or go.work if it is new, or has changed, and the session goes by it
	// now.
	File string
	// Left lists those of its modules that the worker contains itself, in a version of its own, and
	// that the session therefore does not take from their folders.
	Left []string
	// Why says, of a go.work, why they could not be taken; nil where that was not tried.
	Why error
}

// Attach brings the session's module up to date with the user's own go.mod or go.work, beside or
// above Options.WorkDir, and returns what it found if that is new. Salt changes if the user's
// module selects another version of something that the worker contains; that worker is built then.
// After an error the session goes on without the user's module until its files change. It needs
// Prepare first, and takes microseconds when nothing has changed.
func (b *Builder) Attach(ctx context.Context, progress func(string)) (found Attached, err error) {
	file := findProject(b.opts.WorkDir, append(os.Environ(), b.opts.Env...))
	b.mu.Lock()
	old := b.project
	b.mu.Unlock()
	if old == nil && file == "" || old != nil && old.file == file && old.stamp == stampOf(old.watched) {
		return found, nil
	}
	before, err := b.Standing()
	if err != nil {
		return found, err
	}
	next := &project{}
	if file != "" {
		next, err = readProject(file, nil, b.tools.Version)
	}
	own := b.contained(next)
	if err == nil && len(own) > 0 && filepath.Base(file) == "go.mod" {
		// The notebook lies in a clone of something that the worker is made of. To take that from
		// the clone would mean another worker for every state of its files, if one could be built
		// at all.
		found.Left = own
		next, err = readProject(file, own, b.tools.Version)
	}
	if err == nil {
		err = b.enterProject(ctx, progress, before, next)
	}
	if err != nil && ctx.Err() == nil && len(own) > 0 && found.Left == nil {
		again, readErr := readProject(file, own, b.tools.Version)
		if readErr == nil && b.enterProject(ctx, progress, before, again) == nil {
			found.Left, found.Why, err = own, err, nil
		}
	}
	if err == nil {
		found.File = file
		return found, nil
	}
	if leaveErr := b.leaveProject(before, next); leaveErr != nil {
		err = fmt.Errorf("%w; and the session's go.mod could not be restored: %w", err, leaveErr)
	}
	return Attached{}, explainGet(file, err)
}

// contained lists the modules of a project that the worker contains.
func (b *Builder) contained(p *project) (paths []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.base.load()
	if err != nil {
		return nil
	}
	for _, mod := range p.modules {
		if m.Modules[mod.Path] != "" {
			paths = append(paths, mod.Path)
		}
	}
	return paths
}

// enterProject puts a project in the place of the one before, with the worker that it needs.
func (b *Builder) enterProject(ctx context.Context, progress func(string), before *Standing, next *project) error {
	b.mu.Lock()
	err := b.exchange(before.state, before.project, next)
	b.project = next
	b.mu.Unlock()
	if err == nil {
		err = b.modulesChanged(ctx, true)
	}
	return b.Settle(ctx, progress, before, err)
}

// leaveProject makes the session do without the modules of its project. The versions that it has
// raised stay, since the worker was built with them.
func (b *Builder) leaveProject(before *Standing, failed *project) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	rest := &project{trees: failed.trees, file: failed.file, watched: failed.watched, stamp: failed.stamp}
	if rest.stamp == "" {
		rest.stamp = stampOf(rest.watched)
	}
	b.project = rest
	old := before.project
	if old == nil {
		return before.state.write(b.module.dir)
	}
	rest.raised, rest.replaces, rest.excludes = old.raised, old.replaces, old.excludes
	return b.exchange(before.state, &project{modules: old.modules}, &project{})
}

// exchange writes the session's go.mod and go.sum with one project in place of another.
func (b *Builder) exchange(state modState, old, next *project) error {
	f, err := modfile.Parse("go.mod", []byte(state.mod), nil)
	if err != nil {
		return err
	}
	if old != nil {
		if err := old.leave(f); err != nil {
			return err
		}
	}
	pretend, err := next.enter(f)
	if err != nil {
		return err
	}
	if b.tools.overlay, err = b.module.overlay(pretend); err != nil {
		return err
	}
	f.Cleanup()
	mod, err := f.Format()
	if err != nil {
		return err
	}
	sum := state.sum
	for _, line := range next.sums {
		if !strings.Contains(sum, line) {
			sum = strings.TrimSuffix(sum, "\n") + "\n" + line + "\n"
		}
	}
	return modState{string(mod), sum}.write(b.module.dir)
}
