package gopls

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Version is the version of gopls that gonbml is tested with.
const Version = "v0.21.1"

const modulePath = "golang.org/x/tools/gopls"

// cached is where Install puts gopls within gonbml's cache.
func cached(cacheDir string) string {
	return filepath.Join(cacheDir, "tools", "gopls-"+Version, "gopls")
}

// Variable is the name of the environment variable that holds the path of gopls, or "off".
const Variable = "GONBML_GOPLS"

// Find returns the path of gopls: the one that the environment variable names, or the one in
// gonbml's cache, or the one in PATH or where go install puts programs. It returns "" if there is
// none.
func Find(cacheDir string) string {
	switch path := os.Getenv(Variable); path {
	case "":
	case "off":
		return ""
	default:
		return path
	}
	candidates := []string{cached(cacheDir)}
	if path, err := exec.LookPath("gopls"); err == nil {
		if path, err = filepath.Abs(path); err == nil {
			candidates = append(candidates, path)
		}
	}
	if bin := os.Getenv("GOBIN"); bin != "" {
		candidates = append(candidates, filepath.Join(bin, "gopls"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		candidates = append(candidates, filepath.Join(home, "go", "bin", "gopls"))
	}
	for _, path := range candidates {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// Install builds gopls into the cache, unless it is there, and returns its path. It downloads
// gopls's sources and takes a minute or two.
func Install(ctx context.Context, cacheDir string) (path string, err error) {
	path = cached(cacheDir)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return path, nil
	}
	parent := filepath.Dir(filepath.Dir(path))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("install gopls: %w", err)
	}
	tmp, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return "", fmt.Errorf("install gopls: %w", err)
	}
	defer os.RemoveAll(tmp) // does nothing after the rename
	cmd := exec.CommandContext(ctx, "go", "install", modulePath+"@"+Version)
	// What the user's environment asks of builds is about the user's programs: gopls is to be an
	// ordinary one.
	cmd.Env = append(os.Environ(), "GOBIN="+tmp, "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOOS=", "GOARCH=", "GOEXPERIMENT=")
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("install gopls: go install %s@%s: %w: %s", modulePath, Version, err, lines[len(lines)-1])
	}
	if err := os.Rename(tmp, filepath.Dir(path)); err != nil {
		if _, statErr := os.Stat(path); statErr != nil { // not another install that was faster
			return "", fmt.Errorf("install gopls: %w", err)
		}
	}
	return path, nil
}
