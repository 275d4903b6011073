package conformance

import (
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// Library gives the type checker the standard library. It is safe for use by several goroutines.
type Library struct {
	mu       sync.Mutex // importers are not made for concurrent use
	importer types.Importer
	version  string
}

// NewLibrary finds the compiled packages of the standard library, which the go command builds if
// its cache lacks them.
func NewLibrary(ctx context.Context) (*Library, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}", "std")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the standard library: %w", err)
	}
	files := map[string]string{}
	for _, line := range strings.Fields(string(out)) {
		path, file, _ := strings.Cut(line, "=")
		files[path] = file
	}
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("find the Go toolchain's version: %w", err)
	}
	lookup := func(path string) (io.ReadCloser, error) {
		file, ok := files[path]
		if !ok {
			file, ok = files["vendor/"+path] // what the library itself depends on
		}
		if !ok {
			return nil, fmt.Errorf("the standard library has no package %s", path)
		}
		return os.Open(file)
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(version)), " ")
	return &Library{importer: importer.ForCompiler(token.NewFileSet(), "gc", lookup), version: name}, nil
}

// Import implements types.Importer.
func (l *Library) Import(path string) (*types.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.importer.Import(path)
}
