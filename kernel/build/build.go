// Package build turns Go source into what the worker loads. It owns the toolchain (go, the C compiler, the linker), the
// cache on disk (the worker program, the archives of packages, compiled cells) and the module in which a session's
// packages are resolved. It knows nothing of what a cell means: the text, the package path and the imports of a unit
// come from above, and its path must change whenever its text does.
//
// It drives `go tool compile` and `go tool link` itself, as go build -x shows them, because go build would look at every
// file of every dependency again for each cell: half a second instead of a tenth.
//
// Everything in the cache is named by a hash of what decides about it and is written under another name first, so that
// kernels that run at the same time can share it without asking one another.
package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Options say what a Builder works with. The zero value of each field but Source is usable.
type Options struct {
	// CacheDir is the folder for everything built; the default is "gonbml" in the user's cache folder.
	CacheDir string
	// Source holds the sources of this very module: go.mod, go.sum and the packages that the worker and cells import.
	Source fs.FS
	// WorkDir is the folder in which the user's notebook runs: paths in //go:embed and #cgo lines are relative to it.
	// The default is the current folder.
	WorkDir string
	// Env is added to the environment of every command.
	Env []string
}

// Builder builds for one session. Its methods may be called from several goroutines.
type Builder struct {
	opts   Options
	tools  *toolchain
	source *source
	module *module // the session's private module

	// mu guards the fields below. It is not held while a command of a second or more runs, except in Prepare and
	// Need, where everybody else would have to wait for the result anyway.
	mu       sync.Mutex
	base     *base                // what the worker is built from; replaced when the session upgrades one of its modules
	archives *archives            // packages whose archives are known
	names    *names               // package names, read when first asked for
	cells    map[string]*compiled // cell packages of this session by path
	extra    string               // the session's module state for which archives and names hold packages outside the base set
	loaded   map[string]archive   // packages outside the base set that compiled cells contain
	epoch    string               // becomes part of the salt when one of them was upgraded

	cellFlags []string // flags of the compiler for cells; see SetFlags
	project   *project // the user's own module, as Attach found it

	early    *names          // those of the manifest alone, for PackageNames
	earlyFor [2]string       // salt and extra
	life     context.Context // ends with Close
	end      context.CancelFunc
	naming   chan struct{} // closed when the last search for names in the background has ended; nil when there was none

	trimming chan struct{} // closed when a trim in the background has ended; nil when there is none
}

// New finds the tools and reads the cache. It builds nothing: see Prepare.
func New(ctx context.Context, o Options) (*Builder, error) {
	if o.CacheDir == "" {
		dir, err := DefaultCacheDir()
		if err != nil {
			return nil, err
		}
		o.CacheDir = dir
	}
	var err error
	if o.CacheDir, err = filepath.Abs(o.CacheDir); err != nil {
		return nil, fmt.Errorf("build cache: %w", err)
	}
	if o.WorkDir, err = filepath.Abs(o.WorkDir); err != nil {
		return nil, fmt.Errorf("notebook's folder: %w", err)
	}
	if err := errors.Join(os.MkdirAll(o.CacheDir, 0o700), os.Chmod(o.CacheDir, 0o700)); err != nil {
		return nil, fmt.Errorf("build cache: %w", err)
	}
	src, err := readSource(o.Source)
	if err != nil {
		return nil, fmt.Errorf("read gonbml's own sources: %w", err)
	}
	dir, err := src.extract(o.CacheDir)
	if err != nil {
		return nil, fmt.Errorf("unpack gonbml's own sources: %w", err)
	}
	tools, err := findToolchain(ctx, append(os.Environ(), o.Env...), o.CacheDir, dir)
	if err != nil {
		return nil, err
	}
	mod, err := newModule(o.CacheDir, src, dir)
	if err != nil {
		return nil, fmt.Errorf("make the session's module: %w", err)
	}
	b := &Builder{opts: o, tools: tools, source: src, module: mod}
	b.life, b.end = context.WithCancel(context.Background())
	b.setBase(newBase(o.CacheDir, tools, src, mod.initial))
	return b, nil
}

// setBase makes everything that is known refer to the base set bs. The caller holds mu or is New.
func (b *Builder) setBase(bs *base) {
	b.base = bs
	b.archives = nil
	b.names = nil
	b.newEpoch("")
}

// newEpoch forgets all cells: those compiled so far belong to a worker that has to go. The caller holds mu or is New.
func (b *Builder) newEpoch(name string) {
	b.epoch = name
	b.cells, b.loaded = map[string]*compiled{}, map[string]archive{}
}

// Salt is a hash of everything that decides whether two compiled packages fit together: toolchain, flags, required
// modules and gonbml's own sources. It belongs into every cell's package path. It changes when Get or ModulesChanged finds
// that the session now selects another version of a module that the worker contains or that a cell has brought into it;
// a new worker is needed then, and every cell is to be compiled again.
func (b *Builder) Salt() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch == "" && len(b.cellFlags) == 0 {
		return b.base.salt
	}
	h := newHasher("epoch 1")
	h.text(b.base.salt)
	h.text(b.epoch)
	h.text(b.gcflags())
	return h.sum()
}

// gcflags are the flags for the compiler that only cells have, as one text.
func (b *Builder) gcflags() string { return strings.Join(b.cellFlags, " ") }

// SetFlags makes the session build with flags from ParseFlags, and without those set before. Salt
// changes if that makes another worker necessary.
func (b *Builder) SetFlags(flags []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := honoured(b.tools.GoFlags)
	var cells []string
	for _, f := range flags {
		if value, ok := strings.CutPrefix(f, "-gcflags="); ok {
			cells = append(cells, strings.Fields(value)...)
			continue
		}
		if !strings.HasPrefix(f, "-cover") {
			own = append(own, f)
		}
	}
	before := b.tools.id() + b.gcflags()
	b.tools.flags, b.cellFlags = own, cells
	if b.tools.id()+b.gcflags() == before {
		return
	}
	b.setBase(newBase(b.opts.CacheDir, b.tools, b.source, b.base.state))
}

// WorkerPath is where Prepare puts the worker program. It changes together with Salt.
func (b *Builder) WorkerPath() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.base.worker()
}

// ModuleFiles returns the contents of the session's go.mod and go.sum.
func (b *Builder) ModuleFiles() (mod, sum []byte, err error) {
	state, err := b.module.state()
	return []byte(state.mod), []byte(state.sum), err
}

// ModDir is the session's private module folder: go commands that the user runs there see the session's go.mod.
func (b *Builder) ModDir() string { return b.module.dir }

// Language is the version of the Go language that cells are compiled as, such as "go1.26".
func (b *Builder) Language() string { return language(b.tools.Version) }

// GoVersion is the version of the toolchain in use, such as "go1.26.8".
func (b *Builder) GoVersion() string { return b.tools.Version }

// Linked says whether the worker itself contains the package, so that it is initialised before any cell runs: a cell that
// imports it for its effect alone (import _) need not link it again.
func (b *Builder) Linked(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.archives == nil || unlinked[path] {
		return false
	}
	_, ok := b.archives.base[path]
	return ok
}

// Env is the environment in which go commands must run to fit what is built here.
func (b *Builder) Env() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tools.env(b.opts.Env)
}

// Close removes the session's private module folder. The cache stays.
func (b *Builder) Close() error {
	b.end()
	b.mu.Lock()
	trimming, naming := b.trimming, b.naming
	b.mu.Unlock()
	if naming != nil {
		<-naming // its go command writes into the folder
	}
	err := b.module.close()
	if trimming != nil {
		<-trimming
	}
	return err
}
