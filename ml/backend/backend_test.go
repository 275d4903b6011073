package backend

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
)

// machine makes a machine of the given files below a temporary folder and returns it with that
// folder.
func machine(t *testing.T, env map[string]string, files ...string) (Env, string) {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		path := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("not a library"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return Env{
		Getenv: func(key string) string { return strings.ReplaceAll(env[key], "ROOT", root) },
		Home:   filepath.Join(root, "home"), Root: root,
	}, root
}

func TestBrokenPlugin(t *testing.T) {
	const plugin = "home/.local/lib/go-xla/pjrt_c_api_cpu_plugin.so"
	t.Run("found", func(t *testing.T) {
		m, root := machine(t, nil, plugin)
		b, err := open(m)
		if err != nil {
			t.Fatal(err)
		}
		if b.Choice().Kind != Go || !strings.Contains(b.Describe().String(), "Passed over") || !strings.Contains(b.Describe().String(), root) {
			t.Errorf("expected the Go backend, and a word on the broken plugin. Got %s", b.Describe())
		}
		if strings.Contains(b.String(), "no XLA plugin was found") {
			t.Errorf("%s: but one was found, and is broken", b)
		}
	})
	for name, file := range map[string]string{"asked for": plugin, "missing": "none.so"} {
		t.Run(name, func(t *testing.T) {
			m, root := machine(t, map[string]string{"GOMLX_BACKEND": "xla:ROOT/" + file}, plugin)
			_, err := open(m)
			failed, ok := errors.AsType[*PluginError](err)
			if !ok || failed.File != filepath.Join(root, file) || !strings.Contains(err.Error(), "GOMLX_BACKEND=go") {
				t.Errorf("got %v. Expected an error that names the file and the way out", err)
			}
		})
	}
}

func TestLibraryThatIsNoPlugin(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenChoice(Choice{Kind: CPU, Config: "xla:" + self, Plugin: self})
	if err == nil {
		t.Fatal("a program was loaded as a plugin")
	}
	if _, ok := errors.AsType[*PluginError](err); !ok {
		t.Errorf("got %v. Expected a PluginError", err)
	}
}

// opened returns the Go backend and the one that this machine computes with by default.
func opened(t *testing.T) (golang, best *Backend) {
	t.Helper()
	golang, err := NewGo()
	if err != nil {
		t.Fatal(err)
	}
	if best, err = Default(); err != nil {
		t.Fatal(err)
	}
	return golang, best
}

func TestOpenedBackendComputes(t *testing.T) {
	golang, best := opened(t)
	for _, b := range []*Backend{golang, best} {
		t.Log(b)
		out, err := graph.CallOnce(b.GoMLX(), func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) }, []float32{3, 4})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Value().(float32); got != 25 {
			t.Errorf("%s: 3² + 4² = %g", b, got)
		}
	}
	if again, _ := Default(); again != best {
		t.Error("Default opened a second backend")
	}
}

// A CPU is one device: a plugin that makes several of it divides each operation among more threads
// than there are cores.
func TestCPUIsOneDevice(t *testing.T) {
	b, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if n := b.GoMLX().NumDevices(); b.Choice().Kind == CPU && n != 1 {
		t.Errorf("%s has %d devices. Expected one", b, n)
	}
}

func TestSequential(t *testing.T) {
	for config, want := range map[string]string{
		"go": "go:ops_sequential", "go:": "go:ops_sequential", "go:parallelism=2": "go:ops_sequential,parallelism=2",
		"go:ops_parallel": "go:ops_parallel",
	} {
		if got := sequential(config); got != want {
			t.Errorf("%q: got %q. Expected %q", config, got, want)
		}
	}
}
