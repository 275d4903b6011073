package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/exec"
)

// finding is one line of the doctor's report.
type finding struct {
	what, found string
	// state is present, missing (works without) or needed (does not work without).
	state state
	// fix says what to do about something that is not present.
	fix string
}

type state string

const (
	present state = "ok"
	missing state = "--"
	needed  state = "!!"
)

func newDoctorCommand(env *environment) *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has of what gonbml uses, and how to get the rest",
		Long: `Doctor looks for the programs that gonbml uses, runs a cell, and says how to get what is missing. The first time
on a machine this builds the worker, which takes about a minute; --quick leaves the cell out.

The exit status is 1 if something is missing that gonbml cannot work without.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return doctor(ctx, env, quick)
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "do not run a cell")
	return cmd
}

// doctor examines the machine and writes the report.
func doctor(ctx context.Context, env *environment, quick bool) error {
	findings := []finding{goCommand(ctx), compiler(ctx)}
	works := findings[0].state == present && findings[1].state == present
	findings = append(findings, linker(ctx), languageServer(ctx), jupyter(ctx), kernelspecs())
	if works {
		findings = append(findings, cache(ctx, env.sources))
	}
	if works && !quick {
		findings = append(findings, cell(ctx, env)...)
	}
	if works {
		findings = append(findings, limits(ctx, env.sources)...)
	}
	width := 0
	for _, f := range findings {
		width = max(width, len(f.what))
	}
	failed := false
	for _, f := range findings {
		fmt.Fprintf(env.stdout, "%s  %-*s  %s\n", f.state, width, f.what, strings.ReplaceAll(f.found, "\n", "\n"+strings.Repeat(" ", width+6)))
		if f.state != present && f.fix != "" {
			fmt.Fprintf(env.stdout, "    %-*s  %s\n", width, "", f.fix)
		}
		failed = failed || f.state == needed
	}
	if failed {
		fmt.Fprintln(env.stdout, "\nWhat is marked !! must be fixed before cells can run.")
		return exitError(exitFailure)
	}
	return nil
}

// version1 runs a program for the first line of what it says; empty if it is not there.
func version1(ctx context.Context, path string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := osexec.CommandContext(ctx, path, args...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

func goCommand(ctx context.Context) finding {
	f := finding{what: "Go", state: needed, fix: "Install Go 1.26 or newer from https://go.dev/dl and put its bin folder into PATH."}
	path, err := build.FindGo(os.Environ())
	if err != nil {
		f.found = "no go command"
		return f
	}
	v := version1(ctx, path, "env", "GOVERSION")
	if v == "" {
		f.found = fmt.Sprintf("%s does not say its version", path)
		return f
	}
	f.found = fmt.Sprintf("%s (%s)", v, path)
	if version1(ctx, path, "env", "CGO_ENABLED") == "0" && os.Getenv("CGO_ENABLED") == "0" {
		f.fix = "CGO_ENABLED=0 is set in the environment; unset it: cells are loaded as plugins, which need cgo."
		return f
	}
	f.state = present
	return f
}

func compiler(ctx context.Context) finding {
	f := finding{what: "C compiler", found: "none", state: needed,
		fix: "Cells are linked with it. Debian, Ubuntu: apt install gcc libc6-dev. Fedora: dnf install gcc. macOS: xcode-select --install."}
	cc, err := build.FindCC(os.Environ())
	if err != nil {
		if named := strings.Fields(os.Getenv("CC")); len(named) > 0 {
			f.found = fmt.Sprintf("no %s, which CC names", named[0])
		}
		return f
	}
	f.state, f.found = present, fmt.Sprintf("%s (%s)", version1(ctx, cc.Path, "--version"), cc.Path)
	return f
}

func linker(ctx context.Context) finding {
	if path := build.FindMold(); path != "" {
		return finding{what: "Linker", found: fmt.Sprintf("%s (%s)", version1(ctx, path, "--version"), path), state: present}
	}
	return finding{what: "Linker", found: "no mold; the system's linker serves", state: missing,
		fix: "With mold a new cell is ready a tenth of a second sooner. Debian, Ubuntu: apt install mold. Fedora: dnf install mold."}
}

func jupyter(ctx context.Context) finding {
	path, err := osexec.LookPath("jupyter")
	if err != nil {
		return finding{what: "Jupyter", found: "none; gonbml run works without it", state: missing,
			fix: "python3 -m venv jupyter && jupyter/bin/pip install jupyterlab, then jupyter/bin/jupyter lab"}
	}
	found := path
	if v := version1(ctx, path, "lab", "--version"); v != "" {
		found = fmt.Sprintf("JupyterLab %s (%s)", v, path)
	}
	return finding{what: "Jupyter", found: found, state: present}
}

// kernelspecs lists where Jupyter would find this kernel.
func kernelspecs() finding {
	f := finding{what: "Kernelspec", found: "none in Jupyter's folders", state: missing, fix: "To use gonbml in Jupyter: gonbml install"}
	var dirs []string
	if d, err := userDataDir(); err == nil {
		dirs = append(dirs, d)
	}
	if d, err := pythonPrefix(); err == nil {
		dirs = append(dirs, filepath.Join(d, "share", "jupyter"))
	}
	dirs = append(dirs, filepath.SplitList(os.Getenv("JUPYTER_PATH"))...)
	dirs = append(dirs, "/usr/local/share/jupyter", "/usr/share/jupyter")
	var found, broken []string
	seen := map[string]bool{}
	for _, d := range dirs {
		files, _ := filepath.Glob(filepath.Join(d, "kernels", "*", "kernel.json")) // the only error is a malformed pattern
		for _, file := range files {
			dir := filepath.Dir(file)
			spec, ok, err := readKernelspec(dir)
			if err != nil || !ok || !spec.ours() || seen[dir] {
				continue
			}
			seen[dir] = true
			line := fmt.Sprintf("%s, %q (%s)", filepath.Base(dir), spec.DisplayName, dir)
			if len(spec.Argv) == 0 {
				broken = append(broken, line)
			} else if _, err := os.Stat(spec.Argv[0]); err != nil {
				broken = append(broken, fmt.Sprintf("%s starts %s, which is gone", line, spec.Argv[0]))
			}
			found = append(found, line)
		}
	}
	switch {
	case len(broken) > 0:
		f.found, f.fix = strings.Join(broken, "\n"), "Install it again: gonbml install (with the same --name and place)"
	case len(found) > 0:
		f.state, f.found = present, strings.Join(found, "\n")
	}
	return f
}

func cache(ctx context.Context, sources fs.FS) finding {
	f := finding{what: "Cache", state: missing}
	b, err := build.New(ctx, build.Options{Source: sources})
	if err != nil {
		f.found = oneLine(err.Error())
		return f
	}
	defer b.Close()
	dir, size, err := b.CacheInfo()
	if err != nil {
		f.found = oneLine(err.Error())
		return f
	}
	f.state, f.found = present, fmt.Sprintf("%s, %.0f MB (may be deleted while no notebook runs)", dir, float64(size)/1e6)
	return f
}

// limits are what this version of Go cannot give. Some show only when a worker was built.
func limits(ctx context.Context, sources fs.FS) (all []finding) {
	b, err := build.New(ctx, build.Options{Source: sources})
	if err != nil {
		return nil // the cache's finding
	}
	defer b.Close()
	for _, l := range b.Limits() {
		all = append(all, finding{what: "Limit", found: l, state: missing,
			fix: "Cells run all the same. A newer gonbml may do without this: go install github.com/gonbml/gonbml@latest"})
	}
	return all
}

// probe is the cell that the doctor runs. It finds backends and opens none: that could take a GPU's memory from
// somebody.
const probe = `import "github.com/gonbml/gonbml/ml/backend"
choices, err := backend.Find(backend.Machine())
if len(choices) > 0 {
	fmt.Println(choices[0])
}
err
`

// cell runs a cell, and reports that and the backend that models will use.
func cell(ctx context.Context, env *environment) []finding {
	fails := func(err error) []finding {
		return []finding{{what: "Cells", found: "a test cell failed: " + oneLine(err.Error()), state: needed,
			fix: "If the fault is not above, this is one of gonbml: please report it with this line."}}
	}
	eng, err := env.newEngine(ctx, os.TempDir(), func(text string) { fmt.Fprintln(env.stderr, text) })
	if err != nil {
		return fails(err)
	}
	defer eng.Close()
	start := time.Now()
	var out printed
	if f := eng.Execute(ctx, exec.Request{Code: probe, Count: 1}, &out); f != nil {
		if f.Name == exec.ReturnedError { // what the cell itself returned: GOMLX_BACKEND names something that is not there
			return []finding{ran(start), {what: "Backend", found: f.Value, state: missing}}
		}
		return fails(f)
	}
	backends := finding{what: "Backend", found: strings.TrimSpace(out.text.String()), state: present}
	if !strings.Contains(backends.found, "XLA") {
		backends.state = missing
		backends.fix = "Training is several times faster with an XLA plugin: gonbml xla install cpu"
	}
	return []finding{ran(start), backends}
}

func ran(start time.Time) finding {
	return finding{what: "Cells", found: fmt.Sprintf("a test cell ran in %.2f s", time.Since(start).Seconds()), state: present}
}

// printed is an exec.Output that keeps what a cell prints.
type printed struct{ text strings.Builder }

// Stream implements exec.Output.
func (p *printed) Stream(name, text string) {
	if name == "stdout" {
		p.text.WriteString(text)
	}
}

// Display implements exec.Output.
func (*printed) Display(exec.Display) {}

// ClearOutput implements exec.Output.
func (*printed) ClearOutput(bool) {}

// Result implements exec.Output.
func (*printed) Result(exec.Bundle, map[string]any) {}

// Input implements exec.Output.
func (*printed) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("nobody is there to ask")
}
