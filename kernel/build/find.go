package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// This file finds the programs that build. Whoever tells the user what a machine has asks here,
// too, so that nobody says that something is there which the kernel does not find.

// CC is a C compiler.
type CC struct {
	// Command is its command line: CC's text, or the name of a program in PATH.
	Command string
	// Path is where its program lies.
	Path string
}

// compilers are the C compilers that are looked for where the variable CC names none.
var compilers = []string{"gcc", "cc", "clang"}

// FindGo returns the go command: the one in PATH, else one where people have Go, since a notebook
// server started from a desktop often has a PATH without it. env is the environment, of which
// GOROOT and HOME say more places; PATH is the process's own.
func FindGo(env []string) (string, error) { return findGo(env, systemRoots) }

// systemRoots are the folders in which installers and package managers put Go.
var systemRoots = []string{
	"/usr/local/go", "/usr/lib/go", "/snap/go/current", "/opt/homebrew/opt/go", "/opt/homebrew",
}

// findGo is FindGo for tests, which say what the system's folders are.
func findGo(env, system []string) (string, error) {
	if path, err := exec.LookPath("go"); err == nil {
		return filepath.Abs(path)
	}
	var roots []string
	if root := lookup(env, "GOROOT"); root != "" {
		roots = append(roots, root)
	}
	roots = append(roots, system...)
	if home := lookup(env, "HOME"); home != "" {
		roots = append(roots, filepath.Join(home, "go"), filepath.Join(home, "sdk/go"))
	}
	for _, root := range roots {
		path := filepath.Join(root, "bin", "go")
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", errors.New("build tools: expected the go command in PATH or in /usr/local/go/bin. Got none. Install Go 1.26 or later from https://go.dev/dl and start the notebook server again with it in PATH")
}

// FindCC returns the C compiler: the one that the variable CC of env names, else the first in PATH
// of gcc, cc and clang, which serve equally.
func FindCC(env []string) (CC, error) {
	if cc := lookup(env, "CC"); len(strings.Fields(cc)) > 0 {
		path, err := exec.LookPath(strings.Fields(cc)[0])
		if err != nil {
			return CC{}, noCompiler(err)
		}
		return CC{cc, path}, nil
	}
	var none error
	for _, name := range compilers {
		path, err := exec.LookPath(name)
		if err == nil {
			return CC{name, path}, nil
		}
		none = err
	}
	return CC{}, noCompiler(none)
}

func noCompiler(err error) error {
	return fmt.Errorf("build tools: expected a C compiler. Got none: %w. Cells are linked with it; install one (Debian and Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc) or set CC", err)
}

// FindMold returns the mold linker, or "" where there is none: then the system's linker serves, a
// tenth of a second slower for each cell.
func FindMold() string {
	for _, name := range []string{"mold", "ld.mold"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// lookup returns the last value of a variable in an environment list.
func lookup(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(env[i], "="); k == name {
			return v
		}
	}
	return ""
}
