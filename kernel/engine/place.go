package engine

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// place is where commands and cells run: the folder and the environment.
type place struct {
	fixed  []string // of the environment: what the session began with
	modDir string   // the folder of the session's module

	// mu guards the fields below.
	mu  sync.Mutex
	dir string
	env map[string]string // set by %env
}

func newPlace(dir string, env []string, modDir string) *place {
	inherited := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(env, func(other string) bool { return strings.HasPrefix(other, name+"=") })
	})
	return &place{fixed: slices.Concat(inherited, env), modDir: modDir, dir: dir, env: map[string]string{}}
}

// now returns the session's folder and its environment.
func (p *place) now() (dir string, env []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	env = slices.Clone(p.fixed)
	for _, k := range slices.Sorted(maps.Keys(p.env)) {
		env = append(env, k+"="+p.env[k])
	}
	return p.dir, env
}

// surroundings returns the folder and the environment of the session's commands and cells.
func (p *place) surroundings() (dir string, env []string) {
	dir, env = p.now()
	return dir, append(env, "GONB_DIR="+dir, "GONB_TMP_DIR="+p.modDir)
}

// move makes another folder the session's.
func (p *place) move(dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dir = dir
}

// set sets a variable of the environment.
func (p *place) set(name, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.env[name] = value
}

// has says whether a variable of the environment was set so.
func (p *place) has(name, value string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, ok := p.env[name]
	return ok && old == value
}
