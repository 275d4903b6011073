package build

import (
	"context"
	"path"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
)

// names maps package names to import paths, best guess first.
type names struct{ byName map[string][]string }

// PackagesNamed returns the import paths of packages with that name that a cell could import: of the standard library,
// of the base set and of the modules that the session requires. The best guess comes first: the standard library, then
// the base set, then the shortest path.
func (b *Builder) PackagesNamed(name string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.prepare(context.Background(), func(string) {}) != nil || b.loadExtra() != nil {
		return nil
	}
	if b.names == nil {
		b.names = b.collectNames()
	}
	return b.names.byName[name]
}

// collectNames reads the manifest and asks the go command about modules that are not in it. A go command that fails is
// no error here: what it would have named is not found then.
func (b *Builder) collectNames() *names {
	n := &names{byName: map[string][]string{}}
	m, err := b.base.load()
	if err != nil {
		return n
	}
	for p, name := range m.Names {
		n.byName[name] = append(n.byName[name], p)
	}
	ctx := context.Background()
	if patterns := b.ownModules(m); len(patterns) > 0 {
		args := append([]string{"list", "-e", "-f", "{{.ImportPath}}\t{{.Name}}"}, patterns...)
		out, _ := run(b.tools.command(ctx, b.opts.Env, b.module.dir, args...), "go list")
		for line := range strings.Lines(string(out)) {
			p, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if _, known := m.Names[p]; !known && name != "" && name != "main" && importable(p) {
				n.byName[name] = append(n.byName[name], p)
			}
		}
	}
	for _, paths := range n.byName {
		sort.Slice(paths, func(i, j int) bool { return better(m, paths[i], paths[j]) })
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
		// gonbml's packages for users are all in the base set. Modules that only other modules require are not searched,
		// unless they were there from the start and so have packages in the base set.
		if r.Mod.Path != self && !r.Indirect || r.Indirect && !strings.Contains(b.module.initial.mod, r.Mod.Path+" ") {
			patterns = append(patterns, r.Mod.Path+"/...")
		}
	}
	return patterns
}

// better orders two packages of the same name.
func better(m *manifest, a, b string) bool {
	if sa, sb := standard(a), standard(b); sa != sb {
		return sa
	}
	_, ba := m.Names[a]
	_, bb := m.Names[b]
	if ba != bb {
		return ba
	}
	if preferred[a] != preferred[b] {
		return preferred[a]
	}
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// preferred decides where the length of the path would guess wrong.
var preferred = map[string]bool{"text/template": true, "math/rand": true}

// standard says whether the path looks like one of the standard library: no dot in its first element.
func standard(p string) bool {
	first, _, _ := strings.Cut(path.Clean(p), "/")
	return !strings.Contains(first, ".")
}
