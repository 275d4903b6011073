package command

import (
	"context"
	"fmt"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/editor/gopls"
)

// installGopls builds gopls into the cache.
func installGopls(ctx context.Context) (string, error) {
	dir, err := build.DefaultCacheDir()
	if err != nil {
		return "", err
	}
	return gopls.Install(ctx, dir)
}

// prepareGopls does what install does about gopls. It is of use and not needed, so that a failure
// is only told: without a network, for one, there is nothing to build it from.
func prepareGopls(ctx context.Context, env *environment) {
	if env.installGopls == nil {
		return
	}
	fmt.Fprintf(env.stdout, "Making gopls %s ready, for the documentation in completion and tooltips. The first time this takes a minute or two ...\n", gopls.Version)
	path, err := env.installGopls(ctx)
	if err != nil {
		fmt.Fprintf(env.stdout, "Without it: %v\nCompletion and tooltips work all the same, without the documentation of libraries. gonbml install tries again.\n", err)
		return
	}
	fmt.Fprintf(env.stdout, "gopls is ready: %s\n", path)
}

// languageServer looks for gopls where kernels do.
func languageServer(ctx context.Context) finding {
	dir, err := build.DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	path := gopls.Find(dir)
	if path == "" {
		return finding{what: "gopls", found: "none; completion and tooltips work without the documentation of libraries", state: missing,
			fix: "gonbml install builds it, or: go install golang.org/x/tools/gopls@" + gopls.Version}
	}
	return finding{what: "gopls", found: fmt.Sprintf("%s (%s)", version1(ctx, path, "version"), path), state: present}
}
