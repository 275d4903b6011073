package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Installer says what to install and from where.
type Installer struct {
	Env Env
	// Dir is the folder to install into. If empty, it is the user's (Env.Folder).
	Dir string
	// Say is called with what is going on.
	Say func(text string)
	// PinnedOnly says not to use go-xla's own installer.
	PinnedOnly bool

	// upstream, index, client and platform are replaced by tests.
	upstream func(ctx context.Context, k Kind, dir string) error
	index    string
	client   *http.Client
	platform string
}

// Folder returns the user's folder for plugins, where GoMLX looks, too. It is empty if there is no
// home folder.
func (m Env) Folder() string {
	if m.Home == "" {
		return ""
	}
	return m.own()[0]
}

// Install gets a plugin of the kind and returns its file. It uses go-xla's own installer if the
// page from which that downloads can be reached. Otherwise it fetches a pinned Python wheel, with
// pip if there is Python and else from the package index, checks its SHA-256 sum, and takes the
// plugin out of it. Neither way touches a Python environment.
func (i Installer) Install(ctx context.Context, k Kind) (file string, err error) {
	i.fill()
	if !slices.Contains([]Kind{CPU, CUDA, TPU}, k) {
		return "", fmt.Errorf("expected cpu, cuda or tpu. Got %q", k)
	}
	if i.Dir == "" {
		return "", errors.New("expected a home folder to install into. Got none; name a folder with --dir")
	}
	if err := os.MkdirAll(i.Dir, 0o755); err != nil {
		return "", err
	}
	var failed []error
	if !i.PinnedOnly {
		before := time.Now()
		err := i.upstream(ctx, k, i.Dir)
		if file := i.newest(k, before); err == nil && file != "" {
			return file, nil
		} else if err == nil {
			err = errors.New("it installed nothing")
		}
		failed = append(failed, fmt.Errorf("go-xla's installer: %w", err))
		i.Say("go-xla's installer: " + err.Error())
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	w, ok := wheels[k][i.platform]
	if !ok {
		return "", errors.Join(append(failed, fmt.Errorf("there is no pinned wheel of a %s plugin for %s", k, i.platform))...)
	}
	file = filepath.Join(i.Dir, fmt.Sprintf("pjrt_c_api_%s_%s_plugin%s", k, w.version, extension()))
	if Check(i.Env, file) == nil {
		i.Say("it is there already")
		return file, nil
	}
	temp, err := os.MkdirTemp("", "gonbml-xla-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	i.Say(fmt.Sprintf("fetching the wheel %s %s", w.name, w.version))
	archive, err := w.byPip(ctx, temp)
	if err != nil && ctx.Err() == nil {
		failed = append(failed, err)
		i.Say(err.Error() + "; asking the package index")
		archive, err = w.byIndex(ctx, i.client, i.index, temp)
	}
	if err == nil {
		err = w.unpack(archive, file)
	}
	if err != nil {
		return "", errors.Join(append(failed, err)...)
	}
	return file, nil
}

func (i *Installer) fill() {
	if i.Say == nil {
		i.Say = func(string) {}
	}
	if i.Dir == "" {
		i.Dir = i.Env.Folder()
	}
	if i.upstream == nil {
		i.upstream = goxla
	}
	if i.index == "" {
		i.index = standardIndex
		if v := i.Env.Getenv("PIP_INDEX_URL"); v != "" {
			i.index = v
		}
	}
	if i.client == nil {
		i.client = &http.Client{Timeout: 30 * time.Minute}
	}
	if i.platform == "" {
		i.platform = runtime.GOOS + "/" + runtime.GOARCH
	}
}

// newest is the plugin of the kind that came into the folder since then.
func (i *Installer) newest(k Kind, since time.Time) string {
	for _, file := range inFolder(i.Dir, k) {
		if info, err := os.Stat(file); err == nil && !info.ModTime().Before(since.Add(-time.Minute)) {
			return file
		}
	}
	return ""
}

// inFolder lists the plugins of a kind in a folder and, where go-xla keeps those for CUDA, below
// it.
func inFolder(dir string, k Kind) (files []string) {
	for _, d := range []string{dir, filepath.Join(dir, "nvidia")} {
		// The only error is a malformed pattern.
		found, _ := filepath.Glob(filepath.Join(d, "pjrt_c_api_"+string(k)+"*_plugin"+extension()))
		slices.Sort(found)
		slices.Reverse(found)
		files = append(files, found...)
	}
	return files
}

// Found is a plugin on this machine.
type Found struct {
	Kind Kind
	File string
	// Why says where it was found.
	Why  string
	Size int64
	// Problem is why it would not load. It is nil if no reason is known.
	Problem error
	// Device says whether the machine shows a device of the kind.
	Device bool
}

// List finds the plugins on the machine. Of each kind, the one that would be used comes first.
func List(m Env) []Found {
	var all []Found
	for _, k := range []Kind{CUDA, TPU, CPU} {
		for _, p := range m.plugins(k) {
			f := Found{Kind: k, File: p.file, Why: p.why, Problem: Check(m, p.file), Device: m.has(k)}
			if info, err := os.Stat(p.file); err == nil {
				f.Size = info.Size()
			}
			all = append(all, f)
		}
	}
	return all
}

// Uninstall removes the plugins of a kind from a folder (the user's, if dir is empty) and returns
// their files. Plugins elsewhere, in Python environments, belong to others and stay.
func Uninstall(m Env, k Kind, dir string) (removed []string, err error) {
	if dir == "" {
		dir = m.Folder()
	}
	for _, file := range inFolder(dir, k) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
		removed = append(removed, file)
		// NVIDIA's libraries lie beside go-xla's plugin, for it alone.
		if beside := filepath.Dir(file); k == CUDA && filepath.Base(beside) == "nvidia" {
			if err := os.RemoveAll(beside); err != nil {
				return removed, err
			}
		}
	}
	if len(removed) == 0 {
		return nil, fmt.Errorf("expected a %s plugin in %s. Got none%s", k, dir, elsewhere(m, k))
	}
	return removed, nil
}

// elsewhere names the plugins of a kind that are not in the user's folder.
func elsewhere(m Env, k Kind) string {
	var files []string
	for _, p := range m.plugins(k) {
		files = append(files, p.file)
	}
	if len(files) == 0 {
		return ""
	}
	return "; what is found elsewhere is not ours to remove: " + strings.Join(files, ", ")
}
