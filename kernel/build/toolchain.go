package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/build/objfile"
)

// toolchain is the set of programs that build, and what the go command says about itself. It is kept on disk as JSON,
// because asking the go command takes longer than everything else that New does.
type toolchain struct {
	Go      string // the go command of the selected toolchain
	Version string // such as "go1.26.8"
	Root    string // GOROOT
	Tools   string // GOTOOLDIR
	OS      string
	Arch    string
	Level   string // the value of GOAMD64, GOARM64, ...
	LevelOf string // the name of that variable
	CC      string // the C compiler as a command line
	CCInfo  string // the first line of its --version
	GoFlags string // the user's GOFLAGS
	Mold    string // path of the mold linker, or ""
	NoSIMD  string // why GoMLX is compiled without vector instructions, or ""

	// keepNames says that the layout of this Go's object files is not known: names stay as
	// compiled.
	keepNames bool

	saved   string   // the file that keeps the above
	work    string   // the folder for small files of this package (the linker wrapper)
	overlay []string // a flag of the go command for vendored modules
	flags   []string // of the go command: those of the user's GOFLAGS that can be honoured, and the session's
}

// experiment makes GoMLX's pure Go backend three to four times faster; the worker and all cells
// must agree on it. Where GoMLX does not compile with it, it is off.
func (t *toolchain) experiment() string {
	if t.Arch == "amd64" && t.NoSIMD == "" {
		return "simd"
	}
	return ""
}

// env is the environment of every command: the user's own with one set of settings laid over it, since two settings for
// worker and cells would not fit together.
func (t *toolchain) env(extra []string) []string {
	env := append(os.Environ(), extra...)
	env = append(env,
		"GO111MODULE=on", "GOWORK=off", "GOFLAGS="+strings.Join(slices.Concat([]string{"-mod=mod"}, t.overlay, t.flags), " "), "CGO_ENABLED=1", "GOTOOLCHAIN=local",
		"GOROOT="+t.Root, "GOOS="+t.OS, "GOARCH="+t.Arch, "GOEXPERIMENT="+t.experiment(), "CC="+t.CC)
	if t.LevelOf != "" {
		env = append(env, t.LevelOf+"="+t.Level)
	}
	return env
}

// id names everything about the tools that changes what they produce.
func (t *toolchain) id() string {
	id := strings.Join([]string{t.Version, t.OS, t.Arch, t.LevelOf + "=" + t.Level, t.experiment(), t.CC, t.CCInfo, strings.Join(buildFlags(t.flags), " ")}, "\n")
	if t.keepNames {
		id += "\nnames as compiled"
	}
	return id
}

// command prepares a go command in dir. It ends with ctx.
func (t *toolchain) command(ctx context.Context, extra []string, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, t.Go, args...)
	cmd.Dir = dir
	cmd.Env = append(t.env(extra), "PWD="+dir)
	return cmd
}

// commandError is a command that failed, with what it wrote to standard error.
type commandError struct {
	name   string
	output string
	err    error
}

func (e *commandError) Error() string {
	var said []string
	for line := range strings.Lines(strings.TrimSpace(e.output)) {
		if !strings.HasPrefix(line, "go: downloading ") { // what was going on, before what went wrong
			said = append(said, line)
		}
	}
	if len(said) > 0 {
		return e.name + ": " + strings.Join(said, "")
	}
	return e.name + ": " + e.err.Error()
}

func (e *commandError) Unwrap() error { return e.err }

// run runs a command and returns its standard output.
func run(cmd *exec.Cmd, name string) ([]byte, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, &commandError{name, stderr.String(), err}
	}
	return out, nil
}

// findToolchain finds the programs. env is the environment of commands, and gomod a folder with the
// go.mod whose go line selects the toolchain.
func findToolchain(ctx context.Context, env []string, cacheDir, gomod string) (*toolchain, error) {
	goCmd, err := FindGo(env)
	if err != nil {
		return nil, err
	}
	cc, err := FindCC(env)
	if err != nil {
		return nil, err
	}
	mold := FindMold()

	// What the answers depend on: the programs themselves, the variables and the file that configure the go command.
	key := newHasher("toolchain 3")
	key.text(runtime.Version())
	for _, f := range []string{goCmd, cc.Path, mold, goEnvFile(env), filepath.Join(gomod, "go.mod")} {
		key.file(f)
	}
	for _, kv := range env {
		if strings.HasPrefix(kv, "GO") || strings.HasPrefix(kv, "CC=") || strings.HasPrefix(kv, "HOME=") || strings.HasPrefix(kv, "XDG_") {
			key.text(kv)
		}
	}
	saved := filepath.Join(cacheDir, "toolchain", key.sum()+".json")
	t := &toolchain{}
	if data, err := os.ReadFile(saved); err == nil && json.Unmarshal(data, t) == nil {
		if _, err := os.Stat(t.Go); err == nil {
			t.complete(saved)
			return t, nil
		}
	}

	cmd := exec.CommandContext(ctx, goCmd, "env", "-json")
	cmd.Dir, cmd.Env = gomod, append(env, "GOWORK=off")
	out, err := run(cmd, "go env")
	if err != nil {
		return nil, fmt.Errorf("ask the go command %s about itself: %w", goCmd, err)
	}
	var vars map[string]string
	if err := json.Unmarshal(out, &vars); err != nil {
		return nil, fmt.Errorf("read the answer of go env: %w", err)
	}
	t = &toolchain{
		Go: filepath.Join(vars["GOROOT"], "bin", "go"), Version: vars["GOVERSION"], Root: vars["GOROOT"], Tools: vars["GOTOOLDIR"],
		OS: runtime.GOOS, Arch: runtime.GOARCH, CC: cc.Command, Mold: mold, GoFlags: vars["GOFLAGS"],
	}
	for _, name := range []string{"GOAMD64", "GOARM64", "GOARM", "GOPPC64", "GORISCV64"} {
		if v := vars[name]; v != "" && strings.EqualFold(name, "GO"+t.Arch) {
			t.LevelOf, t.Level = name, v
		}
	}
	if _, err := os.Stat(t.Go); err != nil {
		return nil, fmt.Errorf("build tools: expected a go command at %s, in the GOROOT that %s names. Got: %w. Reinstall Go from https://go.dev/dl", t.Go, goCmd, err)
	}
	info, err := exec.CommandContext(ctx, cc.Path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask the C compiler %s for its version: %w", cc.Path, err)
	}
	t.CCInfo, _, _ = strings.Cut(string(info), "\n")
	if err := t.checkReadable(ctx); err != nil {
		return nil, err
	}
	if t.Arch == "amd64" {
		t.NoSIMD = whyNoSIMD(t.Root, t.OS)
	}
	t.complete(saved)
	if err := t.save(); err != nil {
		return nil, err
	}
	return t, nil
}

// complete sets what is not kept in the file.
func (t *toolchain) complete(saved string) {
	t.saved, t.work, t.flags = saved, filepath.Dir(saved), honoured(t.GoFlags)
	t.keepNames = !objfile.Knows(t.Version)
}

// save keeps what was found.
func (t *toolchain) save() error {
	data, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return err
	}
	if err := writeFile(t.saved, data, 0o600); err != nil {
		return fmt.Errorf("keep what go env said: %w", err)
	}
	return nil
}

// goEnvFile is the file in which go env -w keeps settings.
func goEnvFile(env []string) string {
	if f := lookup(env, "GOENV"); f != "" {
		return f
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "go", "env")
}
