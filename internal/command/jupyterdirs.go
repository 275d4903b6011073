package command

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// place is where a kernelspec goes, as the flags say.
type place struct {
	user      bool
	prefix    string
	sysPrefix bool
	name      string
}

// addFlags declares the flags of install and uninstall.
func (p *place) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.user, "user", false, "in the user's Jupyter folder (the default)")
	cmd.Flags().StringVar(&p.prefix, "prefix", "", "in `DIR`/share/jupyter")
	cmd.Flags().BoolVar(&p.sysPrefix, "sys-prefix", false, "in the active Python environment")
	cmd.Flags().StringVar(&p.name, "name", "gonbml", "the kernelspec's `NAME`; \"gonb\" makes GoNB notebooks open with it")
}

// dir returns the kernelspec's folder.
func (p *place) dir(cmd *cobra.Command) (string, error) {
	given := 0
	for _, flag := range []string{"user", "prefix", "sys-prefix"} {
		if cmd.Flags().Changed(flag) {
			given++
		}
	}
	if given > 1 {
		return "", usagef("give only one of --user, --prefix and --sys-prefix")
	}
	name, err := checkName(p.name)
	if err != nil {
		return "", err
	}
	data, err := p.dataDir(cmd.Flags().Changed("prefix"))
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(data, "kernels", name))
}

// dataDir returns the Jupyter data folder that the flags choose.
func (p *place) dataDir(prefixGiven bool) (string, error) {
	switch {
	case prefixGiven && p.prefix == "":
		return "", usagef("--prefix: expected a folder, got an empty text")
	case prefixGiven:
		return filepath.Join(p.prefix, "share", "jupyter"), nil
	case p.sysPrefix:
		prefix, err := pythonPrefix()
		if err != nil {
			return "", err
		}
		return filepath.Join(prefix, "share", "jupyter"), nil
	default:
		return userDataDir()
	}
}

// userDataDir is the user's Jupyter data folder, as jupyter_core finds it.
func userDataDir() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the user's Jupyter folder: %w; set JUPYTER_DATA_DIR, or give --prefix", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// pythonPrefix is the folder of the active Python environment.
func pythonPrefix() (string, error) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(name); dir != "" {
			return dir, nil
		}
	}
	for _, python := range []string{"python3", "python"} {
		out, err := osexec.Command(python, "-c", "import sys; print(sys.prefix)").Output()
		if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
			return dir, nil
		}
	}
	return "", fmt.Errorf("--sys-prefix: no Python environment is active and there is no python3; activate one, or give --prefix")
}
