package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	modpath "golang.org/x/mod/module"
)

// vendored is a module whose packages lie in the vendor folder of the user's module.
type vendored struct {
	path, dir string
	language  string // of its go line, or ""
}

// readVendor reads vendor/modules.txt of the module in root. Modules without packages there are left out.
func readVendor(root string) (list []vendored, err error) {
	lines, err := readLines(filepath.Join(root, "vendor", "modules.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m vendored
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "## "):
			for _, note := range strings.Split(line[3:], ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(note), "go "); ok {
					m.language = v
				}
			}
		case strings.HasPrefix(line, "# "):
			m = vendored{path: strings.Fields(line)[1]}
			m.dir = filepath.Join(root, "vendor", filepath.FromSlash(m.path))
		case line != "" && m.dir != "" && !slices.ContainsFunc(list, func(o vendored) bool { return o.path == m.path }):
			list = append(list, m)
		}
	}
	return list, nil
}

// enterVendored lets vendored modules come from where they lie, but for those in known: what the worker contains cannot be
// a part of a module only. The go command wants a go.mod in such a folder; enterVendored returns those to pretend.
func (p *project) enterVendored(known map[string]string) (pretend map[string]string) {
	pretend = map[string]string{}
	for _, v := range p.vendored {
		if _, ok := known[v.path]; ok || v.path == self {
			continue
		}
		p.replaces = slices.DeleteFunc(p.replaces, func(r *modfile.Replace) bool { return r.Old.Path == v.path })
		p.replaces = append(p.replaces, &modfile.Replace{Old: modpath.Version{Path: v.path}, New: modpath.Version{Path: v.dir}})
		text := "module " + modfile.AutoQuote(v.path) + "\n"
		if v.language != "" {
			text += "\ngo " + v.language + "\n"
		}
		if !isFile(filepath.Join(v.dir, "go.mod")) {
			pretend[filepath.Join(v.dir, "go.mod")] = text
		}
	}
	return pretend
}

// overlay writes what the go command's -overlay flag takes to see files that do not exist, and returns the flag.
func (m *module) overlay(pretend map[string]string) (flags []string, err error) {
	if len(pretend) == 0 {
		return nil, nil
	}
	dir := filepath.Join(m.dir, "_vendor")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	replace := map[string]string{}
	for name, text := range pretend {
		h := newHasher("vendored 1")
		h.text(name)
		replace[name] = filepath.Join(dir, h.sum()+".mod")
		if err := writeFile(replace[name], []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "overlay.json")
	if strings.ContainsAny(file, " \t\n'\"") {
		return nil, fmt.Errorf("vendored packages: expected a cache folder whose name has no spaces. Got %s; set XDG_CACHE_HOME to another one", m.dir)
	}
	return []string{"-overlay=" + file}, writeFile(file, data, 0o600)
}
