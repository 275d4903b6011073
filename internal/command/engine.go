package command

import (
	"context"
	"io/fs"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// engineFrom returns the constructor of engines whose workers are built from the sources.
func engineFrom(sources fs.FS) func(ctx context.Context, dir string, progress func(string)) (exec.Engine, error) {
	return func(ctx context.Context, dir string, progress func(string)) (exec.Engine, error) {
		return newEngine(ctx, engine.Options{Source: sources, WorkDir: dir, Progress: progress})
	}
}

func newEngine(ctx context.Context, o engine.Options) (exec.Engine, error) {
	e, err := engine.New(ctx, o)
	if err != nil {
		return nil, err // Not e: a nil pointer in an interface is not nil.
	}
	return e, nil
}
