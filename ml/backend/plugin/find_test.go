package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

func TestFind(t *testing.T) {
	const (
		own   = "home/.local/lib/go-xla/pjrt_c_api_cpu_v0.83.4_plugin.so"
		older = "home/.local/lib/go-xla/pjrt_c_api_cpu_v0.83.1_plugin.so"
		wheel = "venv/lib/python3.11/site-packages/some_xla_cpu/libpjrt_cpu.so"
		cuda  = "venv/lib/python3.11/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so"
		tpu   = "usr/local/lib/python3.12/dist-packages/libtpu/libtpu.so"
		named = "elsewhere/pjrt_plugin_cpu.so"
	)
	tests := []struct {
		name  string
		env   map[string]string
		files []string
		want  []string // configurations, ROOT standing for the folder
	}{
		{"bare machine", nil, nil, []string{"go"}},
		{"GoMLX's folder, the newest first", nil, []string{own, older}, []string{"xla:ROOT/" + own, "xla:ROOT/" + older, "go"}},
		{"active environment", map[string]string{"VIRTUAL_ENV": "ROOT/venv"}, []string{wheel}, []string{"xla:ROOT/" + wheel, "go"}},
		{"environment by PATH", map[string]string{"PATH": "/nowhere:ROOT/venv/bin"}, []string{wheel, "venv/bin/python3"}, []string{"xla:ROOT/" + wheel, "go"}},
		{"conda", map[string]string{"CONDA_PREFIX": "ROOT/venv"}, []string{wheel}, []string{"xla:ROOT/" + wheel, "go"}},
		{"GoMLX's folder before wheels", map[string]string{"VIRTUAL_ENV": "ROOT/venv"}, []string{wheel, own}, []string{"xla:ROOT/" + own, "xla:ROOT/" + wheel, "go"}},
		{"cuda without a card", map[string]string{"VIRTUAL_ENV": "ROOT/venv"}, []string{cuda}, []string{"go"}},
		{"cuda with a card", map[string]string{"VIRTUAL_ENV": "ROOT/venv"}, []string{wheel, cuda, "dev/nvidia0"}, []string{"xla:ROOT/" + cuda, "xla:ROOT/" + wheel, "go"}},
		{"tpu", nil, []string{tpu, "dev/accel0"}, []string{"xla:ROOT/" + tpu, "go"}},
		{"plugin path replaces folders", map[string]string{"PJRT_PLUGIN_LIBRARY_PATH": "ROOT/elsewhere"}, []string{own, named}, []string{"xla:ROOT/" + named, "go"}},
		{"GOMLX_BACKEND=go", map[string]string{"GOMLX_BACKEND": "go"}, []string{own}, []string{"go"}},
		{"GOMLX_BACKEND=go with options", map[string]string{"GOMLX_BACKEND": "go:parallelism=1"}, nil, []string{"go:parallelism=1"}},
		{"GOMLX_BACKEND=xla", map[string]string{"GOMLX_BACKEND": "xla"}, []string{own}, []string{"xla:ROOT/" + own}},
		{"GOMLX_BACKEND=xla:cpu with options", map[string]string{"GOMLX_BACKEND": "xla:cpu,noshared_buffers"}, []string{own}, []string{"xla:ROOT/" + own + ",noshared_buffers"}},
		{"GOMLX_BACKEND=xla:file", map[string]string{"GOMLX_BACKEND": "xla:ROOT/my.so"}, nil, []string{"xla:ROOT/my.so"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, root := machine(t, test.env, test.files...)
			found, err := Find(m)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range found {
				got = append(got, strings.ReplaceAll(c.Config, root, "ROOT"))
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("found %v. Expected %v", got, test.want)
			}
		})
	}
}

func TestFindErrors(t *testing.T) {
	for config, want := range map[string]string{
		"abacus":   "Expected go, xla",
		"xla:cuda": "none was found in",
	} {
		m, _ := machine(t, map[string]string{"GOMLX_BACKEND": config})
		if _, err := Find(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v. Expected %q", config, err, want)
		}
	}
}

func ExampleFind() {
	choices, err := Find(Env{Getenv: func(string) string { return "" }, Root: "/nowhere"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(choices[0])
	// Output: GoMLX's Go backend on the CPU (no XLA plugin was found)
}
