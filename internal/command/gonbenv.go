package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine"
)

// kernelFile is how Jupyter names the connection file of a kernel, with the id under which its server knows the kernel.
var kernelFile = regexp.MustCompile(`^kernel-([0-9a-zA-Z_-]+)\.json$`)

// underJupyter says in an engine's options where it runs: to the engine, and, by the variables of
// the environment that GoNB has for it, to programs and shell lines. What is not known is empty
// there, lest they see what another kernel has set.
func underJupyter(o engine.Options, connectionFile, version, commit string) engine.Options {
	if m := kernelFile.FindStringSubmatch(filepath.Base(connectionFile)); m != nil {
		o.Kernel = m[1]
	}
	if pid := os.Getenv("JPY_PARENT_PID"); pid != "" {
		o.Root = jupyterRoot(filepath.Join("/proc", pid))
	}
	o.Env = append(o.Env, "GONB_VERSION="+version, "GONB_GIT_COMMIT="+commit,
		"GONB_JUPYTER_KERNEL_ID="+o.Kernel, "GONB_JUPYTER_ROOT="+o.Root)
	return o
}

// jupyterRoot is the folder that a Jupyter server, whose entry in /proc this is, serves files from: what its command line
// says, or else the folder that it runs in. It is "" where that cannot be found out.
func jupyterRoot(proc string) string {
	folder, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil {
		return ""
	}
	line, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil {
		return folder
	}
	args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	for i, arg := range args {
		for _, name := range []string{"--ServerApp.root_dir", "--notebook-dir", "--NotebookApp.notebook_dir", "--ServerApp.notebook_dir"} {
			value, ok := strings.CutPrefix(arg, name+"=")
			if arg == name && i+1 < len(args) {
				value, ok = args[i+1], true
			}
			if ok && filepath.IsAbs(value) {
				return value
			}
			if ok {
				return filepath.Join(folder, value)
			}
		}
	}
	return folder
}
