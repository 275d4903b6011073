package build

import (
	"context"
	"os/exec"
	"path"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
)

// names maps package names to import paths, best guess first.
type names struct{ byName map[string][]string }

// PackagesNamed returns the import paths of packages with that name that a cell could import: of
// the standard library, of gonbml itself, of the base set and of the modules that the session
// requires. The best guess comes first, in this order, and of several the shortest path.
func (b *Builder) PackagesNamed(name string) []string { return b.allNames().byName[name] }

// PackagesBelow returns the import paths, sorted, of those packages in the folders right below a
// package's.
func (b *Builder) PackagesBelow(parent string) (below []string) {
	for _, paths := range b.allNames().byName {
		for _, p := range paths {
			if path.Dir(p) == parent {
				below = append(below, p)
			}
		}
	}
	sort.Strings(below)
	return below
}

// allNames waits for all names.
func (b *Builder) allNames() *names {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.prepare(context.Background(), func(string) {}) != nil || b.loadExtra() != nil {
		return &names{}
	}
	if b.names == nil {
		b.names = b.collectNames()
	}
	return b.names
}

// collectNames reads the manifest and asks the go command about modules that are not in it. A go command that fails is
// no error here: what it would have named is not found then. The caller holds mu.
func (b *Builder) collectNames() *names {
	m, err := b.base.load()
	if err != nil {
		return b.newNames(&manifest{}, nil)
	}
	var out []byte
	if cmd := b.namesCommand(context.Background(), m); cmd != nil {
		out, _ = run(cmd, "go list")
	}
	return b.newNames(m, out)
}

// namesCommand lists the packages of the modules that are not in the manifest, each with its name;
// nil if there are none. The go command completes what it needs of go.mod and go.sum for all these
// modules in a copy: the session's own files decide under which name packages beyond the base set
// are kept, and must not depend on whether somebody has asked for names. The caller holds mu.
func (b *Builder) namesCommand(ctx context.Context, m *manifest) *exec.Cmd {
	patterns := b.ownModules(m)
	if len(patterns) == 0 {
		return nil
	}
	files, err := b.module.copyFiles(b.opts.CacheDir)
	if err != nil {
		return nil
	}
	args := append([]string{"list", "-modfile=" + files, "-e", "-f", "{{.ImportPath}}\t{{.Name}}"}, patterns...)
	return b.tools.command(ctx, b.opts.Env, b.module.dir, args...)
}

// newNames takes the names of the manifest, of gonbml's known packages and of the command's output
// together.
func (b *Builder) newNames(m *manifest, listed []byte) *names {
	n := &names{byName: map[string][]string{}}
	for _, ours := range []map[string]string{m.Names, b.source.known} {
		for p, name := range ours {
			n.byName[name] = append(n.byName[name], p)
		}
	}
	for line := range strings.Lines(string(listed)) {
		p, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if _, known := m.Names[p]; !known && name != "" && name != "main" && importable(p) {
			n.byName[name] = append(n.byName[name], p)
		}
	}
	for _, paths := range n.byName {
		sort.Slice(paths, func(i, j int) bool { return b.better(m, paths[i], paths[j]) })
	}
	return n
}

// ownModules are patterns for the modules that the session requires and the worker does not know in full.
func (b *Builder) ownModules(m *manifest) (patterns []string) {
	state, err := b.module.state()
	if err != nil {
		return nil
	}
	now, err := modfile.Parse("go.mod", []byte(state.mod), nil)
	if err != nil {
		return nil
	}
	for _, r := range now.Require {
		// gonbml's packages for users are in the base set or known. Modules that only other modules
		// require are not searched, unless they were there from the start and so have packages in
		// the base set.
		if r.Mod.Path != self && !r.Indirect || r.Indirect && !strings.Contains(b.module.initial.mod, r.Mod.Path+" ") {
			patterns = append(patterns, r.Mod.Path+"/...")
		}
	}
	return patterns
}

// better orders two packages of the same name.
func (b *Builder) better(m *manifest, p, q string) bool {
	_, baseP := m.Names[p]
	_, baseQ := m.Names[q]
	_, knownP := b.source.known[p]
	_, knownQ := b.source.known[q]
	// GoMLX has a package layers with a Dense, too.
	ownP, ownQ := strings.HasPrefix(p, self+"/"), strings.HasPrefix(q, self+"/")
	for _, rule := range [][2]bool{{standard(p), standard(q)}, {ownP, ownQ}, {baseP, baseQ}, {knownP, knownQ}, {preferred[p], preferred[q]}} {
		if rule[0] != rule[1] {
			return rule[0]
		}
	}
	if len(p) != len(q) {
		return len(p) < len(q)
	}
	return p < q
}

// preferred decides where the length of the path would guess wrong.
var preferred = map[string]bool{"text/template": true, "math/rand": true}

// standard says whether the path looks like one of the standard library: no dot in its first element.
func standard(p string) bool {
	first, _, _ := strings.Cut(path.Clean(p), "/")
	return !strings.Contains(first, ".")
}

// PackageNames returns what PackagesNamed knows, for all names at once, without waiting for a go command: where one is
// needed it runs in the background, and until it has ended the modules that the session has added are missing. The
// caller does not change the map.
func (b *Builder) PackageNames() map[string][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.prepare(context.Background(), func(string) {}) != nil || b.loadExtra() != nil {
		return nil
	}
	if b.names != nil {
		return b.names.byName
	}
	if b.early != nil && b.earlyFor == [2]string{b.base.salt, b.extra} {
		return b.early.byName
	}
	m, err := b.base.load()
	if err != nil {
		return nil
	}
	b.early, b.earlyFor = b.newNames(m, nil), [2]string{b.base.salt, b.extra}
	cmd := b.namesCommand(b.life, m)
	if cmd == nil {
		b.names = b.early
		return b.names.byName
	}
	extra, before := b.extra, b.naming
	done := make(chan struct{})
	b.naming = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		out, _ := run(cmd, "go list")
		n := b.newNames(m, out)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.names == nil && b.extra == extra {
			b.names = n
		}
	}()
	return b.early.byName
}
