// Package plugin finds, installs and examines PJRT plugins: the shared libraries through which XLA
// computes on a CPU, a GPU or a TPU.
//
// It does not load them (ml/backend does) and links neither GoMLX nor C, so that gonbml's command
// line can use it as well. Finding only reads the environment and looks at files; it takes a few
// milliseconds and starts no program. Installing writes into one of the user's folders, where
// GoMLX's own programs look, too.
package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Kind is a sort of device.
type Kind string

// The kinds of devices, under the names that GOMLX_BACKEND=xla:NAME uses. Go is the engine in pure
// Go.
const (
	Go   Kind = "go"
	CPU  Kind = "cpu"
	CUDA Kind = "cuda"
	TPU  Kind = "tpu"
)

// Choice is a backend that could be opened.
type Choice struct {
	Kind Kind
	// Config is GoMLX's configuration string, such as "go" or "xla:/opt/lib/libpjrt_cpu.so".
	Config string
	// Plugin is the absolute path of the shared library. It is empty for the Go backend.
	Plugin string
	// Why says in words where the choice comes from.
	Why string
	// Automatic says that a search of the machine found it. Otherwise the user has asked for it.
	Automatic bool
}

// String names the choice in one line.
func (c Choice) String() string {
	switch c.Kind {
	case Go:
		return fmt.Sprintf("GoMLX's Go backend on the CPU (%s)", c.Why)
	case CPU:
		return fmt.Sprintf("XLA on the CPU (%s, %s)", filepath.Base(c.Plugin), c.Why)
	}
	return fmt.Sprintf("XLA on the %s device (%s, %s)", strings.ToUpper(string(c.Kind)), filepath.Base(c.Plugin), c.Why)
}

// Env is what the search reads from the machine. Tests replace it.
type Env struct {
	Getenv func(string) string
	// Home is the user's home folder.
	Home string
	// Root is put before absolute paths that are not the user's, such as /usr/lib.
	Root string
}

// Machine returns the environment of this process.
func Machine() Env {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return Env{Getenv: os.Getenv, Home: home}
}

// Find lists the backends that can be tried, best first. If GOMLX_BACKEND is set, this is only what
// it names. Otherwise it is the plugins for accelerators whose device is present, then the plugins
// for the CPU, and last the Go backend.
func Find(m Env) ([]Choice, error) {
	if config := m.Getenv("GOMLX_BACKEND"); config != "" {
		c, err := chosen(m, config)
		if err != nil {
			return nil, err
		}
		return []Choice{c}, nil
	}
	var found []Choice
	for _, kind := range []Kind{CUDA, TPU, CPU} {
		if !m.has(kind) {
			continue
		}
		for _, p := range m.plugins(kind) {
			found = append(found, Choice{Kind: kind, Config: "xla:" + p.file, Plugin: p.file, Why: p.why, Automatic: true})
		}
	}
	return append(found, Choice{Kind: Go, Config: "go", Why: "no XLA plugin was found", Automatic: true}), nil
}

// chosen understands GOMLX_BACKEND as GoMLX does, except that the plugin's name becomes the file
// that Find would take.
func chosen(m Env, config string) (Choice, error) {
	const why = "as GOMLX_BACKEND says"
	name, rest, _ := strings.Cut(config, ":")
	switch name {
	case "go":
		return Choice{Kind: Go, Config: config, Why: why}, nil
	case "xla", "stablehlo", "hlo", "shlo":
	default:
		return Choice{}, fmt.Errorf("backend: GOMLX_BACKEND=%q is not known. Expected go, xla, xla:cpu, xla:cuda, xla:tpu or xla:/path/to/plugin.so", config)
	}
	plugin, options, hasOptions := strings.Cut(rest, ",")
	kind := Kind(plugin)
	if filepath.IsAbs(plugin) {
		kind = kindOf(plugin)
	} else {
		var files []plugged
		for _, k := range []Kind{CUDA, TPU, CPU} {
			if plugin == "" && m.has(k) || kind == k {
				files = append(files, m.plugins(k)...)
			}
		}
		if len(files) == 0 {
			return Choice{}, fmt.Errorf("backend: GOMLX_BACKEND=%q asks for an XLA plugin, and none was found in %s. Install one (gonbml xla install cpu), name its file as GOMLX_BACKEND=xla:/path/to/plugin.so, or unset GOMLX_BACKEND",
				config, strings.Join(m.folders(), ", "))
		}
		plugin, kind = files[0].file, files[0].kind
	}
	c := Choice{Kind: kind, Config: "xla:" + plugin, Plugin: plugin, Why: why}
	if hasOptions {
		c.Config += "," + options
	}
	return c, nil
}

// kindOf guesses from a plugin's file name what it is for.
func kindOf(file string) Kind {
	base := strings.ToLower(filepath.Base(file))
	for _, k := range []Kind{CUDA, TPU} {
		if strings.Contains(base, string(k)) {
			return k
		}
	}
	return CPU
}

// has says whether the machine shows a device of the kind.
func (m Env) has(k Kind) bool {
	var nodes []string
	switch k {
	case CUDA:
		nodes = []string{"/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"}
	case TPU:
		nodes = []string{"/dev/accel0", "/dev/vfio/0"}
	default:
		return true
	}
	return slices.ContainsFunc(nodes, func(n string) bool {
		_, err := os.Stat(m.Root + n)
		return err == nil
	})
}

// plugged is a plugin file with the reason for which it was looked at.
type plugged struct {
	kind Kind
	file string
	why  string
}

// plugins returns the plugin files for the kind: GoMLX's folders first, then the wheels of Python
// environments.
func (m Env) plugins(k Kind) []plugged {
	var found []plugged
	add := func(why string, patterns ...string) {
		for _, p := range patterns {
			files, _ := filepath.Glob(p) // the only error is a malformed pattern
			// Of several versions in one folder the newest comes first.
			slices.Sort(files)
			slices.Reverse(files)
			for _, f := range files {
				if !slices.ContainsFunc(found, func(p plugged) bool { return p.file == f }) {
					found = append(found, plugged{k, f, why})
				}
			}
		}
	}
	ext := extension()
	for _, dir := range m.folders() {
		add("found in "+m.short(dir),
			filepath.Join(dir, "pjrt_c_api_"+string(k)+"*_plugin"+ext),
			filepath.Join(dir, "pjrt?plugin?"+string(k)+"*"+ext))
	}
	for _, env := range m.pythons() {
		for _, site := range env.sites {
			why := "from the Python environment " + filepath.Base(env.name)
			switch k {
			case CPU:
				add(why, filepath.Join(site, "*", "libpjrt_cpu"+ext), filepath.Join(site, "*", "pjrt_c_api_cpu*_plugin"+ext))
			case CUDA:
				add(why, filepath.Join(site, "jax_plugins", "xla_cuda*", "xla_cuda_plugin"+ext))
			case TPU:
				add(why, filepath.Join(site, "libtpu", "libtpu"+ext))
			}
		}
	}
	return found
}

// short writes a path below the user's home folder with ~: it is shown in notebooks, which are
// passed on.
func (m Env) short(dir string) string {
	if rest, ok := strings.CutPrefix(dir, m.Home+string(filepath.Separator)); ok && m.Home != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return dir
}

// extension is that of shared libraries here.
func extension() string {
	if ext := map[string]string{"darwin": ".dylib", "windows": ".dll"}[runtime.GOOS]; ext != "" {
		return ext
	}
	return ".so"
}

// own are the user's folders; that into which plugins are installed comes first.
func (m Env) own() []string {
	lib := filepath.Join(m.Home, ".local", "lib")
	if runtime.GOOS == "darwin" {
		lib = filepath.Join(m.Home, "Library", "Application Support")
	}
	return []string{filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla", "nvidia"), filepath.Join(lib, "gomlx", "pjrt")}
}

// folders returns where GoMLX keeps plugins: PJRT_PLUGIN_LIBRARY_PATH replaces the usual ones.
func (m Env) folders() []string {
	if list := m.Getenv("PJRT_PLUGIN_LIBRARY_PATH"); list != "" {
		return filepath.SplitList(list)
	}
	var dirs []string
	if m.Home != "" {
		dirs = m.own()
	}
	for _, lib := range []string{"/usr/local/lib/go-xla", "/usr/local/lib/go-xla/nvidia", "/usr/local/lib/gomlx/pjrt"} {
		dirs = append(dirs, m.Root+lib)
	}
	return dirs
}
