package build

import (
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// checkReadable compiles a package and reads what its archive exports, as the type checker does for
// cells. What a newer Go writes there a gonbml that was built with an older one may not understand;
// it can then run no cell, and says so here rather than at each.
func (t *toolchain) checkReadable(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "gonbml-")
	if err != nil {
		return fmt.Errorf("try the compiler: %w", err)
	}
	defer os.RemoveAll(dir)
	source, archive := filepath.Join(dir, "p.go"), filepath.Join(dir, "p.a")
	if err := os.WriteFile(source, []byte("package p\n\ntype T[E any] struct{ X E }\n\nfunc F() T[int] { return T[int]{} }\n"), 0o600); err != nil {
		return fmt.Errorf("try the compiler: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(t.Tools, "compile"), "-p", "p", "-pack", "-o", archive, source)
	cmd.Dir, cmd.Env = dir, t.env(nil)
	if _, err := run(cmd, "go tool compile"); err != nil {
		return fmt.Errorf("try the compiler of %s: %w", t.Root, err)
	}
	if err := readArchive(archive, "p"); err != nil {
		return fmt.Errorf("build tools: this gonbml was built with %s and cannot read what %s (%s) compiles: %w. Build it again with that: "+
			"go install github.com/gonbml/gonbml@latest", runtime.Version(), t.Version, t.Go, err)
	}
	return nil
}

// readArchive reads what an archive exports. Of a layout that it does not know the importer panics.
func readArchive(archive, path string) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	open := func(string) (io.ReadCloser, error) { return os.Open(archive) }
	_, err = importer.ForCompiler(token.NewFileSet(), "gc", open).Import(path)
	return err
}
