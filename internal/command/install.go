package command

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newInstallCommand(env *environment) *cobra.Command {
	var where place
	var displayName string
	var withoutGopls bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Make the kernel known to Jupyter; undone by uninstall",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(displayName) == "" {
				return usagef("--display-name: expected a text, got an empty one")
			}
			dir, err := where.dir(cmd)
			if err != nil {
				return err
			}
			executable, err := installedExecutable()
			if err != nil {
				return err
			}
			if err := install(dir, displayName, executable); err != nil {
				return err
			}
			fmt.Fprintf(env.stdout, "Installed the kernelspec %q in %s\n", filepath.Base(dir), dir)
			fmt.Fprintf(env.stdout, "It starts %s. To undo: gonbml uninstall%s\n", executable, where.flags(cmd))
			if !withoutGopls {
				ctx := cmd.Context()
				if ctx == nil {
					ctx = context.Background()
				}
				prepareGopls(ctx, env)
			}
			return nil
		},
	}
	where.addFlags(cmd)
	cmd.Flags().BoolVar(&withoutGopls, "no-gopls", false, "do not build gopls, which completion takes documentation from")
	cmd.Flags().StringVar(&displayName, "display-name", "Go (gonbml)", "the kernel's `NAME` in menus")
	return cmd
}

// install writes the kernelspec into the folder.
func install(dir, displayName, executable string) error {
	// A kernelspec of another kernel could not be put back by uninstall. A broken one is of no use
	// to anybody.
	if old, ok, err := readKernelspec(dir); err == nil && ok && !old.ours() {
		return fmt.Errorf("%s holds the kernelspec of another kernel, %q. Remove it first (jupyter kernelspec remove %s), or give another --name",
			dir, old.DisplayName, filepath.Base(dir))
	}
	info, _ := debug.ReadBuildInfo()
	if err := newKernelspec(executable, displayName, version(info)).write(dir); err != nil {
		return fmt.Errorf("install the kernelspec: %w", err)
	}
	return nil
}

// flags returns the flags of place that were given, as they are typed.
func (p *place) flags(cmd *cobra.Command) string {
	text := ""
	if cmd.Flags().Changed("prefix") {
		text += " --prefix " + shellWord(p.prefix)
	}
	if p.sysPrefix {
		text += " --sys-prefix"
	}
	if cmd.Flags().Changed("name") {
		text += " --name " + p.name
	}
	return text
}

// shellWord quotes a word for a shell where that is needed.
func shellWord(word string) string {
	if strings.ContainsAny(word, " \t\n'\"`$\\&;|<>()*?[]#~!{}") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// installedExecutable returns the path of this program, for Jupyter to start it by. A program that
// go run made is refused: it may be gone tomorrow.
func installedExecutable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program's own path: %w", err)
	}
	if temporaryExecutable(path, goCache()) {
		return "", fmt.Errorf("this program was started by go run and lies in a folder that Go empties (%s). Build it first: go install . && gonbml install", filepath.Dir(path))
	}
	return path, nil
}

// temporaryExecutable says whether go run made the program: in a folder of its own under the
// temporary folder, or, since Go 1.24, in the build cache.
func temporaryExecutable(path, cache string) bool {
	for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if dir == cache || strings.HasPrefix(filepath.Base(dir), "go-build") {
			return true
		}
	}
	return false
}

// goCache is the folder of Go's build cache; empty if it is not known.
func goCache() string {
	out, err := osexec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
