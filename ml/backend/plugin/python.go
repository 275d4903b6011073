package plugin

import (
	"path/filepath"
	"slices"
)

// python is a Python environment: its prefix and its folders of installed packages.
type python struct {
	name  string
	sites []string
}

// pythons lists the Python environments whose wheels may hold a plugin: the active one first, then
// those of the python3 programs on PATH, then the user's and the system's. No interpreter is
// started: that would cost more than the search.
func (m Env) pythons() []python {
	var prefixes []string
	for _, v := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if p := m.Getenv(v); p != "" {
			prefixes = append(prefixes, p)
		}
	}
	for _, dir := range filepath.SplitList(m.Getenv("PATH")) {
		if programs, _ := filepath.Glob(filepath.Join(dir, "python3")); len(programs) > 0 {
			prefixes = append(prefixes, filepath.Dir(filepath.Clean(dir)))
		}
	}
	if m.Home != "" {
		prefixes = append(prefixes, filepath.Join(m.Home, ".local"))
	}
	// /opt/venv is where container images keep their environment.
	prefixes = append(prefixes, m.Root+"/usr/local", m.Root+"/usr", m.Root+"/opt/venv")

	var envs []python
	for i, p := range prefixes {
		if slices.Index(prefixes, p) < i {
			continue
		}
		var sites []string
		for _, pattern := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages", "Lib/site-packages"} {
			found, _ := filepath.Glob(filepath.Join(p, filepath.FromSlash(pattern)))
			sites = append(sites, found...)
		}
		if len(sites) > 0 {
			envs = append(envs, python{p, sites})
		}
	}
	return envs
}
