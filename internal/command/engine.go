package command

import (
	"context"
	"errors"
	"io/fs"

	"github.com/gonbml/gonbml/kernel/exec"
)

// engineFrom returns the constructor of engines whose workers are built from the sources.
func engineFrom(sources fs.FS) func(ctx context.Context, dir string, progress func(string)) (exec.Engine, error) {
	return func(context.Context, string, func(string)) (exec.Engine, error) {
		return nil, errors.New("no engine")
	}
}
