package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/mod/modfile"
)

// module is a session's private module: a folder with its own go.mod and go.sum, in which packages are looked up and to
// which Get adds. Sessions do not disturb one another.
type module struct {
	dir     string
	initial modState
	// mine is locked as long as the session lives; so others see which folders dead sessions have left.
	mine *os.File
}

// tempDir makes a folder for files on the way to the cache. Go commands do not look into it, for its underscore.
func (m *module) tempDir(pattern string) (string, error) {
	parent := filepath.Join(m.dir, "_build")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(parent, pattern)
}

// close removes the folder.
func (m *module) close() error {
	err := os.RemoveAll(m.dir)
	m.mine.Close()
	return err
}

// sweep removes the folders of sessions that ended without Close.
func sweep(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		f, err := os.Open(filepath.Join(dir, "lock"))
		if err != nil {
			continue // it is being made or removed at this moment
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}

// modState is the content of go.mod and go.sum.
type modState struct{ mod, sum string }

// key names the state, for caching what was found in it. Folders in cacheDir do not change.
func (m modState) key(cacheDir string) string {
	h := newHasher("modules 1")
	h.text(m.mod)
	h.text(m.sum)
	// A module replaced by a folder can change without go.mod changing. Its packages are watched one by one (local.go).
	if f, err := modfile.Parse("go.mod", []byte(m.mod), nil); err == nil {
		for _, r := range f.Replace {
			if r.New.Version == "" && !strings.HasPrefix(r.New.Path, cacheDir) {
				h.file(filepath.Join(r.New.Path, "go.mod"))
			}
		}
	}
	return h.sum()
}

// newModule makes the folder. srcDir is where gonbml's own sources were unpacked.
func newModule(cacheDir string, src *source, srcDir string) (*module, error) {
	mod, err := sessionGoMod(src.files["go.mod"], srcDir)
	if err != nil {
		return nil, err
	}
	parent := filepath.Join(cacheDir, "sessions")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	sweep(parent)
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return nil, err
	}
	m := &module{dir: dir, initial: modState{string(mod), string(src.files["go.sum"])}}
	// The lock file comes into being locked: under another name first.
	if m.mine, err = os.OpenFile(filepath.Join(dir, "lock-new"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(m.mine.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock the session's folder: %w", err)
	}
	if err := os.Rename(m.mine.Name(), filepath.Join(dir, "lock")); err != nil {
		return nil, err
	}
	return m, m.initial.write(dir)
}

func (m modState) write(dir string) error {
	if err := writeFile(filepath.Join(dir, "go.mod"), []byte(m.mod), 0o600); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "go.sum"), []byte(m.sum), 0o600)
}

// state reads the module's files, which the user may have changed with go commands of their own.
func (m *module) state() (modState, error) {
	mod, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return modState{}, fmt.Errorf("the session's go.mod: %w", err)
	}
	sum, err := os.ReadFile(filepath.Join(m.dir, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return modState{}, fmt.Errorf("the session's go.sum: %w", err)
	}
	return modState{string(mod), string(sum)}, nil
}

// copyFiles copies go.mod and go.sum for a go command that may change them, and returns the copy's
// name for -modfile. There is one copy for each state.
func (m *module) copyFiles(cacheDir string) (mod string, err error) {
	state, err := m.state()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(m.dir, "_names", state.key(cacheDir))
	mod = filepath.Join(dir, "go.mod")
	if isFile(mod) {
		return mod, nil
	}
	return mod, state.write(dir)
}

// sessionGoMod makes a session's go.mod from gonbml's own: the same requirements, and gonbml itself from srcDir.
func sessionGoMod(own []byte, srcDir string) ([]byte, error) {
	f, err := modfile.Parse("go.mod", own, nil)
	if err != nil {
		return nil, err
	}
	if err := f.AddModuleStmt("notebook"); err != nil {
		return nil, err
	}
	if err := f.AddRequire(self, "v0.0.0"); err != nil {
		return nil, err
	}
	if err := f.AddReplace(self, "", srcDir, ""); err != nil {
		return nil, err
	}
	f.Cleanup()
	return f.Format()
}

// Get adds a module to the session as `go get query` does. When it upgrades a module that the worker contains, Salt and
// WorkerPath change: Prepare and a new worker are needed before the next cell.
func (b *Builder) Get(ctx context.Context, query string, progress func(string)) error {
	if err := b.checkOwn(query); err != nil {
		return err
	}
	progress("Getting " + query + " ...")
	env := append([]string{}, b.opts.Env...)
	cmd := b.tools.command(ctx, env, b.module.dir, append([]string{"get"}, strings.Fields(query)...)...)
	before, err := b.module.state()
	if err != nil {
		return err
	}
	if _, err := runTelling(cmd, "go get "+query, progress); err != nil {
		if restoreErr := before.write(b.module.dir); restoreErr != nil {
			return fmt.Errorf("%w; and the session's go.mod could not be restored: %w", err, restoreErr)
		}
		return explainGet(query, err)
	}
	if err := b.raiseShared(ctx, query, before, progress); err != nil {
		return err
	}
	return b.ModulesChanged(ctx)
}

// ResetModule takes back everything that Get, or go commands of the user, did to the session's module. Salt and WorkerPath
// change as they do with Get.
func (b *Builder) ResetModule(ctx context.Context) error {
	first := newBase(b.opts.CacheDir, b.tools, b.source, b.module.initial)
	state := first.state
	if m, err := first.load(); err == nil {
		state = modState{m.Mod, m.Sum} // as completed when the worker was built
	}
	if err := state.write(b.module.dir); err != nil {
		return fmt.Errorf("reset the session's module: %w", err)
	}
	b.mu.Lock()
	b.project = nil // Attach looks again
	same := first.salt == b.base.salt
	if !same {
		b.setBase(first)
	}
	b.mu.Unlock()
	if !same {
		return nil
	}
	return b.ModulesChanged(ctx)
}

// compareModules looks whether the session now selects other versions of modules that the worker contains, and if so
// makes the base set one with those versions. Additional modules change nothing. The caller holds mu.
func (b *Builder) compareModules(ctx context.Context, state modState) error {
	m, err := b.base.load()
	if err != nil {
		return err
	}
	first := newBase(b.opts.CacheDir, b.tools, b.source, b.module.initial)
	firstManifest, err := first.load()
	if err != nil {
		firstManifest = &manifest{}
	}
	args := []string{"list", "-m", "-f", "{{.Path}} {{.Version}}{{with .Replace}} => {{.Path}} {{.Version}}{{end}}"}
	for path := range m.Modules {
		args = append(args, path)
	}
	out, err := run(b.tools.command(ctx, b.opts.Env, b.module.dir, args...), "go list -m")
	if err != nil {
		return fmt.Errorf("compare the session's modules with the worker's: %w", err)
	}
	changed, asAtFirst := false, len(firstManifest.Modules) == len(m.Modules)
	for line := range strings.Lines(string(out)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		if path == self {
			continue
		}
		version = b.selection(version)
		changed = changed || version != m.Modules[path]
		asAtFirst = asAtFirst && version == firstManifest.Modules[path]
	}
	next := newBase(b.opts.CacheDir, b.tools, b.source, state)
	switch {
	case !changed && next.local == b.base.local:
	case asAtFirst && next.local == first.local:
		if first.salt != b.base.salt { // else what is known of it stays known
			b.setBase(first)
		}
	default:
		b.setBase(next)
	}
	return nil
}

// selection is a module's version as the manifest has it: with the module or folder that replaces it, unless that is a copy
// in the cache, which says no more than the version.
func (b *Builder) selection(version string) string {
	own, by, replaced := strings.Cut(version, " => ")
	if replaced && strings.HasPrefix(by, b.opts.CacheDir) {
		return own
	}
	return strings.TrimSpace(version)
}

// explainGet adds to a failed go get what the user can do about it.
func explainGet(query string, err error) error {
	text := err.Error()
	hint := needsNewerGo(text)
	switch {
	case hint != "":
	case strings.Contains(text, "go: module "+self+":"), strings.Contains(text, self+"@"):
		hint = "gonbml itself, whose modules the session shares, needs another version of something here."
	case strings.Contains(text, "no such host"), strings.Contains(text, "dial tcp"), strings.Contains(text, "connection refused"),
		strings.Contains(text, "i/o timeout"), strings.Contains(text, "network is unreachable"):
		hint = "The module proxy cannot be reached: check the network, or name one that can be (go env -w GOPROXY=...)."
	case strings.Contains(text, "module lookup disabled by GOPROXY=off"):
		hint = "GOPROXY=off forbids downloads: only modules that are already on this machine can be used."
	case strings.Contains(text, "does not contain package"), strings.Contains(text, "404"), strings.Contains(text, "no such file"), strings.Contains(text, "unknown revision"), strings.Contains(text, "malformed module path"):
		hint = "Check the spelling of the path and of the version."
	}
	if hint == "" {
		return fmt.Errorf("get %s: %w", query, err)
	}
	return fmt.Errorf("get %s: %w\n%s", query, err, hint)
}

// newerGo is the go command's line about a module whose go.mod is for a later version of Go.
var newerGo = regexp.MustCompile(`(\S+) requires go >= (\S+) \(running go ([^;\s)]+)`)

// needsNewerGo says what to do where the go command has refused a module for its version of Go;
// empty where it has not. The session's toolchain is fixed: worker and cells share it.
func needsNewerGo(text string) string {
	m := newerGo.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	name, needed, has := strings.TrimSuffix(m[1], ":"), m[2], m[3]
	hint := fmt.Sprintf("%s needs Go %s, and this session runs on Go %s: install Go %s or newer from https://go.dev/dl, put its bin folder first in "+
		"PATH and start the notebook's server again. ", name, needed, has, needed)
	if path, version, ok := strings.Cut(name, "@"); ok && version != "v0.0.0" {
		return hint + fmt.Sprintf("Or get a version of the module that needs no more than Go %s: %%goget %s@VERSION", has, path)
	}
	return hint + "Or lower the line \"go " + needed + "\" in its go.mod."
}
