package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// manifest is what Prepare finds out about a base set, kept beside the worker.
type manifest struct {
	// Mod and Sum are go.mod and go.sum as the go command completed them. Mod names the cache and
	// the folder of gonbml's sources by marks: a cache may be copied to another place, and the
	// sources may differ in packages that no worker links.
	Mod, Sum string
	// Source is where gonbml's sources lay, below the cache folder: what is built may name that
	// folder, as C flags with SRCDIR do, and so a trim leaves it.
	Source string
	// Packages holds every package that has an archive, by import path.
	Packages map[string]archive
	// Modules holds the version of every module that the worker contains code of.
	Modules map[string]string
	// WorkerSize is the worker's length.
	WorkerSize int64
	// Names holds the packages that cells may import, by import path, with their package names.
	Names map[string]string
}

// In a manifest, cacheMark stands for the cache folder and sourceMark for that of gonbml's sources.
const cacheMark, sourceMark = "$GONBML_CACHE", "$GONBML_SOURCE"

// Prepare makes sure that the worker and the archives of the base set are built, and says what it
// does through progress, in words for the user. When everything is there already it takes some
// milliseconds. Salt and WorkerPath change if the worker can only be built in another way than was
// thought.
func (b *Builder) Prepare(ctx context.Context, progress func(string)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.prepare(ctx, progress)
}

// prepare is Prepare for a caller that holds mu.
func (b *Builder) prepare(ctx context.Context, progress func(string)) error {
	if b.archives != nil {
		return nil
	}
	m, err := b.base.load()
	if err != nil {
		if m, err = b.buildBase(ctx, progress); err != nil {
			m, err = b.buildWithoutSIMD(ctx, err, progress)
		}
		if err != nil {
			return fmt.Errorf("build the worker: %w", err)
		}
	}
	// The completed files spare the session the same work; they are taken over unless the user changed them meanwhile.
	if state, err := b.module.state(); err == nil && state == b.base.state {
		if err := (modState{m.Mod, m.Sum}).write(b.module.dir); err != nil {
			return fmt.Errorf("complete the session's module: %w", err)
		}
	}
	use(b.base.dir)
	b.trimCache()
	for line := range strings.Lines(m.Mod) { // copies of modules, which the session's go.mod names
		if _, dir, ok := strings.Cut(strings.TrimSpace(line), "=> "); ok && strings.HasPrefix(dir, b.opts.CacheDir) {
			use(dir)
		}
	}
	b.archives = newArchives(filepath.Join(b.base.dir, "pkg"), m)
	b.extra = modState{m.Mod, m.Sum}.key(b.opts.CacheDir)
	return nil
}

// load reads the manifest of a base set that is built.
func (bs *base) load() (*manifest, error) {
	data, err := os.ReadFile(filepath.Join(bs.dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, err
	}
	m.Mod = strings.NewReplacer(cacheMark, filepath.Dir(filepath.Dir(bs.dir)), sourceMark, bs.source).Replace(m.Mod)
	if !sizeIs(bs.worker(), m.WorkerSize) {
		return nil, fmt.Errorf("the worker %s is damaged", bs.worker())
	}
	for path, a := range m.Packages {
		if !sizeIs(filepath.Join(bs.dir, "pkg", a.File), a.Size) {
			return nil, fmt.Errorf("the archive of %s is damaged", path)
		}
	}
	return m, nil
}

// buildBase builds the worker and its base set. Of several kernels that need the same one, one builds and the others wait.
func (b *Builder) buildBase(ctx context.Context, progress func(string)) (*manifest, error) {
	bs := b.base
	if err := os.MkdirAll(filepath.Join(bs.dir, "pkg"), 0o700); err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(bs.dir, "lock"), func() { progress("Another notebook is building the worker; waiting for it ...") })
	if err != nil {
		return nil, err
	}
	defer unlock()
	if m, err := bs.load(); err == nil {
		return m, nil
	}
	progress("Building the worker (once per machine, about a minute) ...")
	start := time.Now()
	dir, err := os.MkdirTemp(bs.dir, "build-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := bs.state.write(dir); err != nil {
		return nil, err
	}
	m, err := b.listBase(ctx, dir, progress)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(bs.dir, "manifest.json"), data, 0o600); err != nil {
		return nil, err
	}
	if m, err = bs.load(); err != nil {
		return nil, err
	}
	progress(fmt.Sprintf("The worker is built (%.0f s).", time.Since(start).Seconds()))
	return m, nil
}

// listBase writes the worker program in dir, builds it, and lists the archives of its packages.
func (b *Builder) listBase(ctx context.Context, dir string, progress func(string)) (*manifest, error) {
	std, err := b.standardLibrary(ctx, dir)
	if err != nil {
		return nil, err
	}
	hook, err := b.hookGonbui(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(dir, "main.go"), b.base.program(std, hook), 0o600); err != nil {
		return nil, err
	}
	m := &manifest{Packages: map[string]archive{}, Modules: map[string]string{}, Names: map[string]string{}}

	// The archives for cells. Names first: packages of the standard library that the worker does not link are listed, too.
	args := slices.Concat(listFlags, []string{".", "runtime/cgo", "plugin"})
	for _, p := range std {
		if unlinked[p] {
			args = append(args, p)
		}
	}
	out, err := run(b.tools.command(ctx, b.opts.Env, dir, args...), "go list")
	if err != nil {
		return nil, explainBuild(err)
	}
	for _, l := range parseList(out) {
		if l.path == "notebook" {
			continue
		}
		a, err := keepArchive(filepath.Join(b.base.dir, "pkg"), l.export)
		if err != nil {
			return nil, err
		}
		m.Packages[l.path] = a
		if importable(l.path) && l.name != "main" {
			m.Names[l.path] = l.name
		}
		if l.module != "" {
			m.Modules[l.module] = b.selection(l.version)
		}
	}

	progress("Linking the worker ...")
	if err := b.linkWorker(ctx, dir, m); err != nil {
		return nil, err
	}
	state, err := (&module{dir: dir}).state()
	if err != nil {
		return nil, err
	}
	m.Source = filepath.ToSlash(strings.TrimPrefix(b.base.source, b.opts.CacheDir+string(filepath.Separator)))
	m.Mod, m.Sum = strings.NewReplacer(b.base.source, sourceMark, b.opts.CacheDir, cacheMark).Replace(state.mod), state.sum
	worker := filepath.Join(dir, "worker")
	info, err := os.Stat(worker)
	if err != nil {
		return nil, err
	}
	m.WorkerSize = info.Size()
	if err := os.Chmod(worker, 0o700); err != nil {
		return nil, err
	}
	return m, os.Rename(worker, b.base.worker())
}

// linkWorker compiles the worker program and links it with the very archives that cells are linked with, but for one. go
// build would compile every package once more, without -dynlink: twice the time for a worker that is not measurably
// faster. The program is position-independent because code compiled with -dynlink needs that.
//
// The exception is package runtime. With -dynlink the compiler reaches the pointer mask of a type that it knows through
// the global offset table, and the linker, which keeps all masks in one symbol, makes of that another entry of the table:
// runtime.stkobjinit so takes any address for the mask of what reflect.MakeFunc has on the stack, and the garbage
// collector frees what is in use there. A plugin's copy of that function is never called.
func (b *Builder) linkWorker(ctx context.Context, dir string, m *manifest) error {
	out, err := run(b.tools.command(ctx, b.opts.Env, dir, "list", "-export", "-buildmode=pie", "-trimpath", "-f", "{{.Export}}", "runtime"), "go list runtime")
	if err != nil {
		return explainBuild(err)
	}
	var cfg strings.Builder
	for p, a := range m.Packages {
		file := filepath.Join(b.base.dir, "pkg", a.File)
		if p == "runtime" {
			file = strings.TrimSpace(string(out))
		}
		cfg.WriteString("packagefile " + p + "=" + file + "\n")
	}
	importcfg, object := filepath.Join(dir, "importcfg"), filepath.Join(dir, "worker.a")
	if err := os.WriteFile(importcfg, []byte(cfg.String()), 0o600); err != nil {
		return err
	}
	args := append([]string{"-o", object, "-p", "main", "-lang=" + language(b.tools.Version), "-complete", "-importcfg", importcfg}, compileFlags...)
	if err := b.tool(ctx, dir, "compile", append(args, filepath.Join(dir, "main.go"))...); err != nil {
		return err
	}
	// Not the wrapper that cells are linked with: here it does matter which flags the C compiler knows (-no-pie).
	args = []string{"-o", filepath.Join(dir, "worker"), "-s", "-w", "-importcfg", importcfg, "-installsuffix", "dynlink", "-buildmode=pie", "-extld=" + b.tools.CC}
	if b.tools.Mold != "" {
		args = append(args, "-extldflags=-fuse-ld=mold")
	}
	return b.tool(ctx, dir, "link", append(args, object)...)
}

// standardLibrary lists the importable packages of the standard library.
func (b *Builder) standardLibrary(ctx context.Context, dir string) ([]string, error) {
	out, err := run(b.tools.command(ctx, b.opts.Env, dir, "list", "std"), "go list std")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, p := range strings.Fields(string(out)) {
		if importable(p) && p != "unsafe" {
			list = append(list, p)
		}
	}
	sort.Strings(list)
	return list, nil
}

// explainBuild adds to a failed build what the user can do about it.
func explainBuild(err error) error {
	var ce *commandError
	if !errors.As(err, &ce) {
		return err
	}
	if hint := needsNewerGo(ce.output); hint != "" {
		return fmt.Errorf("%w\n%s", err, hint)
	}
	switch text := ce.output; {
	case strings.Contains(text, "dial tcp"), strings.Contains(text, "no such host"), strings.Contains(text, "GOPROXY=off"):
		return fmt.Errorf("%w\nThe worker needs Go modules that are not on this machine yet, and the module proxy cannot be reached. Connect to the network once, or set GOPROXY", err)
	case strings.Contains(text, "No space left on device"), strings.Contains(text, "no space left on device"):
		return fmt.Errorf("%w\nThe disk is full: the worker and its packages need about 1 GB, temporary files included", err)
	}
	return err
}
