package command

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// installTo installs a program at /opt/gonbml where the flags say, and returns how to undo it. The
// test's own executable is one that the command must refuse.
func installTo(t *testing.T, args ...string) (undo string, err error) {
	t.Helper()
	var where place
	cmd := &cobra.Command{SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := where.dir(cmd)
		if err != nil {
			return err
		}
		undo = "uninstall" + where.flags(cmd)
		return install(dir, "Go (gonbml)", "/opt/gonbml")
	}}
	where.addFlags(cmd)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return undo, err
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func TestInstallAndUninstall(t *testing.T) {
	prefix := t.TempDir()
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "gonb")
	undo, err := installTo(t, "--prefix", prefix, "--name", "GoNB")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}; !reflect.DeepEqual(got, want) {
		t.Errorf("files: %v, want %v", got, want)
	}
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"argv":         []any{"/opt/gonbml", "kernel", "{connection_file}"},
		"display_name": "Go (gonbml)", "language": "go", "interrupt_mode": "message", "kernel_protocol_version": "5.5",
	} {
		if !reflect.DeepEqual(spec[key], want) {
			t.Errorf("%s: got %v, want %v", key, spec[key], want)
		}
	}
	for size, name := range map[int]string{32: "logo-32x32.png", 64: "logo-64x64.png"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || config.Width != size || config.Height != size {
			t.Errorf("%s: %dx%d, %v", name, config.Width, config.Height, err)
		}
	}

	if _, err := installTo(t, "--prefix", prefix, "--name", "gonb"); err != nil {
		t.Errorf("installing over our own: %v", err)
	}
	status, stdout, stderr := runCommand(strings.Fields(undo)...)
	if status != 0 || !strings.Contains(stdout, dir) {
		t.Errorf("uninstall: status %d, %q, %q", status, stdout, stderr)
	}
	if left := names(t, filepath.Dir(dir)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestUninstallKeepsWhatIsNotOurs(t *testing.T) {
	prefix := t.TempDir()
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "gonbml")
	if _, err := installTo(t, "--prefix", prefix); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := runCommand("uninstall", "--prefix", prefix); status != 0 {
		t.Errorf("status %d, %q", status, stderr)
	}
	if left := names(t, dir); !reflect.DeepEqual(left, []string{"notes.txt"}) {
		t.Errorf("left: %v", left)
	}
}

func TestAnotherKernelsSpecIsLeftAlone(t *testing.T) {
	prefix := t.TempDir()
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "gonb")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const theirs = `{"argv":["gonb","--kernel","{connection_file}"],"display_name":"Go (gonb)","language":"go"}`
	file := filepath.Join(dir, "kernel.json")
	if err := os.WriteFile(file, []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := installTo(t, "--prefix", prefix, "--name", "gonb"); err == nil || !strings.Contains(err.Error(), `another kernel, "Go (gonb)"`) {
		t.Errorf("install: %v", err)
	}
	if status, _, stderr := runCommand("uninstall", "--prefix", prefix, "--name", "gonb"); status != 1 || !strings.Contains(stderr, "leaves it alone") {
		t.Errorf("uninstall: status %d, %q", status, stderr)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != theirs {
		t.Errorf("kernel.json is now %q, %v", text, err)
	}
}

func TestPlaces(t *testing.T) {
	home := t.TempDir()
	userDir := filepath.Join(home, ".local", "share", "jupyter")
	if runtime.GOOS == "darwin" {
		userDir = filepath.Join(home, "Library", "Jupyter")
	}
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"user by default":     {nil, nil, userDir},
		"user":                {nil, []string{"--user"}, userDir},
		"JUPYTER_DATA_DIR":    {map[string]string{"JUPYTER_DATA_DIR": home + "/data"}, nil, home + "/data"},
		"prefix":              {map[string]string{"JUPYTER_DATA_DIR": home + "/data"}, []string{"--prefix", home + "/p"}, home + "/p/share/jupyter"},
		"virtual environment": {map[string]string{"VIRTUAL_ENV": home + "/v"}, []string{"--sys-prefix"}, home + "/v/share/jupyter"},
		"conda environment":   {map[string]string{"CONDA_PREFIX": home + "/c"}, []string{"--sys-prefix"}, home + "/c/share/jupyter"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"JUPYTER_DATA_DIR", "XDG_DATA_HOME", "VIRTUAL_ENV", "CONDA_PREFIX"} {
				t.Setenv(key, c.env[key])
			}
			t.Setenv("HOME", home)
			if _, err := installTo(t, c.args...); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(c.want, "kernels", "gonbml", "kernel.json")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTemporaryExecutablesAreRefused(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build123/b001/exe/gonbml":        true,
		"/home/a/.cache/go-build/ab/abc-d/gonbml": true,
		"/big/cache/ab/abc-d/gonbml":              true,
		"/home/a/go/bin/gonbml":                   false,
		"/usr/local/bin/gonbml":                   false,
	} {
		if got := temporaryExecutable(path, "/big/cache"); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	// This test's program is such an executable.
	status, _, stderr := runCommand("install", "--prefix", t.TempDir())
	if status != 1 || !strings.Contains(stderr, "go install . && gonbml install") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{"/opt/x-1": "/opt/x-1", "/my files": "'/my files'", "a'b": `'a'\''b'`} {
		if got := shellWord(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}
