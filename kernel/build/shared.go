package build

import (
	"context"
	"strings"

	"golang.org/x/mod/semver"
)

// shared are modules that much else requires, each in the version that was the newest when it was
// last looked at. A session that comes to need one takes this version, not the oldest that will do:
// what a later import brings along then rarely wants a newer one than a cell has loaded, which
// would mean another worker. (What the worker contains itself is pinned in go.mod.)
var shared = map[string]string{
	"github.com/lucasb-eyer/go-colorful": "v1.4.1",
	"github.com/mattn/go-colorable":      "v0.1.15",
	"github.com/mattn/go-isatty":         "v0.0.24",
	"github.com/mattn/go-runewidth":      "v0.0.30",
	"golang.org/x/crypto":                "v0.58.0",
	"golang.org/x/net":                   "v0.62.0",
	"golang.org/x/time":                  "v0.16.0",
}

// raiseShared takes the known versions of shared modules that a query has brought into the
// session's module. Without them it goes on as it is, say where the network cannot be reached.
func (b *Builder) raiseShared(ctx context.Context, query string, before modState, progress func(string)) error {
	after, err := b.module.state()
	if err != nil {
		return err
	}
	versions, now, err := requirements(before, after)
	if err != nil {
		return err
	}
	args := []string{"get"}
	for _, r := range now.Require {
		if v := shared[r.Mod.Path]; v != "" && versions[r.Mod.Path] == "" && semver.Compare(r.Mod.Version, v) < 0 && !strings.Contains(query, r.Mod.Path) {
			args = append(args, r.Mod.Path+"@"+v)
		}
	}
	if len(args) == 1 {
		return nil
	}
	if _, err := runTelling(b.tools.command(ctx, b.opts.Env, b.module.dir, args...), "go get", progress); err != nil {
		return after.write(b.module.dir)
	}
	return nil
}
