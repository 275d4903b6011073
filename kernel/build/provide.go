package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// This file decides what a go command may do on the way to a package: nothing is fetched that the
// session's modules do not require, and whoever waits hears what takes its time.

// NotProvided says that no module of the session provides a package. Get may find one that does.
type NotProvided struct{ Path string }

func (e *NotProvided) Error() string {
	return fmt.Sprintf("no required module provides package %s", e.Path)
}

// Fetchable says whether an error of Need is one that another module, or another version of one,
// may mend: not where a package is there and cannot be built.
func Fetchable(err error) bool {
	var none *NotProvided
	var failed *commandError
	return errors.As(err, &none) || errors.As(err, &failed) && !strings.HasPrefix(failed.output, "# ") && !strings.Contains(failed.output, "\n# ")
}

// provider returns the module of a go.mod whose path the package has, or "".
func provider(f *modfile.File, pkg string) (module string, local bool) {
	try := func(path string, isLocal bool) {
		if (pkg == path || strings.HasPrefix(pkg, path+"/")) && (len(path) > len(module) || path == module && isLocal) {
			module, local = path, isLocal
		}
	}
	for _, r := range f.Require {
		try(r.Mod.Path, false)
	}
	for _, r := range f.Replace {
		try(r.Old.Path, r.New.Version == "")
	}
	return module, local
}

// checkProvided returns an error if one of the packages comes from no module of the state.
func checkProvided(state modState, paths []string) error {
	f, err := modfile.Parse("go.mod", []byte(state.mod), nil)
	if err != nil {
		return nil // the go command tells what is wrong
	}
	for _, p := range paths {
		if module, _ := provider(f, p); module == "" && !standard(p) {
			return &NotProvided{p}
		}
	}
	return nil
}

// checkAdded returns an error if the go command has taken one of the packages from a module that
// the state before did not name, such as one whose path lies below that of another, or from another
// version.
func checkAdded(before, after modState, paths []string) error {
	if before.mod == after.mod {
		return nil
	}
	old, err1 := modfile.Parse("go.mod", []byte(before.mod), nil)
	now, err2 := modfile.Parse("go.mod", []byte(after.mod), nil)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	versions := func(f *modfile.File) map[string]string {
		m := map[string]string{}
		for _, r := range f.Require {
			m[r.Mod.Path] = r.Mod.Version
		}
		return m
	}
	had, has := versions(old), versions(now)
	for _, p := range paths {
		was, _ := provider(old, p)
		is, _ := provider(now, p)
		if v := had[is]; is != was || v != "" && v != has[is] {
			return &NotProvided{p}
		}
	}
	return nil
}

type tellingKey struct{}

// Telling returns a context for Need under which it says what takes its time.
func Telling(ctx context.Context, say func(string)) context.Context {
	return context.WithValue(ctx, tellingKey{}, say)
}

func teller(ctx context.Context) func(string) {
	if say, ok := ctx.Value(tellingKey{}).(func(string)); ok {
		return say
	}
	return func(string) {}
}

// How long nothing is said of a package that is built: for those of modules, and for those in
// folders of the user's, which are small and are built again with each change.
const (
	silence      = time.Second
	silenceLocal = 15 * time.Second
)

// tellBuilding says after a while that packages are being built, unless stop is called before.
func tellBuilding(ctx context.Context, state modState, paths []string) (stop func()) {
	wait := silenceLocal
	if f, err := modfile.Parse("go.mod", []byte(state.mod), nil); err == nil {
		for _, p := range paths {
			if _, local := provider(f, p); !local {
				wait = silence
			}
		}
	}
	say := teller(ctx)
	t := time.AfterFunc(wait, func() {
		say("Building " + strings.Join(paths, ", ") + ", with what it imports ...")
	})
	return func() { t.Stop() }
}

// runTelling is run for a command that may download modules; each is told when that begins.
func runTelling(cmd *exec.Cmd, name string, say func(string)) ([]byte, error) {
	var all strings.Builder
	r, w := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lines := &lineWriter{say: say}
		_, _ = io.Copy(io.MultiWriter(&all, lines), r)
	}()
	cmd.Stderr = w
	out, err := cmd.Output()
	w.Close()
	<-ended
	if err != nil {
		return out, &commandError{name, all.String(), err}
	}
	return out, nil
}

// lineWriter hands on the lines in which the go command says that it downloads something.
type lineWriter struct {
	say  func(string)
	rest string
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.rest += string(p)
	for {
		line, rest, ok := strings.Cut(l.rest, "\n")
		if !ok {
			return len(p), nil
		}
		l.rest = rest
		if strings.HasPrefix(line, "go: downloading ") {
			l.say(strings.TrimPrefix(line, "go: "))
		}
	}
}

// checkOwn returns an error if a query asks for a version below the one that gonbml itself needs:
// the go command would look for an older gonbml then.
func (b *Builder) checkOwn(query string) error {
	own, err := modfile.Parse("go.mod", b.source.files["go.mod"], nil)
	if err != nil {
		return err
	}
	for q := range strings.FieldsSeq(query) {
		path, version, _ := strings.Cut(q, "@")
		for _, r := range own.Require {
			lower := version == "none" || semver.IsValid(version) && semver.Compare(version, r.Mod.Version) < 0
			if path == r.Mod.Path && lower {
				return fmt.Errorf("get %s: gonbml itself needs %s %s or a later version, and cells and worker share one. Got %s", query, path, r.Mod.Version, version)
			}
		}
	}
	return nil
}

// Allowed returns an error if no program outside a package's own tree may import it, as the go
// command says. The packages of the notebook's own modules are in their tree.
func (b *Builder) Allowed(path string) error {
	if strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") || path == "." || path == ".." {
		return fmt.Errorf("relative import paths are not supported, since a cell lies in no folder: %s. Import the package by its module's path: !go mod init example.com/nb makes a module of this folder, and then it is import %q",
			path, "example.com/nb/"+strings.TrimLeft(path, "./"))
	}
	tree, isInternal := "", false
	elements := strings.Split(path, "/")
	for i, e := range elements {
		if e == "internal" {
			tree, isInternal = strings.Join(elements[:i], "/"), true
		}
	}
	if elements[0] == "vendor" {
		return fmt.Errorf("use of vendored package not allowed: %s", path)
	}
	if !isInternal {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.project != nil && tree != "" {
		for _, own := range b.project.trees {
			if own == tree || strings.HasPrefix(own, tree+"/") || strings.HasPrefix(tree, own+"/") {
				return nil
			}
		}
	}
	if state, err := b.module.state(); err == nil && tree != "" {
		if f, err := modfile.Parse("go.mod", []byte(state.mod), nil); err == nil {
			for _, r := range f.Replace { // a module that the user has put into a folder is the user's
				if in := r.Old.Path; r.New.Version == "" && !strings.HasPrefix(r.New.Path, b.opts.CacheDir+string(filepath.Separator)) && (in == tree || strings.HasPrefix(tree, in+"/")) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("use of internal package %s not allowed", path)
}
